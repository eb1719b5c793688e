// Which rows have changed since their chunk was sealed: noted by the writer, an entry a transaction; read by everybody who scans.
import type { DatabaseSync } from 'node:sqlite';

/** One entry of the table `changes`. */
export interface Change {
  readonly id: number;
  readonly rows: Float64Array;
}

export interface Changes {
  /** A row was written or deleted; kept by `flush`. */
  note(rowId: number): void;
  /** Writes what was noted. Inside the same write transaction. */
  flush(): void;
  /** Drops what was noted: the transaction failed. */
  forget(): void;
  /** The newest entry that there ever was; 0 before the first. */
  newest(): number;
  /** Entries after this one, oldest first. */
  since(id: number): Change[];
  /** Entries up to this one may have been drawn together (`replace`): who has not read all of them has to read from the beginning. */
  trimmed(): number;
  /** Rows in all entries, those counted twice that are in two. */
  size(): number;
  /** In place of all entries up to this one: the rows that are still to be known. Inside a write transaction. */
  replace(upTo: number, rows: Iterable<number>): void;
}

export function createChanges(database: DatabaseSync): Changes {
  const insert = database.prepare('INSERT INTO changes (rows) VALUES (?)');
  const insertAs = database.prepare('INSERT INTO changes (id, rows) VALUES (?, ?)');
  const readNewest = database.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'changes'");
  const readSince = database.prepare('SELECT id, rows FROM changes WHERE id > ? ORDER BY id');
  const readSize = database.prepare('SELECT total(length(rows)) / 8 AS size FROM changes');
  const readTrimmed = database.prepare('SELECT trimmed FROM change_marks');
  const setTrimmed = database.prepare('UPDATE change_marks SET trimmed = ?');
  const remove = database.prepare('DELETE FROM changes WHERE id <= ?');
  const noted = new Set<number>();

  return {
    note: (rowId) => void noted.add(rowId),
    flush() {
      if (noted.size === 0) return;
      insert.run(bytesOf(noted));
      noted.clear();
    },
    forget: () => noted.clear(),
    newest: () => (readNewest.get()?.['seq'] as number | undefined) ?? 0,
    since: (id) =>
      readSince.all(id).map((row) => ({ id: row['id'] as number, rows: rowsOf(row['rows'] as Uint8Array) })),
    trimmed: () => (readTrimmed.get()?.['trimmed'] as number | undefined) ?? 0,
    size: () => (readSize.get()?.['size'] as number | undefined) ?? 0,
    replace(upTo, rows) {
      remove.run(upTo);
      const bytes = bytesOf(new Set(rows));
      if (bytes.length > 0) insertAs.run(upTo, bytes);
      setTrimmed.run(upTo);
    },
  };
}

function bytesOf(rows: ReadonlySet<number>): Uint8Array {
  return new Uint8Array(Float64Array.from(rows).buffer);
}

/** Copied, because SQLite's bytes need not begin where numbers may. */
function rowsOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(new Uint8Array(bytes).buffer, 0, Math.floor(bytes.length / 8));
}
