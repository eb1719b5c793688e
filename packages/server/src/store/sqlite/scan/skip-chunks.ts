// Deep pages: which chunks lie wholly before a page or behind it, told from their ranges and from how many of their rows meet the
// condition. What is in them need not be put in order.
import type { Chunk } from '../columns/chunk.ts';
import { countChunk } from './count-matches.ts';
import type { TimeBudget } from './time-budget.ts';
import type { Evaluator } from './verdict.ts';

export interface RankedChunk {
  readonly chunk: Chunk;
  /** No row has a smaller key, and none a greater one. */
  readonly best: number;
  readonly worst: number;
  /** No row has a smaller tie. */
  readonly bestTie: number;
}

export interface Page {
  readonly offset: number;
  readonly limit: number;
  readonly evaluate: Evaluator;
  readonly budget: TimeBudget;
}

export interface SkippedChunks {
  /** Those that are left, in the same order. */
  readonly left: readonly RankedChunk[];
  /** Rows that meet the condition in those before the page: each is among the first `offset`. */
  readonly rows: number;
}

interface Counted extends RankedChunk {
  readonly yes: number;
  readonly maybe: number;
}

/** @param ranked by rising `best` */
export function skipChunks(ranked: readonly RankedChunk[], page: Page): SkippedChunks {
  const { offset, limit, evaluate, budget } = page;
  const counted: Counted[] = [];
  let [begun, certain, end] = [0, 0, Infinity];
  // How many chunks may be begun before the page, and all their rows fit in front of it.
  let before = 0;
  for (const one of ranked) {
    if (budget.isOver() || one.best > end) break;
    const { yes, maybe } = countChunk(one.chunk, evaluate(one.chunk));
    counted.push({ ...one, yes, maybe });
    begun += yes + maybe;
    if (begun <= offset) before = counted.length;
    if (one.worst < Infinity) certain += yes;
    if (certain >= offset + limit) end = endOf(counted, offset + limit);
  }
  let rows = 0;
  const left = ranked.filter(({ best, worst }, index) => {
    if (best > end) return false;
    const own = counted[index];
    if (own === undefined || own.maybe > 0 || index >= before) return true;
    const next = ranked[before];
    if (next !== undefined && next.best <= worst) return true;
    rows += own.yes;
    return false;
  });
  return { left, rows };
}

/** A key behind which there is none of the first `rows`. */
function endOf(counted: readonly Counted[], rows: number): number {
  let sum = 0;
  for (const { yes, worst } of counted.toSorted((a, b) => (a.worst === b.worst ? 0 : a.worst - b.worst))) {
    sum += yes;
    if (sum >= rows) return worst;
  }
  return Infinity;
}
