// Every text is looked at.
import type { DatabaseSync } from 'node:sqlite';
import type { SearchIndex } from './search-index.ts';

export function openScan(_: DatabaseSync, texts: DatabaseSync): SearchIndex {
  const select = texts.prepare('SELECT id FROM texts WHERE instr(text, ?) ORDER BY id DESC');
  return {
    feed: () => undefined,
    *candidates(word) {
      for (const { id } of select.iterate(word)) yield id as number;
    },
  };
}
