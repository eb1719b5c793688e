// Lists of tasks: a selection becomes SQL, and the page, its order and its total come out.
import type { TaskRecord } from '@umbel/celery';
import type { ClientBase } from 'pg';
import { PAGE_CHARS, type TaskPage, type TaskQuery, type TotalKind, TOTAL_LIMIT } from '../store.ts';
import { createBinder } from './binder.ts';
import type { Labels } from './labels.ts';
import {
  beyond,
  orderBy,
  orderOf,
  placeColumns,
  placeOf,
  type PlaceRow,
  type TaskOrder,
} from './task-order.ts';
import { type Selection, selectTasks } from './task-selection.ts';
import type { Tasks } from './tasks.ts';

/** So many rows are read before their size is looked at. */
const READ_ROWS = 100;

type FoundRow = PlaceRow & { readonly id: number };

/** Finds one page. Inside a read transaction, so that page and total belong together. */
export async function listTasks(
  client: ClientBase,
  labels: Labels,
  tasks: Tasks,
  query: TaskQuery,
): Promise<TaskPage> {
  const order = orderOf(query.sortBy, query.descending);
  const selection = await selectTasks(client, labels, query.filter);
  const found = selection.total === 0 ? [] : await findPage(client, selection, order, query);
  const page = await readPage(client, tasks, order, found);
  return { ...page, ...(await totalOf(client, selection, query, found.length)), unseen: 0 };
}

async function findPage(
  client: ClientBase,
  selection: Selection,
  order: TaskOrder,
  query: TaskQuery,
): Promise<FoundRow[]> {
  if (query.limit === 0) return [];
  const binder = createBinder();
  binder.values.push(...selection.binder.values);
  const conditions = [...selection.conditions];
  const turned = query.at?.side === 'before';
  if (query.at) conditions.push(beyond(order, binder, query.at));
  const columns = `id, ${placeColumns(order)}`;
  const select = (more: readonly string[]) =>
    `SELECT ${columns} FROM tasks ${order.join} WHERE ${[...conditions, ...more].join(' AND ') || 'true'} ORDER BY ${orderBy(order, turned)}`;
  const page = `LIMIT ${binder.bind(query.limit, 'bigint')} OFFSET ${binder.bind(query.offset, 'bigint')}`;
  const { rows } = await client.query<FoundRow>(`${select([])} ${page}`, binder.values);
  return turned ? rows.toReversed() : rows;
}

/** As many of them as their size allows. */
async function readPage(
  client: ClientBase,
  tasks: Tasks,
  order: TaskOrder,
  found: readonly FoundRow[],
): Promise<Pick<TaskPage, 'tasks' | 'truncated' | 'places'>> {
  const records: TaskRecord[] = [];
  let chars = 0;
  let truncated = false;
  for (let at = 0; at < found.length && !truncated; at += READ_ROWS) {
    for (const record of await tasks.readByIds(
      client,
      found.slice(at, at + READ_ROWS).map(({ id }) => id),
    )) {
      chars += textChars(record);
      truncated = chars > PAGE_CHARS && records.length > 0;
      if (truncated) break;
      records.push(record);
    }
  }
  const first = found[0];
  const last = found[records.length - 1];
  const places = first && last ? { first: placeOf(order, first), last: placeOf(order, last) } : null;
  return { tasks: records, truncated, places };
}

async function totalOf(
  client: ClientBase,
  selection: Selection,
  query: TaskQuery,
  found: number,
): Promise<Pick<TaskPage, 'total' | 'totalKind'>> {
  if (selection.total !== undefined) return limited(selection.total);
  // A page that is not full, and not beyond the end, is the last: no need to count.
  if (query.at === undefined && found < query.limit && (found > 0 || query.offset === 0)) {
    return limited(query.offset + found);
  }
  const where = selection.conditions.join(' AND ') || 'true';
  const { rows } = await client.query<{ total: number }>(
    `SELECT count(*) AS total FROM (SELECT 1 FROM tasks WHERE ${where} LIMIT ${TOTAL_LIMIT + 1}) AS matching`,
    selection.binder.values,
  );
  return limited(rows[0]?.total ?? 0);
}

function limited(total: number): { total: number; totalKind: TotalKind } {
  return total > TOTAL_LIMIT ? { total: TOTAL_LIMIT, totalKind: 'at_least' } : { total, totalKind: 'exact' };
}

/** Characters of the texts that a task can make long. */
function textChars({ args, kwargs, result, exception, traceback, extraHistory }: TaskRecord): number {
  const texts = [args, kwargs, result, exception, traceback, ...extraHistory.map((entry) => entry.exception)];
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
}
