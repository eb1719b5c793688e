// Deleting the oldest tasks in small steps, and giving the space they leave back to the disk.
import type { DatabaseSync } from 'node:sqlite';
import type { PrunePreview, PruneRule } from '../store.ts';
import type { OldTasks } from './find-old.ts';
import { type Labels, totalTasks } from './labels.ts';
import { NOT_RECEIVED } from './task-row.ts';
import type { Tasks } from './tasks.ts';

interface Candidate {
  readonly id: number;
  readonly time: number;
}

/** Deletes up to `limit` tasks and answers how many. Inside a write transaction. */
export function pruneTasks(
  database: DatabaseSync,
  {
    labels,
    tasks,
    oldTasks,
  }: { readonly labels: Labels; readonly tasks: Tasks; readonly oldTasks: OldTasks },
  rule: PruneRule,
): number {
  const excess = excessTasks(database, labels, rule);
  const bounds = boundsByState(labels, rule).map(({ state, bound }) => ({ state: state.id, bound }));
  const ids = excess > 0 ? oldest(database, Math.min(excess, rule.limit)) : oldTasks.find(bounds, rule.limit);
  tasks.delete(ids);
  return ids.length;
}

/** How many tasks have to go whatever their age; Infinity while the data is too large, because nobody knows how many make it fit. */
function excessTasks(database: DatabaseSync, labels: Labels, { maxTasks, maxBytes }: PruneRule): number {
  if (maxBytes !== undefined && usedBytes(database) > maxBytes) return Infinity;
  return maxTasks === undefined ? 0 : totalTasks(labels) - maxTasks;
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

const TOO_OLD = 'SELECT count(*) AS tasks FROM tasks WHERE state = ? AND timestamp < ?';

function boundsByState(labels: Labels, { before, beforeByState }: Omit<PruneRule, 'limit'>) {
  return labels.held('state').flatMap((state) => {
    const bound = beforeByState?.get(state.text) ?? before;
    return bound === undefined ? [] : [{ state, bound }];
  });
}

/** What would be deleted now, those that are too old first. Inside a read transaction. */
export function previewPrune(
  database: DatabaseSync,
  labels: Labels,
  rule: Omit<PruneRule, 'limit'>,
): PrunePreview {
  const count = database.prepare(TOO_OLD);
  const byState = boundsByState(labels, rule)
    .map(({ state, bound }) => ({
      state: state.text,
      tasks: count.get(state.id, bound)?.['tasks'] as number,
    }))
    .filter(({ tasks }) => tasks > 0)
    .sort((a, b) => b.tasks - a.tasks);
  const old = byState.reduce((sum, { tasks }) => sum + tasks, 0);
  const { maxTasks = Infinity, maxBytes = Infinity } = rule;
  return {
    tooOld: byState,
    tooMany: Math.max(0, totalTasks(labels) - old - maxTasks),
    excessBytes: Math.max(0, usedBytes(database) - maxBytes),
  };
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
