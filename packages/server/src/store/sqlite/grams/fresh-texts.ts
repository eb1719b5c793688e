// Searching rows that no grams are made of yet: their texts themselves, kept in memory from the first search on. A row is read again only
// when it has changed.
import type { DatabaseSync } from 'node:sqlite';
import type { GramIndex } from './gram-index.ts';
import { gramText } from './gram-text.ts';

/** Reads what is searched of rows: gramText by id. Rows that are gone are missing. */
export type ReadTexts = (ids: readonly number[]) => Map<number, string>;

export interface FreshTexts extends GramIndex {
  /** The row in this place has changed. */
  forget(slot: number): void;
}

/** Longer texts are not kept: their rows may contain every word. Code units. */
const LONGEST_KEPT = 1_000;

/** @param ids of the rows as they are now */
export function freshTexts(readTexts: ReadTexts, ids: () => Float64Array): FreshTexts {
  /** By slot. Undefined: not read; null: too long. */
  const texts: (string | null | undefined)[] = [];

  const readMissing = (rows: Float64Array): void => {
    const missing: number[] = [];
    for (let slot = 0; slot < rows.length; slot++) {
      if (texts[slot] === undefined) missing.push(slot);
    }
    if (missing.length === 0) return;
    const read = readTexts(missing.map((slot) => rows[slot] as number));
    for (const slot of missing) {
      const text = read.get(rows[slot] as number) ?? '';
      texts[slot] = text.length > LONGEST_KEPT ? null : text;
    }
  };

  return {
    forget(slot) {
      texts[slot] = undefined;
    },
    mayContain(folded) {
      const rows = ids();
      readMissing(rows);
      return Uint8Array.from(rows, (_, slot) => {
        const text = texts[slot];
        return text === null || text === undefined || text.includes(folded) ? 1 : 0;
      });
    },
  };
}

export function textReader(database: DatabaseSync): ReadTexts {
  const select = database.prepare(
    'SELECT id, uuid, args, kwargs, result, exception FROM tasks WHERE id IN (SELECT value FROM json_each(?))',
  );
  select.setReturnArrays(true);
  return (ids) => {
    const texts = new Map<number, string>();
    for (const row of select.iterate(JSON.stringify(ids))) {
      const [id, ...values] = row as unknown as [number, ...(string | null)[]];
      texts.set(id, gramText(values));
    }
    return texts;
  };
}
