// Rows of tasks that a condition names by id, found by index.
import type { DatabaseSync } from 'node:sqlite';
import { isShortId } from '../../../query/short-id.ts';
import { uuidKey } from '../uuid-key.ts';

/** More than this are not gathered beforehand: the rows are looked at one by one instead. */
const MOST_ROWS = 100_000;
/** Of the 48 bits of a key those that the first 8 digits of an id do not say. */
const SHORT_SPAN = 2 ** 16;

export type IdField = 'id' | 'root' | 'parent';

/** Answers the rows whose id, root or parent is one of the ids, or begins with one of 8 digits; null: too many to be gathered. */
export function rowFinder(
  database: DatabaseSync,
): (field: IdField, ids: readonly string[]) => ReadonlySet<number> | null {
  const prepare = (sql: string) =>
    database.prepare(`SELECT id FROM tasks WHERE ${sql} LIMIT ${MOST_ROWS + 1}`);
  const byId = prepare('uuid_key = ? AND uuid = ?');
  const byShortId = prepare("uuid_key BETWEEN ? AND ? AND substr(uuid, 1, 9) = ? || '-'");
  // Its own root: the column then holds an empty text.
  const byOwnRoot = prepare("uuid_key = ? AND uuid = ? AND root_id = ''");
  const byShortOwnRoot = prepare(
    "uuid_key BETWEEN ? AND ? AND substr(uuid, 1, 9) = ? || '-' AND root_id = ''",
  );
  // `root_id > ''` is what the index over roots is limited to.
  const byRoot = prepare("substr(root_id, 1, 13) = substr(?, 1, 13) AND root_id = ? AND root_id > ''");
  const byParent = prepare('substr(parent_id, 1, 13) = substr(?, 1, 13) AND parent_id = ?');
  const byShortRoot = prepare("substr(root_id, 1, 13) BETWEEN ? || '-' AND ? || '-g' AND root_id > ''");
  const byShortParent = prepare(
    "substr(parent_id, 1, 13) BETWEEN ? || '-' AND ? || '-g' AND parent_id IS NOT NULL",
  );

  const rowsOf = (field: IdField, id: string): { readonly id?: unknown }[] => {
    if (isShortId(id)) {
      const first = Number.parseInt(id, 16) * SHORT_SPAN;
      const span = [first, first + SHORT_SPAN - 1, id] as const;
      if (field === 'id') return byShortId.all(...span);
      if (field === 'parent') return byShortParent.all(id, id);
      return [...byShortRoot.all(id, id), ...byShortOwnRoot.all(...span)];
    }
    if (field === 'id') return byId.all(uuidKey(id), id);
    if (field === 'parent') return byParent.all(id, id);
    return [...byRoot.all(id, id), ...byOwnRoot.all(uuidKey(id), id)];
  };

  return (field, ids) => {
    const found = new Set<number>();
    for (const id of ids) {
      for (const row of rowsOf(field, id)) found.add(row.id as number);
      if (found.size > MOST_ROWS) return null;
    }
    return found;
  };
}
