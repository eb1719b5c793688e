// What columns alone can say of the rows of a chunk: no, maybe, yes. Maybe is for the row itself to settle. One number speaks for
// all rows of the chunk, so that most chunks are settled without a look at any row.
import type { Chunk } from '../columns/chunk.ts';

export const NO = 0;
export const MAYBE = 1;
export const YES = 2;
export type Certainty = typeof NO | typeof MAYBE | typeof YES;

/** By row; good until the evaluator is asked about another chunk. */
export type Verdict = Certainty | Uint8Array;
export type Evaluator = (chunk: Chunk) => Verdict;

/** Memory that an evaluator answers in, again and again. */
export function verdictBuffer(): (rows: number) => Uint8Array {
  let buffer = new Uint8Array(0);
  return (rows) => {
    if (buffer.length < rows) buffer = new Uint8Array(rows);
    return buffer.length === rows ? buffer : buffer.subarray(0, rows);
  };
}

/** The least certain of all. Asked from left to right: what settles most at least cost comes first. */
export function allOf(evaluators: readonly Evaluator[]): Evaluator {
  return (chunk) => {
    let sum: Verdict = YES;
    for (const evaluate of evaluators) {
      const one = evaluate(chunk);
      if (one === NO) return NO;
      if (one === YES) continue;
      sum = sum === YES ? one : lower(sum, one);
    }
    return sum;
  };
}

/** The most certain of any. */
export function anyOf(evaluators: readonly Evaluator[]): Evaluator {
  return (chunk) => {
    let sum: Verdict = NO;
    for (const evaluate of evaluators) {
      const one = evaluate(chunk);
      if (one === YES) return YES;
      if (one === NO) continue;
      sum = sum === NO ? one : higher(sum, one);
    }
    return sum;
  };
}

export function notOf(evaluate: Evaluator): Evaluator {
  return (chunk) => {
    const one = evaluate(chunk);
    if (typeof one === 'number') return (YES - one) as Certainty;
    for (let row = 0; row < one.length; row++) one[row] = YES - (one[row] as number);
    return one;
  };
}

/** Answers in the memory of one of them: evaluators answer in their own. */
function lower(a: Verdict, b: Verdict): Verdict {
  if (typeof a === 'number') return typeof b === 'number' ? (Math.min(a, b) as Certainty) : lower(b, a);
  if (typeof b === 'number') {
    for (let row = 0; row < a.length; row++) if ((a[row] as number) > b) a[row] = b;
    return a;
  }
  for (let row = 0; row < a.length; row++) {
    const other = b[row] as number;
    if (other < (a[row] as number)) a[row] = other;
  }
  return a;
}

function higher(a: Verdict, b: Verdict): Verdict {
  if (typeof a === 'number') return typeof b === 'number' ? (Math.max(a, b) as Certainty) : higher(b, a);
  if (typeof b === 'number') {
    for (let row = 0; row < a.length; row++) if ((a[row] as number) < b) a[row] = b;
    return a;
  }
  for (let row = 0; row < a.length; row++) {
    const other = b[row] as number;
    if (other > (a[row] as number)) a[row] = other;
  }
  return a;
}
