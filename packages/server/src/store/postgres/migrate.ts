// Brings a schema of the database to the newest version. Migrations are numbered SQL files; the table `versions` says how many have run.
// Several processes may start at once: whoever comes second waits for an advisory lock and finds it done.
import { readdirSync, readFileSync } from 'node:fs';
import type { ClientBase } from 'pg';
import { StoreError } from '../store.ts';

export interface Migration {
  readonly version: number;
  readonly sql: string;
}

/** What the data of one kind is called in the table `versions`, and how it came to be. */
export interface Migrations {
  readonly kind: string;
  readonly all: readonly Migration[];
}

const OLDEST_SERVER = 14;
/** "Umbl": so that no other program's advisory locks are met. */
const LOCK = 0x756d626c;

/** Every migration in the folder, oldest first. */
export function readMigrations(kind: string, folder: URL): Migrations {
  const all = readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort()
    .map((name) => ({
      version: Number(name.slice(0, 4)),
      sql: readFileSync(new URL(name, folder), 'utf8'),
    }));
  return { kind, all };
}

/**
 * Runs the migrations that the schema lacks; makes the schema when it is missing. Inside a write transaction.
 * @throws StoreError `too_new` when the schema is newer than this program; `unavailable` when the server cannot hold it
 */
export async function migrate(client: ClientBase, schema: string, migrations: Migrations): Promise<void> {
  await requireServer(client);
  await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCK, schema]);
  const found = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema]);
  if (found.rowCount === 0) await client.query(`CREATE SCHEMA "${schema}"`);
  await client.query(
    `CREATE TABLE IF NOT EXISTS "${schema}".versions (kind text PRIMARY KEY, version int NOT NULL)`,
  );
  const newest = migrations.all.at(-1)?.version ?? 0;
  const version = await versionOf(client, schema, migrations.kind);
  if (version > newest) throw tooNew(schema, version, newest);
  for (const migration of migrations.all) {
    if (migration.version > version) await client.query(migration.sql);
  }
  await client.query(
    `INSERT INTO "${schema}".versions VALUES ($1, $2) ON CONFLICT (kind) DO UPDATE SET version = excluded.version`,
    [migrations.kind, newest],
  );
}

/** Whether nothing is to be done. A table that is not there is a version of 0. @throws StoreError `too_new` */
export async function isNewest(
  client: ClientBase,
  schema: string,
  { kind, all }: Migrations,
): Promise<boolean> {
  const table = await client.query('SELECT to_regclass($1) AS found', [`"${schema}".versions`]);
  if ((table.rows as { found: unknown }[])[0]?.found === null) return false;
  const newest = all.at(-1)?.version ?? 0;
  const version = await versionOf(client, schema, kind);
  if (version > newest) throw tooNew(schema, version, newest);
  return version === newest;
}

async function versionOf(client: ClientBase, schema: string, kind: string): Promise<number> {
  const { rows } = await client.query<{ version: number }>(
    `SELECT version FROM "${schema}".versions WHERE kind = $1`,
    [kind],
  );
  return rows[0]?.version ?? 0;
}

async function requireServer(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ version: number; name: string; encoding: string }>(
    `SELECT current_setting('server_version_num')::int AS version, current_setting('server_version') AS name,
       current_setting('server_encoding') AS encoding`,
  );
  const { version = 0, name = 'unknown', encoding = '' } = rows[0] ?? {};
  if (version < OLDEST_SERVER * 10_000) {
    throw new StoreError(
      'unavailable',
      `this PostgreSQL is of version ${name}; Umbel needs ${OLDEST_SERVER} or newer`,
    );
  }
  if (encoding !== 'UTF8') {
    throw new StoreError(
      'unavailable',
      `this database has the encoding ${encoding}; Umbel needs one that was created with ENCODING 'UTF8'`,
    );
  }
}

function tooNew(schema: string, version: number, newest: number): StoreError {
  return new StoreError(
    'too_new',
    `the schema ${schema} was written by a newer Umbel (version ${version}; this one knows ${newest}): start that one, or choose another schema`,
  );
}
