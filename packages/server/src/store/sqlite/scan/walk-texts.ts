// Lists sorted by texts that no column has: the texts of all rows that meet the condition are read, for as long as the time allows.
import type { DatabaseSync } from 'node:sqlite';
import type { SortField } from '../../store.ts';
import type { Chunk } from '../columns/chunk.ts';
import { compareTexts, type PlainPlace } from './order.ts';
import { COMPARED_CHARS } from './sort-value.ts';
import type { TimeBudget } from './time-budget.ts';
import { type Evaluator, MAYBE, NO } from './verdict.ts';

/** SQL of what is sorted by; NULL comes last in both directions. */
const EXPRESSIONS: Readonly<Partial<Record<SortField, string>>> = {
  uuid: 'uuid',
  root_id: "CASE root_id WHEN '' THEN uuid ELSE root_id END",
  parent_id: 'parent_id',
  args: 'args',
  kwargs: 'kwargs',
  result: 'result',
  exception: 'exception',
  traceback: 'traceback',
  eta: 'eta',
  expires: 'expires',
};

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
  const { field, most, budget, verify } = walk;
  const text = `substr(${EXPRESSIONS[field] ?? field}, 1, ${COMPARED_CHARS})`;
  const select = database.prepare(
    `SELECT id, ${text} AS text FROM tasks WHERE id IN (SELECT value FROM json_each(?))`,
  );
  const compare = comparison(walk);
  const { after } = walk;
  let kept: PlainPlace[] = [];
  /** What comes after it is not among the first. */
  let bound: PlainPlace | undefined;
  let unseen = 0;
  for (const chunk of walk.chunks) {
    if (unseen > 0 || budget.isOver()) {
      unseen += chunk.rows;
      continue;
    }
    const rows = matchingRows(chunk, walk.evaluate(chunk));
    if (rows.size === 0) continue;
    for (const row of select.all(JSON.stringify([...rows.keys()]))) {
      const id = row['id'] as number;
      const known = rows.get(id);
      if (known === undefined) continue;
      const place = { value: row['text'] as string | null, position: known.position, id };
      if (after !== null && compare(place, after) <= 0) continue;
      if (bound !== undefined && compare(place, bound) > 0) continue;
      if (known.isOpen && !verify(id)) continue;
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

function matchingRows(
  chunk: Chunk,
  verdict: ReturnType<Evaluator>,
): Map<number, { readonly position: number; readonly isOpen: boolean }> {
  const rows = new Map<number, { readonly position: number; readonly isOpen: boolean }>();
  if (verdict === NO) return rows;
  const positions = chunk.numbers('position');
  const { ids, isCurrent } = chunk;
  for (let row = 0; row < ids.length; row++) {
    const certainty = typeof verdict === 'number' ? verdict : (verdict[row] as number);
    if (certainty === NO || (isCurrent !== null && isCurrent[row] === 0)) continue;
    rows.set(ids[row] as number, { position: positions[row] as number, isOpen: certainty === MAYBE });
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
