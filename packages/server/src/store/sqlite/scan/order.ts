// The orders of lists over columns, as numbers that rise: what falls has its sign turned round, what is missing is Infinity. Equal
// keys follow the position, newest first, then the id, so that every order is one of single rows, and a place in it can be told.
import type { SortField } from '../../store.ts';
import { type Chunk, type LabelColumn, NUMBER_COLUMNS, type NumberColumn } from '../columns/chunk.ts';

/** A place in an order, as `Order` compares. */
export interface OrderPlace {
  readonly key: number;
  readonly tie: number;
  readonly id: number;
}

/** What a place is told and kept as: the value that is sorted by, and what tells equal ones apart. */
export interface PlainPlace {
  readonly value: number | string | null;
  readonly position: number;
  readonly id: number;
}

export interface Order {
  /** By row. Good until it is asked again; until then the memory is the caller's. */
  keys(chunk: Chunk): Float64Array;
  /** No row of the chunk has a smaller key; told without reading the column. */
  best(chunk: Chunk): number;
  /** No row of the chunk has a greater key; Infinity where one may have no value. */
  worst(chunk: Chunk): number;
  /** 1 or -1: by which the position becomes the tie and the row's id becomes the id. */
  readonly sign: 1 | -1;
  /** Where a row stands whose value is this. */
  placeOf(place: PlainPlace): OrderPlace;
}

const NUMBER_FIELDS: ReadonlyMap<string, NumberColumn> = new Map([
  ...NUMBER_COLUMNS.filter((column) => column !== 'position' && column !== 'eta' && column !== 'run').map(
    (column) => [column, column] as const,
  ),
  ['received', 'position'] as const,
]);

/** Columns in which every row has a value. */
const ALWAYS: ReadonlySet<NumberColumn> = new Set(['position', 'timestamp', 'clock', 'retries']);

type SortLabel = Extract<LabelColumn, SortField>;
const SORT_LABELS = [
  'state',
  'name',
  'worker',
  'queue',
  'client',
  'exchange',
  'routing_key',
] as const satisfies readonly SortLabel[];

/** The column that a list is sorted by; null: there is none, the texts of the rows have to be read. */
export function sortColumn(field: SortField): NumberColumn | SortLabel | null {
  return NUMBER_FIELDS.get(field) ?? SORT_LABELS.find((column) => column === field) ?? null;
}

export function isLabelColumn(column: NumberColumn | SortLabel): column is SortLabel {
  return (SORT_LABELS as readonly string[]).includes(column);
}

export function numberOrder(column: NumberColumn, descending: boolean): Order {
  const sign = descending ? -1 : 1;
  // Tasks that were not received have a position all the same, below 0.
  const least = column === 'position' ? 0 : -Infinity;
  const buffer = keyBuffer();
  return {
    keys(chunk) {
      const values = chunk.numbers(column);
      const keys = buffer(chunk.rows);
      for (let row = 0; row < keys.length; row++) {
        const value = values[row] as number;
        keys[row] = value >= least ? value * sign : Infinity;
      }
      return keys;
    },
    best(chunk) {
      const range = chunk.range(column);
      if (range === null || range.max < least) return Infinity;
      return descending ? -range.max : Math.max(range.min, least);
    },
    worst(chunk) {
      const range = ALWAYS.has(column) ? chunk.range(column) : null;
      if (range === null || range.min < least) return Infinity;
      return descending ? -range.min : range.max;
    },
    sign: column === 'position' && !descending ? 1 : -1,
    placeOf({ value, position, id }) {
      const tieSign = this.sign;
      const isMissing = typeof value !== 'number' || value < least;
      return { key: isMissing ? Infinity : value * sign, tie: position * tieSign, id: id * tieSign };
    },
  };
}

/** @param texts of all labels of the column, by id */
export function labelOrder(
  column: LabelColumn,
  descending: boolean,
  texts: ReadonlyMap<number, string>,
): Order {
  const sign = descending ? -1 : 1;
  const sorted = [...texts].sort(([, a], [, b]) => compareTexts(a, b));
  const ranks = new Map(sorted.map(([id], rank) => [id, rank]));
  const keyOf = (id: number) => {
    const rank = ranks.get(id);
    return rank === undefined ? Infinity : rank * sign;
  };
  const buffer = keyBuffer();
  return {
    keys(chunk) {
      const { ids, codes } = chunk.labels(column);
      const byCode = new Float64Array(ids.length);
      for (let code = 0; code < ids.length; code++) byCode[code] = keyOf(ids[code] as number);
      const keys = buffer(chunk.rows);
      for (let row = 0; row < keys.length; row++) keys[row] = byCode[codes[row] as number] as number;
      return keys;
    },
    best: (chunk) =>
      chunk.labelIds(column)?.reduce((best, id) => Math.min(best, keyOf(id)), Infinity) ?? -Infinity,
    // The ids of labels begin with that of none, also where every row has one.
    worst: () => Infinity,
    sign: -1,
    placeOf: ({ value, position, id }) => ({
      key: typeof value === 'string' ? rankOf(value, sorted) * sign : Infinity,
      tie: -position,
      id: -id,
    }),
  };
}

/** The order from its other end. */
export function reversed(order: Order): Order {
  const buffer = keyBuffer();
  return {
    keys(chunk) {
      const forwards = order.keys(chunk);
      const keys = buffer(chunk.rows);
      for (let row = 0; row < keys.length; row++) keys[row] = -(forwards[row] as number);
      return keys;
    },
    best: (chunk) => -order.worst(chunk),
    worst: (chunk) => -order.best(chunk),
    sign: order.sign === 1 ? -1 : 1,
    placeOf(place) {
      const { key, tie, id } = order.placeOf(place);
      return { key: -key, tie: -tie, id: -id };
    },
  };
}

/** Of a text that may be gone meanwhile: between its neighbours then. */
function rankOf(text: string, sorted: readonly (readonly [id: number, text: string])[]): number {
  let [first, end] = [0, sorted.length];
  while (first < end) {
    const middle = (first + end) >>> 1;
    if (compareTexts(sorted[middle]?.[1] ?? '', text) < 0) first = middle + 1;
    else end = middle;
  }
  return sorted[first]?.[1] === text ? first : first - 0.5;
}

/** By code points, as SQLite compares. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [unitA, unitB] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (unitA !== unitB) return aboveOthers(unitA) - aboveOthers(unitB);
  }
  return a.length - b.length;
}

/** Halves of a code point stand above all that is a single unit. */
function aboveOthers(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x1_0000 : unit;
}

function keyBuffer(): (rows: number) => Float64Array {
  let buffer = new Float64Array(0);
  return (rows) => {
    if (buffer.length < rows) buffer = new Float64Array(rows);
    return buffer.length === rows ? buffer : buffer.subarray(0, rows);
  };
}
