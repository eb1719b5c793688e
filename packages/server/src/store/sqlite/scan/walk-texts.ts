// Lists sorted by texts that no column has: the texts of all rows that meet the condition are read, for as long as the time allows.
import type { DatabaseSync } from 'node:sqlite';
import type { SortField } from '../../store.ts';
import { type Chunk, CHUNK_ROWS, HAS } from '../columns/chunk.ts';
import { compareTexts, type PlainPlace } from './order.ts';
import { COMPARED_CHARS } from './sort-value.ts';
import type { TimeBudget } from './time-budget.ts';
import { type Evaluator, MAYBE, NO } from './verdict.ts';

interface TextField {
  readonly sql: string;
  /** Says which rows have one: of the others nothing is read. An empty text is as good as none then. */
  readonly has?: number;
}

const FIELDS: Readonly<Partial<Record<SortField, TextField>>> = {
  root_id: { sql: "CASE root_id WHEN '' THEN uuid ELSE root_id END" },
  parent_id: { sql: 'parent_id', has: HAS.parent },
  result: { sql: 'result', has: HAS.result },
  traceback: { sql: 'traceback', has: HAS.traceback },
  eta: { sql: 'eta', has: HAS.eta },
};
/** Of a chunk of which more is wanted, all rows are read one after the other: that is quicker than to look for each. */
const MOST_BY_ID = CHUNK_ROWS / 8;
/** Comes after all that begins like the text before it. */
const AFTER_ALL = '\u{10ffff}';

export interface TextWalk {
  readonly chunks: readonly Chunk[];
  readonly evaluate: Evaluator;
  readonly verify: (rowId: number) => boolean;
  readonly field: SortField;
  readonly descending: boolean;
  /** From the other end of the order. */
  readonly backwards: boolean;
  readonly after: PlainPlace | null;
  readonly most: number;
  readonly budget: TimeBudget;
}

export interface WalkedTexts {
  readonly places: readonly PlainPlace[];
  readonly unseen: number;
}

/** The first rows of the order, in order. */
export function walkTexts(database: DatabaseSync, walk: TextWalk): WalkedTexts {
  const { field, most, budget, verify, after } = walk;
  const { sql, has } = FIELDS[field] ?? { sql: field };
  const readTexts = textReader(database, sql, walk);
  const compare = comparison(walk);
  let kept: PlainPlace[] = [];
  /** What comes after it is not among the first. */
  let bound: PlainPlace | undefined;
  let unseen = 0;
  for (const chunk of newestFirst(walk.chunks)) {
    if (unseen > 0 || budget.isOver()) {
      unseen += chunk.rows;
      continue;
    }
    const rows = matchingRows(chunk, walk.evaluate(chunk), has);
    if (rows.size === 0) continue;
    budget.reading(() => readTexts(rows, bound));
    for (const [id, { position, isOpen, text }] of rows) {
      // Not read, because it is beyond the bound or there is none; only the latter may count when there is no bound yet.
      if (text === undefined && isTextBound(walk, bound)) continue;
      const place = { value: text ?? null, position, id };
      if (after !== null && compare(place, after) <= 0) continue;
      if (bound !== undefined && compare(place, bound) > 0) continue;
      if (isOpen && !verify(id)) continue;
      kept.push(place);
    }
    // Sorted now and then: a bound that is a little wide costs less than sorting after every chunk.
    if (kept.length >= most * 2 || (bound === undefined && kept.length >= most)) {
      kept = kept.sort(compare).slice(0, most);
      bound = kept.at(-1);
    }
  }
  return { places: kept.sort(compare).slice(0, most), unseen };
}

interface MatchingRow {
  readonly position: number;
  readonly isOpen: boolean;
  readonly mayHaveText: boolean;
  text?: string;
}

/** What is missing cannot be among the first any more: it comes last, and there are enough texts. */
function isTextBound({ backwards }: TextWalk, bound: PlainPlace | undefined): bound is PlainPlace {
  return !backwards && typeof bound?.value === 'string';
}

/** Newest rows first, so that what was not looked at when the time is over is the oldest. */
function newestFirst(chunks: readonly Chunk[]): Chunk[] {
  return chunks
    .map((chunk) => ({ chunk, newest: chunk.range('position')?.max ?? -Infinity }))
    .sort((a, b) => (a.newest === b.newest ? 0 : b.newest - a.newest))
    .map(({ chunk }) => chunk);
}

/** Reads the texts of rows, those that may be among the first. */
function textReader(
  database: DatabaseSync,
  sql: string,
  walk: TextWalk,
): (rows: Map<number, MatchingRow>, bound: PlainPlace | undefined) => void {
  const prepare = (where: string) => {
    const statement = database.prepare(
      `SELECT id, substr(${sql}, 1, ${COMPARED_CHARS}) FROM tasks WHERE ${where} AND ${sql} BETWEEN ? AND ?`,
    );
    statement.setReturnArrays(true);
    return statement;
  };
  const between = prepare('id BETWEEN ? AND ?');
  const byIds = prepare('id IN (SELECT value FROM json_each(?))');
  return (rows, bound) => {
    let [least, greatest] = ['', AFTER_ALL];
    if (isTextBound(walk, bound)) {
      if (walk.descending) least = bound.value as string;
      else greatest = `${String(bound.value)}${AFTER_ALL}`;
    }
    const ids: number[] = [];
    for (const [id, { mayHaveText }] of rows) if (mayHaveText) ids.push(id);
    const [first, last] = [ids[0], ids.at(-1)];
    if (first === undefined || last === undefined) return;
    // Rising but in chunks of changed rows.
    const isDense = ids.length > MOST_BY_ID && last - first < CHUNK_ROWS && first <= last;
    const found = isDense
      ? between.all(first, last, least, greatest)
      : byIds.all(JSON.stringify(ids), least, greatest);
    for (const [id, text] of found as unknown as readonly (readonly [id: number, text: string])[]) {
      const row = rows.get(id);
      if (row?.mayHaveText === true) row.text = text;
    }
  };
}

function matchingRows(
  chunk: Chunk,
  verdict: ReturnType<Evaluator>,
  bit: number | undefined,
): Map<number, MatchingRow> {
  const rows = new Map<number, MatchingRow>();
  if (verdict === NO) return rows;
  const positions = chunk.numbers('position');
  const has = bit === undefined ? null : chunk.has();
  const { ids, isCurrent } = chunk;
  for (let row = 0; row < ids.length; row++) {
    const certainty = typeof verdict === 'number' ? verdict : (verdict[row] as number);
    if (certainty === NO || (isCurrent !== null && isCurrent[row] === 0)) continue;
    rows.set(ids[row] as number, {
      position: positions[row] as number,
      isOpen: certainty === MAYBE,
      mayHaveText: has === null || ((has[row] as number) & (bit ?? 0)) !== 0,
    });
  }
  return rows;
}

/** As `Order` does: what is missing last, then the newest first. */
function comparison({ descending, backwards }: TextWalk): (a: PlainPlace, b: PlainPlace) => number {
  const sign = descending ? -1 : 1;
  const whole = backwards ? -1 : 1;
  return (a, b) => whole * (compareValues(a.value, b.value, sign) || b.position - a.position || b.id - a.id);
}

function compareValues(a: PlainPlace['value'], b: PlainPlace['value'], sign: number): number {
  if (typeof a !== 'string' || typeof b !== 'string') {
    return (typeof a === 'string' ? 0 : 1) - (typeof b === 'string' ? 0 : 1);
  }
  return a === b ? 0 : sign * compareTexts(a, b);
}
