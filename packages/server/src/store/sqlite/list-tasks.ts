// Lists of tasks: a selection becomes SQL, and the page, its order and its total come out.
// Lists by received time walk an index from the right end and stop when the page is full. With a filter by state, name or worker, or
// narrowed to scopes, that is the index of the condition that fewest tasks meet, with one walk for each of its values, merged by SQLite.
// Every other order sorts all that match.
import type { DatabaseSync } from 'node:sqlite';
import { type SortField, type TaskQuery, type TotalKind, TOTAL_LIMIT } from '../store.ts';
import { INTERRUPTIBLE } from './interruptible.ts';
import type { LabelCondition } from './label-condition.ts';
import { LABEL_KINDS, type LabelKind, type Labels, totalTasks } from './labels.ts';
import type { Scope } from './scopes.ts';
import { type Condition, type Selection, selectTasks } from './task-selection.ts';

/** SQLite joins at most 500 walks in one statement; a condition with more values than this is tested row by row instead. */
const MOST_WALKS = 100;

export interface TaskIds {
  /** Ids of the rows of the page, in order. */
  readonly ids: readonly number[];
  readonly total: number;
  readonly totalKind: TotalKind;
}

const NOTHING: TaskIds = { ids: [], total: 0, totalKind: 'exact' };

/** Finds one page. Call it inside a read transaction, so that page and total belong together. */
export function listTasks(database: DatabaseSync, labels: Labels, query: TaskQuery): TaskIds {
  const selection = selectTasks(query.filter, labels);
  if (selection.byLabels === 0) return NOTHING;
  const ids = findPage(database, selection, query);
  // A page that is not full, and not beyond the end, is the last: no need to count.
  if (ids.length < query.limit && (ids.length > 0 || query.offset === 0)) {
    const total = query.offset + ids.length;
    return { ids, ...limited(total) };
  }
  const total = knownTotal(selection, labels) ?? countMatches(database, selection);
  return { ids, ...limited(total) };
}

function limited(total: number): Pick<TaskIds, 'total' | 'totalKind'> {
  return total > TOTAL_LIMIT ? { total: TOTAL_LIMIT, totalKind: 'at_least' } : { total, totalKind: 'exact' };
}

function findPage(database: DatabaseSync, selection: Selection, query: TaskQuery): number[] {
  const rows = selectRows(selection, query);
  const statement = database.prepare(`${rows.sql} LIMIT ? OFFSET ?`);
  return statement.all(...rows.values, query.limit, query.offset).map((row) => row['id'] as number);
}

/** All rows that match, in order. Equal ones follow the order in which they were first seen. */
function selectRows(selection: Selection, { sortBy, descending }: TaskQuery): Condition {
  const { lead, others, byLabels, byScopes } = selection;
  if (sortBy !== 'received') {
    const order = `${sortExpression(sortBy)} ${descending ? 'DESC' : 'ASC'} NULLS LAST, position DESC, id DESC`;
    return orderedRows(selection, order);
  }
  // Oldest first sorts, because the tasks without a received time, which come last, are at the beginning of the index.
  if (!descending) return orderedRows(selection, 'position < 0, position, id');
  // Walks along many rows stop early only where no other condition keeps them from filling the page.
  const stopsEarly = others.length === 0 && byLabels <= byScopes;
  const walks = lead !== null || stopsEarly ? walksOf(selection) : [];
  if (walks.length === 0 || walks.length > MOST_WALKS) {
    // With `+` SQLite sorts the few rows that the lead finds, and does not walk along all.
    return orderedRows(selection, lead === null ? 'position DESC, id DESC' : '+position DESC, id DESC');
  }
  return {
    sql: `${walks.map(({ sql }) => sql).join(' UNION ALL ')} ORDER BY position DESC, id DESC`,
    values: walks.flatMap(({ values }) => values),
  };
}

