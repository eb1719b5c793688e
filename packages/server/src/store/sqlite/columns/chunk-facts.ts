// What is known of a sealed chunk without reading its columns, as the JSON in the table `chunks`.
import { type Chunk, LABEL_COLUMNS, type LabelColumn, NUMBER_COLUMNS, type NumberColumn } from './chunk.ts';

/** Of columns with more different labels the labels are not at hand. */
const MOST_LABELS = 64;

export interface ChunkFacts {
  readonly ranges: Readonly<Partial<Record<NumberColumn, readonly [min: number, max: number]>>>;
  /** As in LabelCodes, beginning with 0; null: too many. Columns without any label are missing. */
  readonly labels: Readonly<Partial<Record<LabelColumn, readonly number[] | null>>>;
}

export function factsOf(chunk: Chunk): string {
  const ranges: Record<string, readonly number[]> = {};
  for (const column of NUMBER_COLUMNS) {
    const range = chunk.range(column);
    // JSON has no infinite numbers; a time that is one would be no time.
    if (range !== null) ranges[column] = [range.min, range.max];
  }
  const labels: Record<string, readonly number[] | null> = {};
  for (const column of LABEL_COLUMNS) {
    const { ids } = chunk.labels(column);
    if (ids.length > 1) labels[column] = ids.length > MOST_LABELS ? null : Array.from(ids);
  }
  return JSON.stringify({ ranges, labels });
}

export function readFacts(json: string): ChunkFacts {
  return JSON.parse(json) as ChunkFacts;
}
