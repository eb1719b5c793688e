// Writes one chunk's columns, made from its rows as they are now.
import type { DatabaseSync } from 'node:sqlite';
import { buildGrams } from '../grams/build-grams.ts';
import { gramText } from '../grams/gram-text.ts';
import { buildChunk } from './build-chunk.ts';
import { LABEL_COLUMNS, NUMBER_COLUMNS } from './chunk.ts';
import { factsOf } from './chunk-facts.ts';
import { readChunkRows } from './chunk-row.ts';
import { rowsOfChunk } from './chunks.ts';
import {
  columnId,
  columnIds,
  columnNumber,
  gramPartNumber,
  HAS_NUMBER,
  IDS_NUMBER,
} from './column-numbers.ts';
import { encodeBits, encodeLabels } from './encode-labels.ts';
import { encodeNumbers } from './encode-numbers.ts';

export interface ChunkSealer {
  /**
   * Inside a write transaction.
   * @param through the newest change, which the rows have in them
   */
  seal(chunk: number, through: number): void;
  /** Forgets a chunk that will never have a row again. */
  drop(chunk: number): void;
}

export function createChunkSealer(database: DatabaseSync): ChunkSealer {
  const chunkRows = readChunkRows(database);
  const readTexts = database.prepare(
    'SELECT uuid, args, kwargs, result, exception FROM tasks WHERE id BETWEEN ? AND ? ORDER BY id',
  );
  readTexts.setReturnArrays(true);
  const removeColumns = database.prepare('DELETE FROM columns WHERE id BETWEEN ? AND ?');
  const insertColumn = database.prepare('INSERT INTO columns (id, data) VALUES (?, ?)');
  const removeChunk = database.prepare('DELETE FROM chunks WHERE chunk = ?');
  const readVersion = database.prepare('SELECT ifnull(max(version), 0) AS version FROM chunks');
  const insertChunk = database.prepare(
    'INSERT INTO chunks (chunk, version, through, rows, facts) VALUES (?, ?, ?, ?, ?)',
  );

  return {
    seal(number, through) {
      const ends = rowsOfChunk(number);
      const chunk = buildChunk(chunkRows.between(...ends));
      const keep = (column: number, bytes: Uint8Array | null) => {
        if (bytes !== null) insertColumn.run(columnId(number, column), bytes);
      };
      removeColumns.run(...columnIds(number));
      keep(IDS_NUMBER, encodeNumbers(chunk.ids));
      for (const column of NUMBER_COLUMNS) keep(columnNumber(column), encodeNumbers(chunk.numbers(column)));
      for (const column of LABEL_COLUMNS) keep(columnNumber(column), encodeLabels(chunk.labels(column)));
      keep(HAS_NUMBER, encodeBits(chunk.has()));
      if (chunk.rows > 0) {
        const texts = (readTexts.all(...ends) as unknown as (string | null)[][]).map(gramText);
        for (const [part, bytes] of buildGrams(texts).entries()) keep(gramPartNumber(part), bytes);
      }
      // Read first: it has to be larger than that of the row which is removed.
      const version = (readVersion.get()?.['version'] as number) + 1;
      removeChunk.run(number);
      insertChunk.run(number, version, through, chunk.rows, factsOf(chunk));
    },
    drop(number) {
      removeColumns.run(...columnIds(number));
      removeChunk.run(number);
    },
  };
}
