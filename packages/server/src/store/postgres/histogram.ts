// How many of the tasks that match were received or have ended in each stretch of time, and how many of them failed.
import type { ClientBase } from 'pg';
import { finishedOf } from '../../query/task-values.ts';
import type { HistogramQuery, TaskHistogram } from '../task-counts.ts';
import { createBudget } from './budget.ts';
import type { ListParts } from './list-tasks.ts';
import { sampleOf, WHOLE_SHARE } from './sample.ts';
import { estimatedRows, scanTasks } from './scan-tasks.ts';
import { bind, sql, written } from './sql.ts';
import { selectTasks } from './task-selection.ts';

/** Inside a read transaction. */
export async function readHistogram(
  client: ClientBase,
  parts: ListParts,
  query: HistogramQuery,
): Promise<TaskHistogram> {
  const { from, to, buckets, field } = query;
  const total = Array.from({ length: buckets }, () => 0);
  const failed = Array.from({ length: buckets }, () => 0);
  const nothing = { total, failed, approximate: false };
  const selection = await selectTasks(client, parts.labels, query.filter);
  if (selection.total === 0 || from >= to || buckets < 1) return nothing;

  const budget = createBudget(client, query.withinMs ?? parts.readTimeoutMs);
  const column = field === 'received' ? 'position' : 'finished';
  const begin = field === 'received' ? Math.max(0, from) : from;
  const where = sql`${selection.where} AND ${column} >= ${bind(begin, 'float8')} AND ${column} < ${bind(to, 'float8')}`;
  const bucketOf = (time: number) =>
    Math.min(buckets - 1, Math.floor(((time - from) * buckets) / (to - from)));

  if (selection.picks !== null) {
    const scan = await scanTasks(client, parts.tasks, selection, {
      columns: 'id',
      rows: sql`WHERE ${where} ORDER BY position DESC`,
      budget,
      onMatch(record) {
        const time = field === 'received' ? record.received : finishedOf(record);
        if (time === null) return true;
        const bucket = bucketOf(time);
        total[bucket] = (total[bucket] ?? 0) + 1;
        if (record.state === 'FAILURE') failed[bucket] = (failed[bucket] ?? 0) + 1;
        return true;
      },
    });
    if (scan.done) return nothing;
    const scale = scan.seen === 0 ? 1 : Math.max(1, (await estimatedRows(client, where)) / scan.seen);
    return { ...scaled(total, failed, scale), approximate: true };
  }

  const [failure] = await parts.labels.find(client, 'state', ['FAILURE']);
  const bucket = sql`least(${bind(buckets - 1, 'int')}, floor((${column} - ${bind(from, 'float8')}) * ${bind(buckets, 'int')} / ${bind(to - from, 'float8')})::int)`;
  const count = (table: string) =>
    client.query<{ bucket: number; total: number; failed: number }>(
      written(
        sql`SELECT ${bucket} AS bucket, count(*) AS total, count(*) FILTER (WHERE state = ${bind(failure?.id ?? 0, 'int')}) AS failed
          FROM ${table} WHERE ${where} GROUP BY 1`,
      ),
    );
  const whole = await budget.within(() => count('tasks'), WHOLE_SHARE);
  const sample = whole === undefined ? await sampleOf(client, budget, count) : undefined;
  for (const row of whole?.rows ?? sample?.answer?.rows ?? []) {
    total[row.bucket] = row.total;
    failed[row.bucket] = row.failed;
  }
  if (sample === undefined) return nothing;
  return { ...scaled(total, failed, sample.scale), approximate: true };
}

function scaled(total: readonly number[], failed: readonly number[], scale: number) {
  const times = (counts: readonly number[]) => counts.map((count) => Math.round(count * scale));
  return { total: times(total), failed: times(failed) };
}
