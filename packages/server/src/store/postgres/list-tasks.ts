// Lists of tasks: a selection becomes SQL, and the page, its order and its total come out.
import type { TaskRecord } from '@umbel/celery';
import type { ClientBase } from 'pg';
import { PAGE_CHARS, type TaskPage, type TaskQuery } from '../store.ts';
import { type Budget, createBudget } from './budget.ts';
import { type Labels, totalTasks } from './labels.ts';
import { estimatedRows, scanTasks } from './scan-tasks.ts';
import { bind, type Sql, sql, written } from './sql.ts';
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
/** When the time is over before a page was found: it is looked for among the newest so many. */
const RECENT_ROWS = 20_000;
/** Shares of the time that looking for the page, and then for it among the newest, may take. */
const PAGE_SHARE = 0.5;
const RECENT_SHARE = 0.7;
/** Nobody waits longer for a total: then it is estimated. */
const COUNT_MS = 500;

type FoundRow = PlaceRow & { readonly id: number };
type Total = Pick<TaskPage, 'total' | 'totalKind'>;

export interface ListParts {
  readonly labels: Labels;
  readonly tasks: Tasks;
  readonly readTimeoutMs: number;
}

/** Finds one page. Inside a read transaction, so that page and total belong together. */
export async function listTasks(client: ClientBase, parts: ListParts, query: TaskQuery): Promise<TaskPage> {
  const { labels, tasks, readTimeoutMs } = parts;
  const budget = createBudget(client, query.withinMs ?? readTimeoutMs);
  const order = orderOf(query.sortBy, query.descending);
  const selection = await selectTasks(client, labels, query.filter);
  if (selection.picks !== null) return await scanPage(client, tasks, { selection, order, query, budget });
  if (selection.total === 0) return { ...NOTHING, total: 0, totalKind: 'exact' };
  const { found, unseen } = await findPage(client, { selection, order, query, budget });
  const page = await readPage(client, tasks, order, found);
  // What was not found in time is not counted either.
  const total =
    unseen > 0
      ? atLeast(selection, found.length)
      : await totalOf(client, budget, selection, query, found.length);
  return { ...page, ...total, unseen };
}

const NOTHING = { tasks: [], unseen: 0, places: null, truncated: false } as const;

interface PageSearch {
  readonly selection: Selection;
  readonly order: TaskOrder;
  readonly query: TaskQuery;
  readonly budget: Budget;
}

async function findPage(
  client: ClientBase,
  { selection, order, query, budget }: PageSearch,
): Promise<{ found: FoundRow[]; unseen: number }> {
  if (query.limit === 0) return { found: [], unseen: 0 };
  const turned = query.at?.side === 'before';
  const select = async (where: Sql): Promise<FoundRow[]> => {
    const { rows } = await client.query<FoundRow>(written(pageSql(where, order, query)));
    return turned ? rows.toReversed() : rows;
  };
  if (query.withinMs === undefined) return { found: await select(selection.where), unseen: 0 };
  const found = await budget.within(() => select(selection.where), PAGE_SHARE);
  if (found !== undefined) return { found, unseen: 0 };
  const { rows } = await client.query<{ since: number }>(
    `SELECT coalesce(max(id), 0) - ${RECENT_ROWS} AS since FROM tasks`,
  );
  const recent = sql`id > ${bind(rows[0]?.since ?? 0, 'bigint')}`;
  const among = await budget.within(() => select(sql`${recent} AND ${selection.where}`), RECENT_SHARE);
  const all = await totalTasks(client);
  return { found: among ?? [], unseen: Math.max(1, among === undefined ? all : all - RECENT_ROWS) };
}

function pageSql(where: Sql, order: TaskOrder, query: TaskQuery): Sql {
  const turned = query.at?.side === 'before';
  const conditions = query.at === undefined ? where : sql`${where} AND ${beyond(order, query.at)}`;
  const select = sql`SELECT id, ${placeColumns(order)} FROM tasks ${order.join} WHERE ${conditions}`;
  const limit = sql`LIMIT ${bind(query.limit, 'bigint')} OFFSET ${bind(query.offset, 'bigint')}`;
  const sorted = orderBy(order, turned);
  if (query.sortBy !== 'received' || query.descending) return sql`${select} ORDER BY ${sorted} ${limit}`;
  // No index has this order as a whole, but each half of it.
  const enough = sql`LIMIT ${bind(query.limit + query.offset, 'bigint')}`;
  const half = (condition: string) =>
    sql`(${select} AND ${condition} ORDER BY position ${turned ? 'DESC' : 'ASC'}, id ${turned ? 'DESC' : 'ASC'} ${enough})`;
  const turn = turned ? 'DESC' : 'ASC';
  return sql`SELECT * FROM (${half('position >= 0')} UNION ALL ${half('position < 0')}) AS halves
    ORDER BY place_0 ${turn}, place_1 ${turn}, place_2 ${turn} ${limit}`;
}

