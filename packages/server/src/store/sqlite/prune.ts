// Deleting the oldest tasks in small steps, and giving the space they leave back to the disk.
import type { DatabaseSync } from 'node:sqlite';
import { NOT_RECEIVED } from './task-row.ts';
import type { Tasks } from './tasks.ts';

export interface PruneRule {
  readonly before?: number;
  readonly maxBytes?: number;
  readonly limit: number;
}

interface Candidate {
  readonly id: number;
  readonly time: number;
}

/** Deletes up to `limit` tasks and answers how many. Inside a write transaction. */
export function pruneTasks(database: DatabaseSync, tasks: Tasks, rule: PruneRule): number {
  const tooLarge = rule.maxBytes !== undefined && usedBytes(database) > rule.maxBytes;
  const ids = tooLarge ? oldest(database, rule.limit) : olderThan(database, rule.before, rule.limit);
  tasks.delete(ids);
  return ids.length;
}

/** Bytes of the pages in use: the size of the file without what deletions have left free. */
function usedBytes(database: DatabaseSync): number {
  const pages = pragma(database, 'page_count') - pragma(database, 'freelist_count');
  return pages * pragma(database, 'page_size');
}

/**
 * Moves pages from the end of the file into free ones and cuts the file, up to `limitBytes`. Answers how many bytes went.
 * The file itself shrinks with the next checkpoint of the WAL.
 */
export function shrinkFile(database: DatabaseSync, limitBytes: number): number {
  const pageBytes = pragma(database, 'page_size');
  const free = pragma(database, 'freelist_count');
  // New tasks will use a little free space soon; moving pages for it would be wasted.
  if (free * SPARE_PART < pragma(database, 'page_count')) return 0;
  database.exec(`PRAGMA incremental_vacuum(${Math.max(1, Math.floor(limitBytes / pageBytes))})`);
  return (free - pragma(database, 'freelist_count')) * pageBytes;
}

/** Free space below one part in so many stays in the file. */
const SPARE_PART = 20;

/**
 * Tasks are in the index in two rows: those with a received time, and before them those without. A task's newest event is never
 * older than its received time, so nobody outside these ranges is old enough.
 */
function olderThan(database: DatabaseSync, before: number | undefined, limit: number): number[] {
  if (before === undefined) return [];
  const rows = database
    .prepare(
      `SELECT id FROM tasks WHERE position >= 0 AND position < ?1 AND timestamp < ?1
       UNION ALL SELECT id FROM tasks WHERE position < ?1 - ${NOT_RECEIVED} AND timestamp < ?1 LIMIT ?2`,
    )
    .all(before, limit);
  return rows.map((row) => row['id'] as number);
}

function oldest(database: DatabaseSync, limit: number): number[] {
  const received = database.prepare(
    'SELECT id, position AS time FROM tasks WHERE position >= 0 ORDER BY position, id LIMIT ?',
  );
  const others = database.prepare(
    `SELECT id, position + ${NOT_RECEIVED} AS time FROM tasks WHERE position < 0 ORDER BY position, id LIMIT ?`,
  );
  const candidates = [...received.all(limit), ...others.all(limit)] as unknown as Candidate[];
  return candidates
    .sort((a, b) => a.time - b.time)
    .slice(0, limit)
    .map(({ id }) => id);
}

function pragma(database: DatabaseSync, name: string): number {
  return database.prepare(`PRAGMA ${name}`).get()?.[name] as number;
}
