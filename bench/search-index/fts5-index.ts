// SQLite's FTS5 with the tokenizer for trigrams, as small as it gets: it keeps neither texts nor places in them.
import type { DatabaseSync } from 'node:sqlite';
import type { SearchIndex } from './search-index.ts';

export function openFts5(database: DatabaseSync): SearchIndex {
  database.exec(
    `CREATE VIRTUAL TABLE words USING fts5(text, tokenize = 'trigram case_sensitive 1', detail = none, content = '', columnsize = 0)`,
  );
  const insert = database.prepare('INSERT INTO words (rowid, text) VALUES (?, ?)');
  const select = database.prepare('SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC');
  return {
    feed(first, texts) {
      database.exec('BEGIN');
      texts.forEach((text, row) => insert.run(first + row + 1, text));
      database.exec('COMMIT');
    },
    *candidates(word) {
      // Without the places it knows no phrases: the trigrams one by one.
      const trigrams = new Set(Array.from({ length: word.length - 2 }, (_, at) => word.slice(at, at + 3)));
      const match = [...trigrams].map((trigram) => `"${trigram.replaceAll('"', '""')}"`).join(' AND ');
      for (const { rowid } of select.iterate(match)) yield rowid as number;
    },
  };
}
