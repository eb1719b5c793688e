// Opens the database file: folder and file that only their owner can read, the settings that everything here relies on, the
// newest schema. Damaged and foreign files are quarantine.ts's, the schema's history is migrate.ts's.
import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Log } from '@umbel/celery';
import { StoreError } from '../store.ts';
import type { FileSchema } from './file-schema.ts';
import { migrate, requireNewest } from './migrate.ts';
import { quarantine } from './quarantine.ts';
import { primaryCode, toStoreError } from './sqlite-errors.ts';

/** How long a connection waits for another one's write, and for its turn at start. */
const BUSY_TIMEOUT_MS = 5000;
const RETRY_MS = 25;
/** Memory for pages of the file, a connection. Measured up to a million tasks: more only repeats the operating system's cache. */
const CACHE_KIB = 8 * 1024;
const SQLITE_BUSY = 5;

interface FileOptions {
  readonly path: string;
  /** Epoch milliseconds. Default: Date.now. */
  readonly now?: (() => number) | undefined;
}

/** Who looks after the file makes it, brings its schema up to date and moves a damaged one aside. */
export interface OwnFileOptions extends FileOptions {
  readonly access?: 'own' | undefined;
  /** Damage was met: the file is checked whole, however large it is. */
  readonly suspect?: boolean | undefined;
  readonly log: Log;
}

/** Everybody else uses the file as its owner has left it. */
export interface SharedFileOptions extends FileOptions {
  readonly access: 'read' | 'write';
}

export type SqliteFileOptions = OwnFileOptions | SharedFileOptions;

/** @throws StoreError `unavailable`, `full`, `too_new`; `damaged` when it is not opened by its owner */
export async function openSqliteFile(options: SqliteFileOptions, schema: FileSchema): Promise<DatabaseSync> {
  const { path } = options;
  try {
    if (options.access === undefined || options.access === 'own') {
      createPrivately(path);
      const suspect = options.suspect === true;
      quarantine(path, { schema, log: options.log, nowMs: Date.now(), suspect });
      createPrivately(path);
    }
    return await configure(options, schema);
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) {
      const code = 'code' in error && error.code === 'ENOSPC' ? 'full' : 'unavailable';
      throw new StoreError(code, `the database file ${path} cannot be opened: ${error.message}`, error);
    }
    throw toStoreError(error, path);
  }
}

async function configure(options: SqliteFileOptions, { migrations }: FileSchema): Promise<DatabaseSync> {
  const { path, access = 'own' } = options;
  const database = connect(path, access);
  try {
    // Sorting must work on a full disk too.
    database.exec(`PRAGMA temp_store = MEMORY; PRAGMA cache_size = -${CACHE_KIB}`);
    if (access === 'own') {
      // Must be said before the file has any page, and would write to it later.
      if (isEmpty(database)) database.exec('PRAGMA auto_vacuum = INCREMENTAL');
      await enterWalMode(database);
    }
    if (access !== 'read') {
      // FULL: a commit is on the disk, not only with the operating system. There are few commits, each of a whole batch.
      // A longer log before it is written back: the same pages are changed again and again.
      database.exec(
        'PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864',
      );
    }
    if (access === 'own') migrate(database, path, migrations);
    else requireNewest(database, path, migrations);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function connect(path: string, access: SqliteFileOptions['access']): DatabaseSync {
  if (access !== 'write') {
    return new DatabaseSync(path, { readOnly: access === 'read', timeout: BUSY_TIMEOUT_MS });
  }
  // Only a URL can say that a missing file is not to be made.
  const url = pathToFileURL(path);
  url.searchParams.set('mode', 'rw');
  return new DatabaseSync(url, { timeout: BUSY_TIMEOUT_MS });
}

function isEmpty(database: DatabaseSync): boolean {
  return database.prepare('PRAGMA page_count').get()?.['page_count'] === 0;
}

/** Entering WAL mode needs the file alone for a moment, and SQLite does not wait for that by itself. */
async function enterWalMode(database: DatabaseSync): Promise<void> {
  for (const started = Date.now(); ; ) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (primaryCode(error) !== SQLITE_BUSY || Date.now() - started > BUSY_TIMEOUT_MS) throw error;
    }
    await delay(RETRY_MS);
  }
}

/** Task arguments may be secrets, and who did what is nobody else's business. SQLite gives its `-wal` and `-shm` files the mode of the file. */
function createPrivately(path: string): void {
  makeFolder(dirname(path));
  closeSync(openSync(path, 'a', 0o600));
}

/** Step by step: Node's own `recursive` never returns where a folder exists and takes no children, as `/proc` does. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Somebody else, starting at the same time, was quicker.
    if (!existsSync(path)) throw error;
  }
}
