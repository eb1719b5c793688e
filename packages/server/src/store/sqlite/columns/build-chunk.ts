// Makes a chunk in memory from rows; rows can be added and replaced later.
import {
  type Chunk,
  CHUNK_ROWS,
  HAS,
  LABEL_COLUMNS,
  type LabelCodes,
  type LabelColumn,
  NUMBER_COLUMNS,
  type NumberColumn,
} from './chunk.ts';
import {
  type ChunkRow,
  FIRST_LABEL,
  FIRST_NUMBER,
  HAS_CELL,
  STORED_LABELS,
  STORED_NUMBERS,
} from './chunk-row.ts';
import { deriveValues } from './derive-values.ts';
import { freshTexts, type ReadTexts } from '../grams/fresh-texts.ts';

/** Codes are of 16 bits, and 0 says that there is no label. */
const MOST_LABELS = 65_535;

export interface GrowingChunk extends Chunk {
  /**
   * Adds the row, or replaces the one that has its id. What the chunk has answered before is wrong then.
   * @returns false when the chunk has no place for it: it has to be built anew
   */
  put(row: ChunkRow): boolean;
  /** The row is not there any more. */
  remove(id: number): void;
  /** Whether the row was ever put into it. */
  holds(id: number): boolean;
}

export function buildChunk(rows: readonly ChunkRow[]): Chunk {
  const chunk = growingChunk(rows.length);
  for (const row of rows) {
    if (!chunk.put(row)) throw new RangeError('these rows have more labels than a chunk can hold');
  }
  return chunk;
}

interface NumberArray {
  readonly values: Float64Array;
  min: number;
  max: number;
}

interface LabelArray {
  readonly codes: Uint16Array;
  readonly codeOf: Map<number, number>;
  /** By code. Made anew when there are more labels than in it. */
  ids: Float64Array;
}

/**
 * An empty chunk.
 * @param capacity how many different rows can be put into it
 * @param readTexts for searching its rows; without, nothing is told about words
 */
export function growingChunk(capacity = CHUNK_ROWS, readTexts?: ReadTexts): GrowingChunk {
  const ids = new Float64Array(capacity);
  const numbers = NUMBER_COLUMNS.map(
    (): NumberArray => ({ values: new Float64Array(capacity).fill(NaN), min: Infinity, max: -Infinity }),
  );
  const labels = LABEL_COLUMNS.map(
    (): LabelArray => ({ codes: new Uint16Array(capacity), codeOf: new Map(), ids: new Float64Array(1) }),
  );
  const has = new Uint8Array(capacity);
  const slots = new Map<number, number>();
  let gone: Uint8Array | null = null;
  let rows = 0;

  const numberArray = (column: NumberColumn) => numbers[NUMBER_COLUMNS.indexOf(column)] as NumberArray;
  const labelArray = (column: LabelColumn) => labels[LABEL_COLUMNS.indexOf(column)] as LabelArray;
  const storedNumbers = STORED_NUMBERS.map(numberArray);
  const [finished, run, wait, eta] = (['finished', 'run', 'wait', 'eta'] as const).map(numberArray) as [
    NumberArray,
    NumberArray,
    NumberArray,
    NumberArray,
  ];
  const storedLabels = STORED_LABELS.map(labelArray);

  const setNumber = (array: NumberArray, slot: number, value: number | null) => {
    if (value === null || value !== value) {
      array.values[slot] = NaN;
      return;
    }
    array.values[slot] = value;
    if (value < array.min) array.min = value;
    if (value > array.max) array.max = value;
  };
  const setLabel = (array: LabelArray, slot: number, id: number | null) => {
    let code = id === null ? 0 : array.codeOf.get(id);
    if (code === undefined) {
      code = array.codeOf.size + 1;
      array.codeOf.set(id as number, code);
    }
    array.codes[slot] = code;
  };
  const idsOf = (array: LabelArray): Float64Array => {
    if (array.ids.length <= array.codeOf.size) array.ids = Float64Array.from([0, ...array.codeOf.keys()]);
    return array.ids;
  };
  const whole = <T extends Float64Array | Uint16Array | Uint8Array>(array: T): T =>
    rows === capacity ? array : (array.subarray(0, rows) as T);
  const texts = readTexts === undefined ? null : freshTexts(readTexts, () => whole(ids));

  return {
    put(row) {
      const id = row[0] as number;
      let slot = slots.get(id);
      if (slot === undefined) {
        if (rows === capacity) return false;
        slot = rows;
      }
      if (labels.some(({ codeOf }) => codeOf.size === MOST_LABELS)) return false;
      if (slot === rows) {
        ids[slot] = id;
        slots.set(id, slot);
        rows++;
      }
      if (gone !== null) gone[slot] = 1;
      texts?.forget(slot);
      for (let index = 0; index < storedNumbers.length; index++) {
        setNumber(storedNumbers[index] as NumberArray, slot, row[FIRST_NUMBER + index] as number | null);
      }
      for (let index = 0; index < storedLabels.length; index++) {
        setLabel(storedLabels[index] as LabelArray, slot, row[FIRST_LABEL + index] as number | null);
      }
      const derived = deriveValues(row);
      setNumber(finished, slot, derived.finished);
      setNumber(run, slot, derived.run);
      setNumber(wait, slot, derived.wait);
      setNumber(eta, slot, derived.eta);
      has[slot] = (row[HAS_CELL] as number) + (derived.cut ? HAS.cut : 0);
      return true;
    },
    remove(id) {
      const slot = slots.get(id);
      if (slot === undefined) return;
      gone ??= new Uint8Array(capacity).fill(1);
      gone[slot] = 0;
    },
    holds: (id) => slots.has(id),
    get rows() {
      return rows;
    },
    get ids() {
      return whole(ids);
    },
    get isCurrent() {
      return gone === null ? null : whole(gone);
    },
    numbers: (column) => whole(numberArray(column).values),
    range(column) {
      const { min, max } = numberArray(column);
      return min > max ? null : { min, max };
    },
    labels(column): LabelCodes {
      const array = labelArray(column);
      return { ids: idsOf(array), codes: whole(array.codes) };
    },
    labelIds: (column) => idsOf(labelArray(column)),
    has: () => whole(has),
    grams: () => texts,
  };
}
