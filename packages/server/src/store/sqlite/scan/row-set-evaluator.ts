// Conditions that name tasks one by one: which rows they are is found by index beforehand.
import { CHUNK_ROWS } from '../columns/chunk.ts';
import { type Evaluator, MAYBE, NO, verdictBuffer, YES } from './verdict.ts';

/** @param rowIds of all tasks that are meant; null: too many to be found beforehand */
export function rowSetEvaluator(rowIds: ReadonlySet<number> | null): Evaluator {
  if (rowIds === null) return () => MAYBE;
  if (rowIds.size === 0) return () => NO;
  const chunksOf = new Set([...rowIds].map(chunkOf));
  const buffer = verdictBuffer();
  return (chunk) => {
    const { ids } = chunk;
    const [first] = ids;
    if (first === undefined) return NO;
    // The usual chunk is a stretch of neighbours; one of changed rows, which come from anywhere, is looked through.
    if (isOneChunk(ids) && !chunksOf.has(chunkOf(first))) return NO;
    const verdict = buffer(chunk.rows);
    for (let row = 0; row < verdict.length; row++) verdict[row] = rowIds.has(ids[row] as number) ? YES : NO;
    return verdict;
  };
}

function chunkOf(id: number): number {
  return Math.floor((id - 1) / CHUNK_ROWS);
}

/** Few chunks of changed rows begin and end in the same one, and hold no row of another. */
function isOneChunk(ids: Float64Array): boolean {
  const [first = 0] = ids;
  const number = chunkOf(first);
  return number === chunkOf(ids[ids.length - 1] ?? first) && ids.every((id) => chunkOf(id) === number);
}
