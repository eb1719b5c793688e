// What of a task's row its chunk is made from, read as an array of cells: objects would take half as long again.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { HAS, LABEL_COLUMNS } from './chunk.ts';

export type ChunkCell = number | string | null;
/** Cells in the order of `CELLS`. */
export type ChunkRow = readonly ChunkCell[];

/** Columns of `tasks` that are columns of the chunk as they are. */
export const STORED_NUMBERS = [
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
] as const;
export const STORED_LABELS = LABEL_COLUMNS;

const HAS_BITS = `ifnull(result <> '', 0) * ${HAS.result} + ifnull(traceback <> '', 0) * ${HAS.traceback}
  + ifnull(parent_id <> '', 0) * ${HAS.parent} + ifnull(eta <> '', 0) * ${HAS.eta}`;
/** What may be cut has dots: no other text has to be read. */
const MAYBE_CUT = ['args', 'kwargs', 'result'].map(
  (name) => `CASE WHEN instr(${name}, '...') THEN ${name} END`,
);
const IS_RETRY = "state = (SELECT id FROM labels WHERE kind = 'state' AND text = 'RETRY')";

const CELLS = ['id', ...STORED_NUMBERS, ...STORED_LABELS, HAS_BITS, IS_RETRY, 'eta', ...MAYBE_CUT];
export const FIRST_NUMBER = 1;
export const FIRST_LABEL = FIRST_NUMBER + STORED_NUMBERS.length;
export const HAS_CELL = FIRST_LABEL + STORED_LABELS.length;
export const RETRY_CELL = HAS_CELL + 1;
export const ETA_CELL = RETRY_CELL + 1;
/** Args, kwargs and result; null where they are certainly whole. */
export const FIRST_CUT = ETA_CELL + 1;

export interface ChunkRows {
  /** Rows whose ids are from `first` to `last`, rising. */
  between(first: number, last: number): ChunkRow[];
  /** Those of the rows that are there, in no order. */
  byIds(ids: Iterable<number>): ChunkRow[];
}

export function readChunkRows(database: DatabaseSync): ChunkRows {
  const select = `SELECT ${CELLS.join(', ')} FROM tasks`;
  const between = asArrays(database.prepare(`${select} WHERE id BETWEEN ? AND ? ORDER BY id`));
  const byIds = asArrays(database.prepare(`${select} WHERE id IN (SELECT value FROM json_each(?))`));
  return {
    between: (first, last) => between.all(first, last) as unknown as ChunkRow[],
    byIds: (ids) => byIds.all(JSON.stringify([...ids])) as unknown as ChunkRow[],
  };
}

function asArrays(statement: StatementSync): StatementSync {
  statement.setReturnArrays(true);
  return statement;
}
