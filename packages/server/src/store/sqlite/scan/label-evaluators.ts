// Conditions on texts that many tasks share: settled once for each label, then looked up by row.
import type { Chunk, LabelColumn } from '../columns/chunk.ts';
import { type Certainty, type Evaluator, MAYBE, NO, verdictBuffer, YES } from './verdict.ts';

/** What a label's text says of the tasks that hold it; null: the tasks without one. */
export type LabelTest = (text: string | null) => Certainty;

/** By label id, asked once for each. 0 is no label. */
export function settledLabels(textOf: (id: number) => string, test: LabelTest): (id: number) => Certainty {
  const known = new Map<number, Certainty>();
  return (id) => {
    let settled = known.get(id);
    if (settled === undefined) known.set(id, (settled = test(id === 0 ? null : textOf(id))));
    return settled;
  };
}

export function labelEvaluator(
  column: LabelColumn,
  textOf: (id: number) => string,
  test: LabelTest,
): Evaluator {
  const settle = settledLabels(textOf, test);
  const buffer = verdictBuffer();
  return (chunk) => {
    const same = sameForAll(chunk.labelIds(column), settle);
    if (same !== null) return same;
    const { ids, codes } = chunk.labels(column);
    const byCode = Uint8Array.from(ids, settle);
    const verdict = buffer(chunk.rows);
    for (let row = 0; row < verdict.length; row++) verdict[row] = byCode[codes[row] as number] as number;
    return verdict;
  };
}

/** The ids begin with 0, also where every row has a label: such a chunk is settled only when that would be the same. */
function sameForAll(ids: Float64Array | null, settle: (id: number) => Certainty): Certainty | null {
  if (ids === null) return null;
  const first = settle(0);
  return ids.every((id) => settle(id) === first) ? first : null;
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
  const settle = settledLabels(textOf, (text) => (text !== null && test(text) ? YES : NO));
  const buffer = verdictBuffer();
  return (chunk) => {
    if (!mayHaveFailed(chunk)) return NO;
    const { ids, codes } = chunk.labels(column);
    const failed = chunk.numbers('failed');
    const retried = chunk.numbers('retried');
    const byCode = Uint8Array.from(ids, settle);
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