/** As many of them as their size allows. */
async function readPage(
  client: ClientBase,
  tasks: Tasks,
  order: TaskOrder,
  found: readonly FoundRow[],
): Promise<Pick<TaskPage, 'tasks' | 'truncated' | 'places'>> {
  const page = createPage(order);
  for (let at = 0; at < found.length && !page.truncated; at += READ_ROWS) {
    const part = found.slice(at, at + READ_ROWS);
    const records = await tasks.readByIds(
      client,
      part.map(({ id }) => id),
    );
    for (const [index, record] of records.entries()) page.add(record, part[index] as FoundRow);
  }
  return page.answer();
}

/** For conditions that SQL does not know of: the tasks that are possible are asked one after the other. */
async function scanPage(
  client: ClientBase,
  tasks: Tasks,
  { selection, order, query, budget }: PageSearch,
): Promise<TaskPage> {
  const { at, limit, offset } = query;
  const turned = at?.side === 'before';
  const page = createPage(order);
  let found = 0;
  const { where } = selection;
  const conditions = at === undefined ? where : sql`${where} AND ${beyond(order, at)}`;
  const isFull = () => found >= offset + limit || page.truncated;
  const scan = await scanTasks(client, tasks, selection, {
    columns: placeColumns(order),
    rows: sql`${order.join} WHERE ${conditions} ORDER BY ${orderBy(order, turned)}`,
    budget,
    onMatch(record, row) {
      if (found >= offset && found < offset + limit) page.add(record, row);
      found++;
      // A list from a place on does not tell how many are before it.
      return at === undefined || !isFull();
    },
  });
  const answer = page.answer(turned);
  const unlooked = scan.done || isFull() ? 0 : Math.max(1, (await estimatedRows(client, where)) - scan.seen);
  if (at === undefined && scan.done) return { ...answer, ...exactly(found), unseen: 0 };
  const share = scan.seen === 0 ? 0 : found / scan.seen;
  const about = Math.max(found, Math.round((await estimatedRows(client, where)) * share));
  return { ...answer, total: about, totalKind: 'about', unseen: unlooked };
}

function createPage(order: TaskOrder) {
  const records: TaskRecord[] = [];
  const places: string[] = [];
  let chars = 0;
  let truncated = false;
  return {
    get truncated() {
      return truncated;
    },
    add(record: TaskRecord, row: FoundRow): void {
      chars += textChars(record);
      truncated ||= chars > PAGE_CHARS && records.length > 0;
      if (truncated) return;
      records.push(record);
      places.push(placeOf(order, row));
    },
    answer(turned = false): Pick<TaskPage, 'tasks' | 'truncated' | 'places'> {
      if (turned) {
        records.reverse();
        places.reverse();
      }
      const [first, last] = [places[0], places.at(-1)];
      const ends = first === undefined || last === undefined ? null : { first, last };
      return { tasks: records, truncated, places: ends };
    },
  };
}

async function totalOf(
  client: ClientBase,
  budget: Budget,
  selection: Selection,
  query: TaskQuery,
  found: number,
): Promise<Total> {
  if (selection.total !== undefined) return exactly(selection.total);
  // A page that is not full, and not beyond the end, is the last: no need to count.
  if (query.at === undefined && found < query.limit && (found > 0 || query.offset === 0)) {
    return exactly(query.offset + found);
  }
  const count = sql`SELECT count(*) AS total FROM tasks WHERE ${selection.where}`;
  const share = Math.min(1, COUNT_MS / Math.max(1, budget.leftMs()));
  const counted = await budget.within(() => client.query<{ total: number }>(written(count)), share);
  if (counted !== undefined) return exactly(counted.rows[0]?.total ?? 0);
  const about = Math.max(query.offset + found, await estimatedRows(client, selection.where));
  return { total: about, totalKind: 'about' };
}

function atLeast(selection: Selection, found: number): Total {
  return selection.total === undefined ? { total: found, totalKind: 'at_least' } : exactly(selection.total);
}

function exactly(total: number): Total {
  return { total, totalKind: 'exact' };
}

/** Characters of the texts that a task can make long. */
function textChars({ args, kwargs, result, exception, traceback, extraHistory }: TaskRecord): number {
  const texts = [args, kwargs, result, exception, traceback, ...extraHistory.map((entry) => entry.exception)];
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
}
