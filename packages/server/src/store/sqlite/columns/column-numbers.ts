// Which number stands for which column in the table `columns`, whose ids are chunk × 64 + number. Never given anew: a new column takes a
// new number.
import { type LabelColumn, LABEL_COLUMNS, type NumberColumn, NUMBER_COLUMNS } from './chunk.ts';

const SLOTS = 64;
const FIRST_LABEL = 20;
export const HAS_NUMBER = 30;
/** Row ids. */
export const IDS_NUMBER = 31;
const FIRST_GRAM_PART = 32;

const NUMBERS: ReadonlyMap<NumberColumn | LabelColumn, number> = new Map([
  ...NUMBER_COLUMNS.map((column, index) => [column, index] as const),
  ...LABEL_COLUMNS.map((column, index) => [column, FIRST_LABEL + index] as const),
]);

export function columnNumber(column: NumberColumn | LabelColumn): number {
  return NUMBERS.get(column) ?? SLOTS - 1;
}

/** @param part of the grams, 0 to 15 */
export function gramPartNumber(part: number): number {
  return FIRST_GRAM_PART + part;
}

/** Id in the table `columns`. */
export function columnId(chunk: number, number: number): number {
  return chunk * SLOTS + number;
}

/** Ids of all columns of a chunk: from the first to the last. */
export function columnIds(chunk: number): readonly [first: number, last: number] {
  return [chunk * SLOTS, chunk * SLOTS + SLOTS - 1];
}
