// A chunk whose columns are in the table: each is read and decoded when it is asked for.
import type { GramIndex } from '../grams/gram-index.ts';
import { readGrams } from '../grams/read-grams.ts';
import { type Chunk, CHUNK_ROWS, type LabelCodes, type LabelColumn, type NumberColumn } from './chunk.ts';
import type { ChunkFacts } from './chunk-facts.ts';
import { columnNumber, gramPartNumber, HAS_NUMBER, IDS_NUMBER } from './column-numbers.ts';
import type { DecodedColumns } from './decoded-columns.ts';
import { decodeBits, decodeLabels } from './encode-labels.ts';
import { decodeNumbers } from './encode-numbers.ts';

const NO_LABELS = Float64Array.of(0);

export interface SealedChunkSource {
  readonly chunk: number;
  readonly version: number;
  readonly rows: number;
  readonly facts: ChunkFacts;
  /** Bytes of a column; null: no row has any value. */
  readonly read: (chunk: number, number: number) => Uint8Array | null;
  /** Made from the rows, for when a column cannot be read. */
  readonly rebuilt: () => Chunk;
  readonly cache: DecodedColumns;
}

/** Its `isCurrent` is set by who knows which rows have changed. */
export interface SealedChunk extends Chunk {
  isCurrent: Uint8Array | null;
}

export function openSealedChunk(source: SealedChunkSource): SealedChunk {
  const { chunk, version, rows, facts, read, cache } = source;
  const labelIds = new Map<LabelColumn, Float64Array | null>();
  /** A column that is damaged costs the time to make the chunk anew, and nothing else. */
  const decoded = <T extends Float64Array | Uint8Array | LabelCodes>(
    number: number,
    decode: (bytes: Uint8Array, rows: number) => T,
    missing: () => T,
    fromRows: (whole: Chunk) => T,
  ): T =>
    cache.get(`${chunk}.${version}.${number}`, () => {
      const bytes = read(chunk, number);
      try {
        return bytes === null ? missing() : decode(bytes, rows);
      } catch {
        return fromRows(source.rebuilt());
      }
    });
  const grams: GramIndex = readGrams((part) => read(chunk, gramPartNumber(part)));

  return {
    rows,
    isCurrent: null,
    get ids() {
      // Of a chunk without gaps they are plain.
      if (rows === CHUNK_ROWS) {
        return cache.get(`${chunk}.ids`, () =>
          Float64Array.from({ length: rows }, (_, row) => chunk * CHUNK_ROWS + row + 1),
        );
      }
      return decoded(
        IDS_NUMBER,
        decodeNumbers,
        () => new Float64Array(rows),
        (whole) => whole.ids,
      );
    },
    numbers: (column: NumberColumn) =>
      decoded(
        columnNumber(column),
        decodeNumbers,
        () => new Float64Array(rows).fill(NaN),
        (whole) => whole.numbers(column),
      ),
    range(column) {
      const range = facts.ranges[column];
      return range === undefined ? null : { min: range[0], max: range[1] };
    },
    labels: (column: LabelColumn) =>
      decoded<LabelCodes>(
        columnNumber(column),
        decodeLabels,
        () => ({ ids: NO_LABELS, codes: new Uint16Array(rows) }),
        (whole) => whole.labels(column),
      ),
    labelIds(column) {
      let ids = labelIds.get(column);
      if (ids === undefined) {
        const known = facts.labels[column];
        ids = known === undefined ? NO_LABELS : known === null ? null : Float64Array.from(known);
        labelIds.set(column, ids);
      }
      return ids;
    },
    has: () =>
      decoded(
        HAS_NUMBER,
        decodeBits,
        () => new Uint8Array(rows),
        (whole) => whole.has(),
      ),
    grams: () => grams,
  };
}
