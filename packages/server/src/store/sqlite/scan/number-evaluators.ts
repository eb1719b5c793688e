// Conditions on times and spans, chunk by chunk: most chunks of a history are outside a window as a whole.
import type { NumberCondition } from '../../../query/task-condition.ts';
import type { NumberColumn } from '../columns/chunk.ts';
import { type Evaluator, NO, verdictBuffer, YES } from './verdict.ts';

/** Values that are meant; both ends inclusive unless said otherwise. A row without one is not meant. */
export interface Interval {
  readonly min: number;
  readonly max: number;
  readonly aboveMin?: boolean | undefined;
  readonly belowMax?: boolean | undefined;
}

export function intervalOf({ compare, value }: Pick<NumberCondition, 'compare' | 'value'>): Interval {
  switch (compare) {
    case 'above':
      return { min: value, max: Infinity, aboveMin: true };
    case 'at-least':
      return { min: value, max: Infinity };
    case 'below':
      return { min: -Infinity, max: value, belowMax: true };
    case 'at-most':
      return { min: -Infinity, max: value };
    default:
      return { min: value, max: value };
  }
}

export function numberEvaluator(column: NumberColumn, interval: Interval): Evaluator {
  const { min, max, aboveMin = false, belowMax = false } = interval;
  const buffer = verdictBuffer();
  const isIn = (value: number) =>
    (aboveMin ? value > min : value >= min) && (belowMax ? value < max : value <= max);
  return (chunk) => {
    const range = chunk.range(column);
    if (range === null || range.max < min || range.min > max) return NO;
    // Every row has a position; of other columns nobody knows without reading whether a row is without.
    if (column === 'position' && isIn(range.min) && isIn(range.max)) return YES;
    const values = chunk.numbers(column);
    const verdict = buffer(chunk.rows);
    for (let row = 0; row < verdict.length; row++) verdict[row] = isIn(values[row] as number) ? YES : NO;
    return verdict;
  };
}

/** Which rows have a value at all. */
export function presenceEvaluator(column: NumberColumn): Evaluator {
  return numberEvaluator(column, { min: -Infinity, max: Infinity });
}

/** Times of reception: rows that were not received have a position below 0. */
export function receivedEvaluator(interval: Interval): Evaluator {
  return numberEvaluator('position', interval.min < 0 ? { ...interval, min: 0, aboveMin: false } : interval);
}
