// Lists of tasks: a filter becomes SQL, and the page, its order and its total come out.
// Lists by received time walk an index from the right end and stop when the page is full. With a filter by state, name, worker or queue
// that is the index of the condition that fewest tasks meet, with one walk for each of its values, merged by SQLite.
// Narrowed views (scopes.ts) that no single label tells are walked the same way. Every other order sorts all that match.
import type { DatabaseSync } from 'node:sqlite';
import { type SortField, type TaskFilter, type TaskQuery, TOTAL_LIMIT } from '../store.ts';
import { INTERRUPTIBLE } from './interruptible.ts';
import { type LabelCondition, labelCondition } from './label-condition.ts';
import { LABEL_KINDS, type LabelKind, type Labels, totalTasks } from './labels.ts';
import { resolveScopes, type Scope } from './scopes.ts';
import { foldCase, wordCondition } from './search-words.ts';
import { uuidKey } from './uuid-key.ts';

/** SQLite joins at most 500 walks in one statement; a condition with more values than this is tested row by row instead. */
const MOST_WALKS = 100;

export interface TaskIds {
  /** Ids of the rows of the page, in order. */
  readonly ids: readonly number[];
  readonly total: number;
  readonly totalIsExact: boolean;
}

interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/**
 * A filter with its texts looked up. `labels` begins with the condition that fewest tasks meet. When there are `scopes`, at least one of
 * them must hold too.
 */
interface Selection {
  readonly labels: readonly LabelCondition[];
  readonly scopes: readonly Scope[];
  readonly others: readonly Condition[];
}

const NOTHING: TaskIds = { ids: [], total: 0, totalIsExact: true };

/** Finds one page. Call it inside a read transaction, so that page and total belong together. */
export function listTasks(database: DatabaseSync, labels: Labels, query: TaskQuery): TaskIds {
  const selection = select(query.filter, labels);
  if (selection.labels[0]?.tasks === 0) return NOTHING;
  const ids = findPage(database, selection, query);
  // A page that is not full, and not beyond the end, is the last: no need to count.
  if (ids.length < query.limit && (ids.length > 0 || query.offset === 0)) {
    const total = query.offset + ids.length;
    return { ids, total: Math.min(total, TOTAL_LIMIT), totalIsExact: total <= TOTAL_LIMIT };
  }
  const total = knownTotal(selection, labels) ?? countMatches(database, selection);
  return { ids, total: Math.min(total, TOTAL_LIMIT), totalIsExact: total <= TOTAL_LIMIT };
}

function select(filter: TaskFilter, labels: Labels): Selection {
  const byLabel: LabelCondition[] = [];
  const addLabels = (column: LabelKind, texts: readonly string[] | undefined) => {
    if (texts === undefined) return;
    const ids = texts.map((text) => labels.find(column, text)).filter((id) => id !== undefined);
    byLabel.push(labelCondition(labels, column, ids));
  };
  addLabels('state', filter.states);
  addLabels('name', filter.names);
  addLabels('worker', filter.workers);
  const within = resolveScopes(filter.within, labels);
  byLabel.push(...within.all);

  const others: Condition[] = [];
  if (filter.receivedFrom !== undefined || filter.receivedTo !== undefined) {
    // Positions below 0 belong to tasks without a received time, which no window holds.
    const from = Math.max(0, filter.receivedFrom ?? 0);
    others.push({ sql: 'position BETWEEN ? AND ?', values: [from, filter.receivedTo ?? Infinity] });
  }
  if (filter.rootId !== undefined) {
    others.push({
      sql: "(root_id = ? OR (uuid_key = ? AND uuid = ? AND root_id = ''))",
      values: [filter.rootId, uuidKey(filter.rootId), filter.rootId],
    });
  }
  for (const word of filter.words ?? []) {
    const folded = foldCase(word);
    const names = labels.held('name').filter(({ text }) => foldCase(text).includes(folded));
    const nameIds = names.map(({ id }) => id);
    others.push(wordCondition(word, filter.wordsIn ?? 'everywhere', nameIds));
  }
  return { labels: byLabel.sort((a, b) => a.tasks - b.tasks), scopes: within.any, others };
}

function findPage(database: DatabaseSync, selection: Selection, query: TaskQuery): number[] {
  const rows = selectRows(selection, query);
  const statement = database.prepare(`${rows.sql} LIMIT ? OFFSET ?`);
  return statement.all(...rows.values, query.limit, query.offset).map((row) => row['id'] as number);
}

