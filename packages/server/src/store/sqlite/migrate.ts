// Brings a database file to the newest schema. Migrations are numbered SQL files; `user_version` says how many have run.
// Several processes may start at once: each migration runs under SQLite's write lock, and whoever comes second finds it done.
import { readdirSync, readFileSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';

export interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** Every migration in the folder, oldest first. */
export function readMigrations(folder: URL): Migration[] {
  return readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort()
    .map((name) => ({
      version: Number(name.slice(0, 4)),
      sql: readFileSync(new URL(name, folder), 'utf8'),
    }));
}

/**
 * Runs the migrations that the file lacks.
 * @throws StoreError `too_new` when the file's schema is newer than this program
 */
export function migrate(database: DatabaseSync, path: string, migrations: readonly Migration[]): void {
  const newest = migrations.at(-1)?.version ?? 0;
  if (schemaVersion(database) === newest) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = schemaVersion(database);
    if (version > newest) throw tooNew(path, version, newest);
    for (const migration of migrations) {
      if (migration.version <= version) continue;
      database.exec(migration.sql);
      database.exec(`PRAGMA user_version = ${migration.version}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/** For a connection that only reads: @throws StoreError `unavailable` until a writer has brought the file up to date; `too_new` */
export function requireNewest(database: DatabaseSync, path: string, migrations: readonly Migration[]): void {
  const newest = migrations.at(-1)?.version ?? 0;
  const version = schemaVersion(database);
  if (version > newest) throw tooNew(path, version, newest);
  if (version < newest) throw new StoreError('unavailable', `${path} is not ready yet`);
}

function tooNew(path: string, version: number, newest: number): StoreError {
  return new StoreError(
    'too_new',
    `${path} was written by a newer Umbel (schema ${version}; this one knows ${newest}): start that one, or choose another file`,
  );
}

function schemaVersion(database: DatabaseSync): number {
  return database.prepare('PRAGMA user_version').get()?.['user_version'] as number;
}
