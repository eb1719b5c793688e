// How many rows meet a condition: exactly when there is time for it, else from what was looked at, spread over all that there is.
import type { TotalKind } from '../../store.ts';
import type { Chunk } from '../columns/chunk.ts';
import type { TimeBudget } from './time-budget.ts';
import { type Evaluator, MAYBE, NO, YES } from './verdict.ts';

const ROWS_BETWEEN_LOOKS = 16;

export interface CountedMatches {
  readonly total: number;
  readonly totalKind: TotalKind;
}

export interface Count {
  readonly chunks: readonly Chunk[];
  readonly evaluate: Evaluator;
  readonly verify: (rowId: number) => boolean;
  readonly budget: TimeBudget;
  /** Of chunks that were counted already, whose columns are certain. */
  readonly counted?: ReadonlyMap<Chunk, number> | undefined;
}

export function countMatches({ chunks, evaluate, verify, budget, counted }: Count): CountedMatches {
  let certain = 0;
  let seenRows = 0;
  const open: { readonly chunk: Chunk; readonly rows: number }[] = [];
  for (const chunk of spread(chunks)) {
    // One chunk at least, or there were nothing to judge by.
    const known = counted?.get(chunk);
    if (known !== undefined) {
      certain += known;
      seenRows += chunk.rows;
      continue;
    }
    if (seenRows > 0 && budget.isOver()) break;
    const { yes, maybe } = countChunk(chunk, evaluate(chunk));
    certain += yes;
    if (maybe > 0) open.push({ chunk, rows: maybe });
    seenRows += chunk.rows;
  }
  const openRows = open.reduce((sum, { rows }) => sum + rows, 0);
  const { looked, met } = settle(open, { evaluate, verify, budget });
  const allRows = chunks.reduce((sum, { rows }) => sum + rows, 0);
  if (seenRows === allRows && looked === openRows) return { total: certain + met, totalKind: 'exact' };
  const seenTotal = certain + (looked === 0 ? 0 : (met / looked) * openRows);
  const estimate = Math.round(seenTotal * (allRows / Math.max(1, seenRows)));
  const least = certain + met;
  // Of what was never looked at nobody can say more than how much there is at least.
  if (openRows > 0 && looked === 0) return { total: least, totalKind: 'at_least' };
  return { total: Math.max(least, estimate), totalKind: 'about' };
}

function settle(
  open: readonly { readonly chunk: Chunk }[],
  { evaluate, verify, budget }: Pick<Count, 'evaluate' | 'verify' | 'budget'>,
): { readonly looked: number; readonly met: number } {
  let looked = 0;
  let met = 0;
  for (const { chunk } of open) {
    const verdict = evaluate(chunk);
    const { ids, isCurrent } = chunk;
    for (let row = 0; row < ids.length; row++) {
      const certainty = typeof verdict === 'number' ? verdict : (verdict[row] as number);
      if (certainty !== MAYBE || (isCurrent !== null && isCurrent[row] === 0)) continue;
      if (looked % ROWS_BETWEEN_LOOKS === 0 && budget.isOver()) return { looked, met };
      looked++;
      if (verify(ids[row] as number)) met++;
    }
  }
  return { looked, met };
}

/** Rows of the chunk that are current, by what is said of them. */
export function countChunk(
  chunk: Chunk,
  verdict: ReturnType<Evaluator>,
): { readonly yes: number; readonly maybe: number } {
  const { isCurrent } = chunk;
  if (typeof verdict === 'number') {
    const rows = verdict === NO ? 0 : currentRows(chunk);
    return { yes: verdict === YES ? rows : 0, maybe: verdict === MAYBE ? rows : 0 };
  }
  // As numbers maybe is the one bit and yes the other: counted without a branch.
  let yes = 0;
  let maybe = 0;
  if (isCurrent === null) {
    for (let row = 0; row < verdict.length; row++) {
      const certainty = verdict[row] as number;
      yes += certainty >> 1;
      maybe += certainty & 1;
    }
    return { yes, maybe };
  }
  for (let row = 0; row < verdict.length; row++) {
    const certainty = (verdict[row] as number) * (isCurrent[row] as number);
    yes += certainty >> 1;
    maybe += certainty & 1;
  }
  return { yes, maybe };
}

export function currentRows({ rows, isCurrent }: Chunk): number {
  return isCurrent === null ? rows : sumOf(isCurrent);
}

function sumOf(bits: Uint8Array): number {
  let sum = 0;
  for (let row = 0; row < bits.length; row++) sum += bits[row] as number;
  return sum;
}

/** In an order in which every beginning is spread over all of them: by the golden ratio. */
export function spread<T>(items: readonly T[]): T[] {
  return items
    .map((item, index) => ({ item, at: (index * 0.618_033_988_749_895) % 1 }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