/** All rows that match, in order. Equal ones follow the order in which they were first seen. */
function selectRows(selection: Selection, { sortBy, descending }: TaskQuery): Condition {
  if (sortBy !== 'received') {
    const order = `${sortExpression(sortBy)} ${descending ? 'DESC' : 'ASC'} NULLS LAST, position DESC, id DESC`;
    return plainSelect(selection, order);
  }
  // Oldest first sorts, because the tasks without a received time, which come last, are at the beginning of the index.
  if (!descending) return plainSelect(selection, 'position < 0, position, id');
  const walks = walksOf(selection);
  if (walks.length === 0 || walks.length > MOST_WALKS) {
    return plainSelect(selection, 'position DESC, id DESC');
  }
  return {
    sql: `${walks.map(({ sql }) => sql).join(' UNION ALL ')} ORDER BY position DESC, id DESC`,
    values: walks.flatMap(({ values }) => values),
  };
}

/** One walk along an index for each value of what fewest tasks meet, the narrowest label or the scopes; together they find each row once. */
function walksOf(selection: Selection): Condition[] {
  const { labels, scopes } = selection;
  const [narrowest] = labels;
  const byScopes = scopes.reduce((sum, [first]) => sum + first.tasks, 0);
  if (narrowest !== undefined && (scopes.length === 0 || narrowest.tasks <= byScopes)) {
    return walkAlong(narrowest, conditionsOf({ ...selection, labels: labels.slice(1) }));
  }
  const rest = conditionsOf({ ...selection, scopes: [] });
  return scopes.flatMap((scope, index) => {
    const [first, ...others] = scope;
    // Rows in an earlier scope were found there.
    const earlier = index === 0 ? [] : [none(scopes.slice(0, index))];
    return walkAlong(first, [...rest, ...others.map(hasLabel), ...earlier]);
  });
}

function walkAlong(label: LabelCondition, conditions: readonly Condition[]): Condition[] {
  const rest = conjunction(conditions);
  const sql = `SELECT id, position FROM ${table(label)} WHERE ${label.column} = ? AND ${rest.sql}`;
  return label.ids.map((id) => ({ sql, values: [id, ...rest.values] }));
}

function plainSelect(selection: Selection, order: string): Condition {
  const where = conjunction(conditionsOf(selection));
  return {
    sql: `SELECT id FROM ${table(selection.labels[0])} WHERE ${where.sql} ORDER BY ${order}`,
    values: where.values,
  };
}

/** Total that the labels' counts tell; undefined when the rows must be counted. */
function knownTotal({ labels: conditions, scopes, others }: Selection, labels: Labels): number | undefined {
  if (others.length > 0 || scopes.length > 0 || conditions.length > 1) return undefined;
  return conditions[0]?.tasks ?? totalTasks(labels);
}

function countMatches(database: DatabaseSync, selection: Selection): number {
  const where = conjunction(conditionsOf(selection));
  const rows = `SELECT 1 FROM ${table(selection.labels[0])} WHERE ${where.sql} LIMIT ${TOTAL_LIMIT + 1}`;
  return database.prepare(`SELECT count(*) AS total FROM (${rows})`).get(...where.values)?.[
    'total'
  ] as number;
}

/** Without statistics SQLite would guess which index is best; the labels' counts say it. */
function table(narrowest: LabelCondition | undefined): string {
  return narrowest === undefined ? 'tasks' : `tasks INDEXED BY tasks_by_${narrowest.column}`;
}

function conditionsOf({ labels, scopes, others }: Selection): Condition[] {
  return [...labels.map(hasLabel), ...(scopes.length === 0 ? [] : [any(scopes)]), ...others];
}

function hasLabel({ column, ids }: LabelCondition): Condition {
  return { sql: `${column} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(ids)] };
}

function any(scopes: readonly Scope[]): Condition {
  const parts = scopes.map((scope) => joined(scope.map(hasLabel), ' AND '));
  const { sql, values } = joined(parts, ' OR ');
  return { sql: `(${sql})`, values };
}

/** A column that is null makes a scope null, which is not true. */
function none(scopes: readonly Scope[]): Condition {
  const { sql, values } = any(scopes);
  return { sql: `${sql} IS NOT TRUE`, values };
}

function conjunction(conditions: readonly Condition[]): Condition {
  return joined([{ sql: INTERRUPTIBLE, values: [] }, ...conditions], ' AND ');
}

function joined(conditions: readonly Condition[], word: ' AND ' | ' OR '): Condition {
  return {
    sql: conditions.map(({ sql }) => sql).join(word),
    values: conditions.flatMap(({ values }) => values),
  };
}

function sortExpression(field: Exclude<SortField, 'received'>): string {
  if (isLabelKind(field)) return `(SELECT text FROM labels WHERE labels.id = tasks.${field})`;
  if (field === 'root_id') return "CASE root_id WHEN '' THEN uuid ELSE root_id END";
  return field;
}

function isLabelKind(field: string): field is LabelKind {
  return (LABEL_KINDS as readonly string[]).includes(field);
}
