// What the store can say about itself.
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import type { StoreFacts } from '../store.ts';
import { type Labels, totalTasks } from './labels.ts';
import { NOT_RECEIVED } from './task-row.ts';

export function readFacts(database: DatabaseSync, labels: Labels, path: string): StoreFacts {
  const oldest = database
    .prepare(
      `SELECT min(time) AS time FROM (
         SELECT min(position) AS time FROM tasks WHERE position >= 0
         UNION ALL SELECT min(position) + ${NOT_RECEIVED} FROM tasks WHERE position < 0)`,
    )
    .get()?.['time'] as number | null;
  return { location: path, tasks: totalTasks(labels), sizeBytes: fileBytes(path), oldest };
}

/** The file and its write-ahead log. */
function fileBytes(path: string): number {
  return [path, `${path}-wal`]
    .map((name) => statSync(name, { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, size) => sum + size, 0);
}
