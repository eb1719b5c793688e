// Lists of the audit trail, newest first. A filter that few lines meet makes SQLite walk far, so a list is made in steps, each over
// a bounded span of numbers: what else waits for the ledger's one thread, every request among it, gets its turn in between.
import type { DatabaseSync } from 'node:sqlite';
import type { AuditQuery } from '../ledger.ts';
import { PAGE_CHARS } from '../store.ts';
import { AUDIT_COLUMNS, readAuditEnds, type SealedLine } from './audit.ts';

/** Lines that a step walks over at most: about 50 ms when each of them has to be searched. */
const SPAN = 20_000;
/** SQLite joins at most 500 walks in one statement. */
const MOST_WALKS = 100;

/** Numbers of lines, both inclusive; `lowest` is never above `highest`. */
export interface AuditSpan {
  readonly lowest: number;
  readonly highest: number;
}

export interface AuditListStep {
  readonly lines: readonly SealedLine[];
  /** Where the next step goes on; null: everything was looked at. */
  readonly rest: AuditSpan | null;
  /** The page must end here: its texts are as long as a page's may be. */
  readonly full: boolean;
}

interface Condition {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** @param rest of the step before; undefined for the first. Inside a read transaction. */
export function listAuditStep(
  database: DatabaseSync,
  query: AuditQuery,
  rest: AuditSpan | undefined,
): AuditListStep {
  const span = rest ?? spanOf(database, query);
  if (span === null) return { lines: [], rest: null, full: false };
  const lowest = Math.max(span.lowest, span.highest - SPAN + 1);
  const select = selectLines(database, query, { lowest, highest: span.highest });
  const lines: SealedLine[] = [];
  let chars = 0;
  for (const row of database.prepare(select.sql).iterate(...select.values)) {
    const line = row as unknown as SealedLine;
    lines.push(line);
    chars += line.params.length + (line.replies?.length ?? 0);
    if (chars > PAGE_CHARS || lines.length === query.limit) break;
  }
  const full = chars > PAGE_CHARS;
  const ended = full || lines.length === query.limit;
  const highest = (ended ? (lines.at(-1)?.seq ?? lowest) : lowest) - 1;
  return { lines, rest: highest < span.lowest ? null : { lowest: span.lowest, highest }, full };
}

/** All numbers that may match. */
function spanOf(database: DatabaseSync, { from, to, before }: AuditQuery): AuditSpan | null {
  const ends = readAuditEnds(database);
  let lowest = ends === null ? 1 : ends.anchor.seq + 1;
  let highest = Math.min(ends?.head.seq ?? Infinity, (before ?? Infinity) - 1, Number.MAX_SAFE_INTEGER);
  if (from !== undefined || to !== undefined) {
    // Lines are not quite in the order of their times: some are written late.
    const found = database
      .prepare('SELECT min(seq) AS lowest, max(seq) AS highest FROM audit WHERE at BETWEEN ? AND ?')
      .get(from ?? -Infinity, to ?? Infinity) as { lowest: number | null; highest: number | null };
    lowest = Math.max(lowest, found.lowest ?? Infinity);
    highest = Math.min(highest, found.highest ?? -Infinity);
  }
  return lowest > highest ? null : { lowest, highest };
}

function selectLines(database: DatabaseSync, query: AuditQuery, span: AuditSpan): Condition {
  const inSpan: Condition = { sql: 'seq BETWEEN ? AND ?', values: [span.lowest, span.highest] };
  const rest = all([inSpan, ...conditionsOf(query)]);
  const walks = walksOf(database, query);
  const select = `SELECT ${AUDIT_COLUMNS} FROM audit`;
  const end = `ORDER BY seq DESC LIMIT ${Math.trunc(query.limit)}`;
  if (walks === null) return { sql: `${select} WHERE ${rest.sql} ${end}`, values: rest.values };
  if (walks.texts.length === 0) return { sql: `${select} WHERE false ${end}`, values: [] };
  const walk = `${select} INDEXED BY audit_by_${walks.column} WHERE ${walks.column} = ? AND ${rest.sql}`;
  return {
    sql: `${walks.texts.map(() => walk).join(' UNION ALL ')} ${end}`,
    values: walks.texts.flatMap((text) => [text, ...rest.values]),
  };
}

/**
 * The column whose index leads to the fewest lines as a rule, and the texts in it to walk along, to be merged by SQLite; null: along all
 * lines.
 */
function walksOf(
  database: DatabaseSync,
  { target, who, action, outcome }: AuditQuery,
): { readonly column: 'target' | 'who' | 'action' | 'outcome'; readonly texts: readonly string[] } | null {
  if (target !== undefined) return { column: 'target', texts: [target] };
  if (who !== undefined) return { column: 'who', texts: [who] };
  // Nearly all lines are done.
  if (outcome !== undefined && outcome !== 'done') return { column: 'outcome', texts: [outcome] };
  if (action !== undefined) {
    const actions = actionsBelow(database, action);
    if (actions.length <= MOST_WALKS) return { column: 'action', texts: actions };
  }
  return null;
}

/** The actions there are of those that are meant, found by jumping from one to the next in the index. */
function actionsBelow(database: DatabaseSync, action: string): string[] {
  const rows = database
    .prepare(
      `WITH RECURSIVE found (action) AS (
         SELECT min(action) FROM audit WHERE action >= ?1 AND action < ?2
         UNION ALL
         SELECT (SELECT min(action) FROM audit WHERE action > found.action AND action < ?2)
         FROM found WHERE found.action IS NOT NULL
         LIMIT ${MOST_WALKS + 2})
       SELECT action FROM found WHERE action IS NOT NULL
       UNION SELECT action FROM audit WHERE action = ?3`,
    )
    .all(`${action}.`, endOfActionsBelow(action), action);
  return rows.map((row) => row['action'] as string);
}

/** `/` is the character after `.`. */
function endOfActionsBelow(action: string): string {
  return `${action}/`;
}

function conditionsOf({ who, action, target, outcome, from, to, text }: AuditQuery): Condition[] {
  const conditions: Condition[] = [];
  if (who !== undefined) conditions.push({ sql: 'who = ?', values: [who] });
  if (target !== undefined) conditions.push({ sql: 'target = ?', values: [target] });
  if (outcome !== undefined) conditions.push({ sql: 'outcome = ?', values: [outcome] });
  if (action !== undefined) {
    conditions.push({
      sql: '(action = ? OR (action >= ? AND action < ?))',
      values: [action, `${action}.`, endOfActionsBelow(action)],
    });
  }
  if (from !== undefined || to !== undefined) {
    conditions.push({ sql: 'at BETWEEN ? AND ?', values: [from ?? -Infinity, to ?? Infinity] });
  }
  if (text !== undefined) {
    const columns = ['who', 'action', 'target', 'params', 'detail', 'address'];
    conditions.push({
      // SQLite's lower() knows ASCII only, which is what is promised.
      sql: `(${columns.map((column) => `instr(lower(${column}), lower(?))`).join(' OR ')})`,
      values: columns.map(() => text),
    });
  }
  return conditions;
}

function all(conditions: readonly Condition[]): Condition {
  return {
    sql: conditions.map(({ sql }) => sql).join(' AND '),
    values: conditions.flatMap(({ values }) => values),
  };
}
