// Deleting the oldest tasks in small steps. The space of a generation comes back when the last of its tasks has gone (generations.ts);
// within the newest ones PostgreSQL uses it again.
import type { ClientBase } from 'pg';
import type { PrunePreview, PruneRule } from '../store.ts';
import { type Labels, totalTasks } from './labels.ts';
import { NOT_RECEIVED } from './task-row.ts';
import type { Tasks } from './tasks.ts';

/** Deletes up to `limit` tasks and answers how many. Inside a write transaction. What another transaction is writing is left alone. */
export async function pruneTasks(
  client: ClientBase,
  labels: Labels,
  tasks: Tasks,
  rule: PruneRule,
): Promise<number> {
  const excess = await excessTasks(client, rule);
  const ids =
    excess > 0 ? await oldest(client, Math.min(excess, rule.limit)) : await findOld(client, labels, rule);
  return await tasks.delete(client, ids);
}

/** How many tasks have to go whatever their age; Infinity while the data is too large, because nobody knows how many make it fit. */
async function excessTasks(client: ClientBase, { maxTasks, maxBytes }: PruneRule): Promise<number> {
  if (maxBytes !== undefined && (await usedBytes(client)) > maxBytes) return Infinity;
  return maxTasks === undefined ? 0 : (await totalTasks(client)) - maxTasks;
}

/** Rows looked at to tell how long one is. */
const SAMPLE = 400;
/** Bytes that a row takes besides its columns. */
const ROW_OVERHEAD = 28;

/**
 * Bytes of what is there: deleted rows take space until the server has cleaned up, and would make the history shrink for ever. So the
 * newest rows say how long a row is, and the tables how much the indexes add.
 */
async function usedBytes(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ row: number | null; heap: number; total: number }>(
    `SELECT (SELECT avg(pg_column_size(sample.*)) + ${ROW_OVERHEAD} FROM (SELECT * FROM tasks ORDER BY id DESC LIMIT ${SAMPLE}) AS sample)::float8 AS row,
       (SELECT sum(pg_table_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'tasks'::regclass)::float8 AS heap,
       (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'tasks'::regclass)::float8 AS total`,
  );
  const { row = null, heap = 0, total = 0 } = rows[0] ?? {};
  if (row === null || heap === 0) return 0;
  return (await totalTasks(client)) * row * (total / heap);
}

/**
 * Tasks are in the index of each state in two rows: those with a received time, and before them those without. A task's newest event
 * is never older than its received time, so nobody outside these ranges is old enough.
 */
const OLD_RANGES = ['position >= 0 AND position < $2::float8', `position < $2::float8 - ${NOT_RECEIVED}`].map(
  (range) =>
    `SELECT id FROM tasks WHERE state = $1 AND ${range} AND timestamp < $2::float8 ORDER BY position LIMIT $3 FOR UPDATE SKIP LOCKED`,
);

async function findOld(client: ClientBase, labels: Labels, rule: PruneRule): Promise<number[]> {
  const { before, beforeByState, limit } = rule;
  if (before === undefined && beforeByState === undefined) return [];
  const ids: number[] = [];
  for (const { id, text } of await labels.held(client, 'state')) {
    const bound = beforeByState?.get(text) ?? before;
    if (bound === undefined) continue;
    for (const range of OLD_RANGES) {
      if (ids.length >= limit) return ids;
      const { rows } = await client.query<{ id: number }>(range, [id, bound, limit - ids.length]);
      ids.push(...rows.map((row) => row.id));
    }
  }
  return ids;
}

const COUNT_OLD = 'SELECT count(*) AS tasks FROM tasks WHERE state = $1 AND timestamp < $2::float8';

/** What would be deleted now, those that are too old first. Inside a read transaction. */
export async function previewPrune(
  client: ClientBase,
  labels: Labels,
  rule: Omit<PruneRule, 'limit'>,
): Promise<PrunePreview> {
  const { before, beforeByState, maxTasks = Infinity, maxBytes } = rule;
  const found: { state: string; tasks: number }[] = [];
  for (const { id, text } of await labels.held(client, 'state')) {
    const bound = beforeByState?.get(text) ?? before;
    if (bound === undefined) continue;
    const { rows } = await client.query<{ tasks: number }>(COUNT_OLD, [id, bound]);
    found.push({ state: text, tasks: rows[0]?.tasks ?? 0 });
  }
  const tooOld = found.filter(({ tasks }) => tasks > 0).sort((a, b) => b.tasks - a.tasks);
  const old = tooOld.reduce((sum, { tasks }) => sum + tasks, 0);
  return {
    tooOld,
    tooMany: Math.max(0, (await totalTasks(client)) - old - maxTasks),
    excessBytes: maxBytes === undefined ? 0 : Math.max(0, (await usedBytes(client)) - maxBytes),
  };
}

async function oldest(client: ClientBase, limit: number): Promise<number[]> {
  const find = (where: string, shift: number) =>
    client.query<{ id: number; time: number }>(
      `SELECT id, position + ${shift} AS time FROM tasks WHERE ${where} ORDER BY position LIMIT $1 FOR UPDATE SKIP LOCKED`,
      [limit],
    );
  const received = await find('position >= 0', 0);
  const others = await find('position < 0', NOT_RECEIVED);
  return [...received.rows, ...others.rows]
    .sort((a, b) => a.time - b.time)
    .slice(0, limit)
    .map(({ id }) => id);
}
