// What is in the file of the history and how its space is used, for `umbel db info`.
import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { readFacts } from './facts.ts';
import { createLabels } from './labels.ts';
import { readHistoryFile } from './read-history-file.ts';

export interface HistoryInspection {
  readonly fileBytes: number;
  /** The write-ahead log; 0 without one. */
  readonly logBytes: number;
  /** Space inside the file that nothing uses now. */
  readonly freeBytes: number;
  /** All the rest of it: tasks with their indexes, workers, labels. */
  readonly usedBytes: number;
  readonly tasks: number;
  /** `received` (or first event) of the oldest task, epoch seconds. */
  readonly oldest: number | null;
  /** Most tasks first. */
  readonly states: readonly { readonly state: string; readonly tasks: number }[];
  readonly schemaVersion: number;
}

/**
 * Null when the file is no history of Umbel.
 * @throws StoreError
 */
export function inspectHistory(path: string): Promise<HistoryInspection | null> {
  return readHistoryFile(path, (database) => {
    const labels = createLabels(database);
    const { tasks, oldest } = readFacts(database, labels, path);
    const pageBytes = readPragma(database, 'page_size');
    const freePages = readPragma(database, 'freelist_count');
    return {
      fileBytes: statSync(path).size,
      logBytes: statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0,
      freeBytes: freePages * pageBytes,
      usedBytes: (readPragma(database, 'page_count') - freePages) * pageBytes,
      tasks,
      oldest,
      states: labels
        .held('state')
        .map(({ text, tasks: held }) => ({ state: text, tasks: held }))
        .sort((a, b) => b.tasks - a.tasks || (a.state < b.state ? -1 : 1)),
      schemaVersion: readPragma(database, 'user_version'),
    };
  });
}

function readPragma(
  database: DatabaseSync,
  name: 'page_size' | 'page_count' | 'freelist_count' | 'user_version',
): number {
  return database.prepare(`PRAGMA ${name}`).get()?.[name] as number;
}
