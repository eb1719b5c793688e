// Keeps Umbel away from files that it cannot or must not use: what is damaged, or belongs to another program, is moved aside
// with its write-ahead log, and never written to.
import {
  closeSync,
  existsSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import type { Log } from '@umbel/celery';
import type { FileSchema } from './file-schema.ts';
import { primaryCode } from './sqlite-errors.ts';

const MAGIC = 'SQLite format 3\0';
/** A whole check reads about 100 MB a second: larger files are checked at their edges only, unless they are suspect. */
const CHECKED_WHOLE_BYTES = 32 * 1024 * 1024;

export interface QuarantineOptions {
  readonly schema: FileSchema;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly nowMs: number;
  /** Check the whole file, however large it is; else only when it was marked. */
  readonly suspect: boolean;
}

/** Moves the file at `path` aside when it is damaged or another program's. Leaves a good, empty or missing one alone. */
export function quarantine(path: string, { schema, log, nowMs, suspect }: QuarantineOptions): void {
  const before = statSync(path, { throwIfNoEntry: false });
  const marker = suspectMarker(path);
  if (before === undefined) return rmSync(marker, { force: true });
  if (before.size === 0 && !existsSync(`${path}-wal`)) return;
  const fault = before.isFile()
    ? findFault(path, schema, suspect || before.size <= CHECKED_WHOLE_BYTES || existsSync(marker))
    : null;
  if (fault !== null) {
    // Another process may have moved it meanwhile; what is there now is not what was looked at.
    if (statSync(path, { throwIfNoEntry: false })?.ino !== before.ino) return;
    const aside = `${path}.damaged-${new Date(nowMs).toISOString().replaceAll(':', '-')}`;
    for (const part of ['-wal', '-shm', '']) {
      if (existsSync(path + part)) renameSync(path + part, aside + part);
    }
    log.warn(
      { path, movedTo: aside, reason: fault },
      `the database file ${path} ${fault}; it was moved to ${aside} and a new one is begun`,
    );
  }
  rmSync(marker, { force: true });
}

/**
 * Asks for a whole check at the next start, because damage was met while running. Where that cannot be written, it is not asked for:
 * whoever met the damage is about to say so, which matters more.
 */
export function markSuspect(path: string): void {
  try {
    writeFileSync(suspectMarker(path), '');
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
  }
}

function suspectMarker(path: string): string {
  return `${path}.suspect`;
}

/** What is wrong with the file, as the rest of a sentence; null when it can be used. */
function findFault(path: string, schema: FileSchema, whole: boolean): string | null {
  if (!startsWithMagic(path)) return 'is not a SQLite database';
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    const applicationId = database.prepare('PRAGMA application_id').get()?.['application_id'];
    const tables = database.prepare('SELECT count(*) AS tables FROM sqlite_schema').get()?.['tables'];
    if (applicationId !== schema.applicationId) return tables === 0 ? null : "is another program's database";
    return whole ? checkWhole(database) : checkEdges(database, path, schema);
  } catch (error) {
    const code = primaryCode(error);
    if (code === 11 /* CORRUPT */ || code === 26 /* NOTADB */)
      return `is damaged (${(error as Error).message})`;
    throw error;
  } finally {
    database?.close();
  }
}

/** Whether the file begins as SQLite's do, or has no content yet. */
export function startsWithMagic(path: string): boolean {
  const start = Buffer.alloc(MAGIC.length);
  const file = openSync(path, 'r');
  try {
    // A file without content is a database whose first pages are still in its write-ahead log.
    return readSync(file, start) === 0 || start.toString('latin1') === MAGIC;
  } finally {
    closeSync(file);
  }
}

function checkWhole(database: DatabaseSync): string | null {
  const answer = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  return answer === 'ok' ? null : `is damaged (${String(answer).replaceAll('\n', ' ')})`;
}

/** Finds a file that was cut short or whose roots are gone, without reading it all. Deeper damage shows when it is met. */
function checkEdges(database: DatabaseSync, path: string, { probes }: FileSchema): string | null {
  const { pages } = database.prepare('SELECT page_count AS pages FROM pragma_page_count').get() as {
    pages: number;
  };
  const { bytes } = database.prepare('SELECT page_size AS bytes FROM pragma_page_size').get() as {
    bytes: number;
  };
  const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
  if ((log === undefined || log.size === 0) && statSync(path).size < pages * bytes)
    return 'is damaged (cut short)';
  for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()) {
    database.prepare(`SELECT * FROM "${String(name)}" LIMIT 1`).get();
  }
  for (const probe of probes) database.prepare(probe).get();
  return null;
}
