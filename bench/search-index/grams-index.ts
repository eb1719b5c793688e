// Umbel's own: grams of chunks, a row a part.
import type { DatabaseSync } from 'node:sqlite';
import { CHUNK_ROWS } from '../../packages/server/src/store/sqlite/columns/chunk.ts';
import { buildGrams } from '../../packages/server/src/store/sqlite/grams/build-grams.ts';
import { GRAM_PARTS } from '../../packages/server/src/store/sqlite/grams/gram-blob.ts';
import { readGrams } from '../../packages/server/src/store/sqlite/grams/read-grams.ts';
import type { SearchIndex } from './search-index.ts';

export function openGramsIndex(database: DatabaseSync): SearchIndex {
  database.exec('CREATE TABLE grams (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL)');
  const insert = database.prepare('INSERT INTO grams VALUES (?, ?)');
  const read = database.prepare('SELECT bytes FROM grams WHERE id = ?');
  let chunks = 0;
  return {
    feed(first, texts) {
      database.exec('BEGIN');
      buildGrams(texts).forEach((bytes, part) => insert.run((first / CHUNK_ROWS) * GRAM_PARTS + part, bytes));
      database.exec('COMMIT');
      chunks = first / CHUNK_ROWS + 1;
    },
    *candidates(word) {
      for (let chunk = chunks - 1; chunk >= 0; chunk--) {
        const index = readGrams(
          (part) => (read.get(chunk * GRAM_PARTS + part)?.['bytes'] as Uint8Array | undefined) ?? null,
        );
        const may = index.mayContain(word);
        if (may === null) throw new Error(`nothing is told about ${word}`);
        for (let row = may.lastIndexOf(1); row >= 0; row = row === 0 ? -1 : may.lastIndexOf(1, row - 1)) {
          yield chunk * CHUNK_ROWS + row + 1;
        }
      }
    },
  };
}