/** One walk along an index for each value of what fewest tasks meet, the narrowest label or the scopes; together they find each row once. */
function walksOf({ labels, scopes, others, byLabels, byScopes }: Selection): Condition[] {
  const [narrowest, ...wider] = labels;
  if (narrowest !== undefined && byLabels <= byScopes) {
    return walkAlong(narrowest, [...wider.map(hasLabel), ...inAnyOf(scopes), ...others]);
  }
  return scopes.flatMap((scope, index) => {
    const [first, ...rest] = scope;
    // Rows in an earlier scope were found there.
    const notEarlier = inAnyOf(scopes.slice(0, index)).map(({ sql, values }) => ({
      sql: `NOT ${sql}`,
      values,
    }));
    return walkAlong(first, [...rest.map(hasLabel), ...labels.map(hasLabel), ...notEarlier, ...others]);
  });
}

function walkAlong(label: LabelCondition, conditions: readonly Condition[]): Condition[] {
  const rest = conjunction(conditions);
  const sql = `SELECT id, position FROM ${indexed(label)} WHERE ${label.column} = ? AND ${rest.sql}`;
  return label.ids.map((id) => ({ sql, values: [id, ...rest.values] }));
}

function orderedRows(selection: Selection, order: string): Condition {
  const { sql, values } = matchingRows(selection);
  return { sql: `SELECT id FROM ${sql} ORDER BY ${order}`, values };
}

/** Total that the labels' counts tell; undefined when the rows must be counted. */
function knownTotal({ labels: conditions, scopes, others }: Selection, labels: Labels): number | undefined {
  if (others.length > 0 || scopes.length > 0 || conditions.length > 1) return undefined;
  return conditions[0]?.tasks ?? totalTasks(labels);
}

function countMatches(database: DatabaseSync, selection: Selection): number {
  const { sql, values } = matchingRows(selection);
  const rows = `SELECT 1 FROM ${sql} LIMIT ${TOTAL_LIMIT + 1}`;
  return database.prepare(`SELECT count(*) AS total FROM (${rows})`).get(...values)?.['total'] as number;
}

/** Table and conditions, for all rows that match. */
function matchingRows({ labels, scopes, others, lead }: Selection): Condition {
  const [narrowest, ...wider] = labels;
  if (narrowest !== undefined && lead === 'labels') {
    const conditions = [isLabelled(narrowest), ...wider.map(hasLabel), ...inAnyOf(scopes), ...others];
    const { sql, values } = conjunction(conditions);
    return { sql: `${indexed(narrowest)} WHERE ${sql}`, values };
  }
  const within = inAnyOf(scopes, lead === 'scopes' ? isLabelled : hasLabel);
  const { sql, values } = conjunction([...labels.map(hasLabel), ...within, ...others]);
  return { sql: `tasks WHERE ${sql}`, values };
}

/** Without statistics SQLite would guess which index is best; the labels' counts say it. */
function indexed({ column }: LabelCondition): string {
  return `tasks INDEXED BY tasks_by_${column}`;
}

/** For looking rows up by the label's index. */
function isLabelled(label: LabelCondition): Condition {
  return isOneOf(label.column, label.ids);
}

/**
 * For testing rows that something else leads to: SQLite sees no column in it, so that it neither looks rows up by the label's index nor
 * reads them in its order. Ids begin with 1, so a row without the label is never one of them.
 */
function hasLabel(label: LabelCondition): Condition {
  return isOneOf(`ifnull(${label.column}, 0)`, label.ids);
}

function isOneOf(expression: string, ids: readonly number[]): Condition {
  return { sql: `${expression} IN (SELECT value FROM json_each(?))`, values: [JSON.stringify(ids)] };
}

/** One condition, or none without scopes. */
function inAnyOf(scopes: readonly Scope[], test = hasLabel): Condition[] {
  if (scopes.length === 0) return [];
  const parts = scopes.map((scope) => joined(scope.map(test), ' AND '));
  const { sql, values } = joined(parts, ' OR ');
  return [{ sql: `(${sql})`, values }];
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
  if (field === 'finished') return 'coalesce(succeeded, failed, revoked, rejected)';
  if (field === 'wait') return '(started - ifnull(sent, max(position, 0)))';
  if (field === 'root_id') return "CASE root_id WHEN '' THEN uuid ELSE root_id END";
  return field;
}

function isLabelKind(field: string): field is LabelKind {
  return (LABEL_KINDS as readonly string[]).includes(field);
}
