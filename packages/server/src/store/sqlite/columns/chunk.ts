// What scanning sees of the tasks: chunks of neighbouring rows, column by column, in typed arrays. The rows stay the truth; chunks are
// made from them. build-chunk.ts makes one from rows, chunks.ts keeps them; scan/ looks through them.
import type { GramIndex } from '../grams/gram-index.ts';

/** Row ids n × CHUNK_ROWS + 1 to (n + 1) × CHUNK_ROWS are of chunk n. */
export const CHUNK_ROWS = 4_096;

export const NUMBER_COLUMNS = [
  'position',
  'timestamp',
  'clock',
  'sent',
  'started',
  'succeeded',
  'failed',
  'retried',
  'revoked',
  'rejected',
  'runtime',
  'retries',
  'finished',
  'run',
  'wait',
  'eta',
] as const;
/** Times are epoch seconds, spans seconds; `position` as in the table. `finished`, `run`, `wait` and `eta` as query/task-values.ts says. */
export type NumberColumn = (typeof NUMBER_COLUMNS)[number];

export const LABEL_COLUMNS = [
  'state',
  'name',
  'worker',
  'queue',
  'client',
  'exchange',
  'routing_key',
  'exception_type',
  'fp',
] as const;
export type LabelColumn = (typeof LABEL_COLUMNS)[number];

/** What a task has, as bits of one byte. */
export const HAS = { result: 1, traceback: 2, parent: 4, eta: 8, cut: 16 } as const;

/** Which label each row has: `ids[codes[row]]`, an id of the table `labels`; 0: none. `ids[0]` is 0. */
export interface LabelCodes {
  readonly ids: Float64Array;
  readonly codes: Uint16Array;
}

export interface Chunk {
  readonly rows: number;
  /** Row ids, each once; rising, but in chunks of changed rows in no order. As long as every other array. */
  readonly ids: Float64Array;
  /** 0 where the row has changed since, and is in a chunk of changed rows, or has gone. Null: all are as they are here. */
  readonly isCurrent: Uint8Array | null;
  /** NaN: none. Do not write to it. */
  numbers(column: NumberColumn): Float64Array;
  /** No row has less or more, told without reading the column (there may be no row any more that has as much); null: no row has any. */
  range(column: NumberColumn): { readonly min: number; readonly max: number } | null;
  labels(column: LabelColumn): LabelCodes;
  /** `labels(column).ids` without reading the column: no row has another one. Null: too many to be kept at hand. */
  labelIds(column: LabelColumn): Float64Array | null;
  has(): Uint8Array;
  /** Null where it was not made yet. */
  grams(): GramIndex | null;
}
