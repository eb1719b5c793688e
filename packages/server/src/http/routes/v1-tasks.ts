// Handler of the list of tasks of /api/v1.
import type { listTasksV1 as operation } from '../../contract/v1-tasks.ts';
import { toTimeText } from '../../contract/v1-moment.ts';
import type { Desk } from '../../desk/desk.ts';
import { formatQuery } from '../../query/format-query.ts';
import type { QueryContext } from '../../query/query-context.ts';
import type { Handler } from '../api-request.ts';
import { PAGE_WITHIN_MS } from '../page-deadline.ts';
import { readTaskCursor, taskCursor } from '../task-cursor.ts';
import { readTaskFilter } from '../task-filter.ts';
import { toV1TaskRow } from '../v1-task-row.ts';

export const listTasksV1: Handler<typeof operation> = async ({
  values,
  desk,
  redactionOf,
  costly,
  nowMs,
}) => {
  const { q, from, to, time, sort, cursor, limit } = values;
  using _ = q === undefined ? null : costly('search');
  // Spans as they were given: with the time they would make every page another list.
  const list = { api: 'v1', q, from, to, time, ...sort };
  const at = readTaskCursor(cursor, list);
  const { asked, query } = readTaskFilter(values, nowMs);
  const page = await desk.tasks({
    filter: { query },
    sortBy: sort.field,
    descending: sort.descending,
    limit,
    offset: 0,
    at,
    withinMs: PAGE_WITHIN_MS,
  });
  const known = await knownOf(desk, nowMs);
  const isShort = page.tasks.length < limit && !page.truncated;
  const { places } = page;
  const hasNext = at?.side === 'before' || !isShort;
  const hasPrev = at !== undefined && (at.side === 'after' || !isShort);
  return {
    items: page.tasks.map((task) => {
      const hidden = page.hidden?.has(task.uuid) === true;
      return toV1TaskRow(task, redactionOf({ hidden }).task(task), { known, hidden });
    }),
    next: places !== null && hasNext ? taskCursor({ place: places.last, side: 'after' }, list) : null,
    prev: places !== null && hasPrev ? taskCursor({ place: places.first, side: 'before' }, list) : null,
    total: { value: page.total, kind: page.totalKind },
    unseen: page.unseen,
    query: { normal: formatQuery(asked ?? null) },
    as_of: toTimeText(nowMs),
  };
};

/** For the flags of rows; of workers that the caller may not see nothing is told. */
export async function knownOf(desk: Pick<Desk, 'workers'>, nowMs: number): Promise<QueryContext> {
  const views = [...(await desk.workers({ refresh: false })).values()];
  const gone = views.filter(({ worker }) => worker.status === 'offline');
  return {
    nowS: nowMs / 1_000,
    goneWorkers: new Map(gone.map(({ worker }) => [worker.hostname, worker.statusSince])),
    slowAboveS: new Map(),
    revoking: new Set(),
  };
}
