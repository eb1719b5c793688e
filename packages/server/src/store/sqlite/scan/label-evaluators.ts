// Conditions on texts that many tasks share: settled once for each label, then looked up by row.
import type { Chunk, LabelColumn } from '../columns/chunk.ts';
import { type Certainty, type Evaluator, MAYBE, NO, verdictBuffer, YES } from './verdict.ts';

/** What a label's text says of the tasks that hold it; null: the tasks without one. */
export type LabelTest = (text: string | null) => Certainty;

/** What is said of a label, and of labels by code. */
export interface SettledLabels {
  of(id: number): Certainty;
  all(ids: Float64Array): Uint8Array;
}

const UNKNOWN = 255;

/** By label id, asked once for each. 0 is no label. Kept by the id itself: chunks have many labels, and ids are small numbers. */
export function settledLabels(textOf: (id: number) => string, test: LabelTest): SettledLabels {
  let known = new Uint8Array(256).fill(UNKNOWN);
  const of = (id: number): Certainty => {
    if (id >= known.length) {
      const larger = new Uint8Array(Math.max(id + 1, known.length * 2)).fill(UNKNOWN);
      larger.set(known);
      known = larger;
    }
    const settled = known[id] as number;
    if (settled !== UNKNOWN) return settled as Certainty;
    return (known[id] = test(id === 0 ? null : textOf(id)));
  };
  return {
    of,
    all(ids) {
      const settled = new Uint8Array(ids.length);
      for (let code = 0; code < ids.length; code++) settled[code] = of(ids[code] as number);
      return settled;
    },
  };
}

export function labelEvaluator(
  column: LabelColumn,
  textOf: (id: number) => string,
  test: LabelTest,
): Evaluator {
  const settled = settledLabels(textOf, test);
  const buffer = verdictBuffer();
  return (chunk) => {
    const same = sameForAll(chunk.labelIds(column), settled);
    if (same !== null) return same;
    const { ids, codes } = chunk.labels(column);
    const byCode = settled.all(ids);
    const verdict = buffer(chunk.rows);
    for (let row = 0; row < verdict.length; row++) verdict[row] = byCode[codes[row] as number] as number;
    return verdict;
  };
}

/** The ids begin with 0, also where every row has a label: such a chunk is settled only when that would be the same. */
function sameForAll(ids: Float64Array | null, settled: SettledLabels): Certainty | null {
  if (ids === null) return null;
  const first = settled.of(0);
  for (const id of ids) if (settled.of(id) !== first) return null;
  return first;
}

/**
 * For what only failures have: rows that were written before it was kept have no label, and may all the same.
 * @param test true: the label is meant
 */
export function failureLabelEvaluator(
  column: 'exception_type' | 'fp',
  textOf: (id: number) => string,
  test: (text: string) => boolean,
): Evaluator {
  const settled = settledLabels(textOf, (text) => (text !== null && test(text) ? YES : NO));
  const buffer = verdictBuffer();
  return (chunk) => {
    if (!mayHaveFailed(chunk)) return NO;
    const { ids, codes } = chunk.labels(column);
    const failed = chunk.numbers('failed');
    const retried = chunk.numbers('retried');
    const byCode = settled.all(ids);
    const verdict = buffer(chunk.rows);
    for (let row = 0; row < verdict.length; row++) {
      const code = codes[row] as number;
      const isUnlabelled = code === 0 && !(Number.isNaN(failed[row]) && Number.isNaN(retried[row]));
      verdict[row] = isUnlabelled ? MAYBE : (byCode[code] as number);
    }
    return verdict;
  };
}

function mayHaveFailed(chunk: Chunk): boolean {
  return chunk.range('failed') !== null || chunk.range('retried') !== null;
}
