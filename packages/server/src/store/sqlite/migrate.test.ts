import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { migrate, readMigrations } from './migrate.ts';

const SNAPSHOT = new URL('./migrations/schema.snapshot.sql', import.meta.url);

function emptyDatabase(t: TestContext): DatabaseSync {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-migrate-'));
  const database = new DatabaseSync(join(folder, 'umbel.db'));
  t.after(() => {
    database.close();
    rmSync(folder, { recursive: true });
  });
  return database;
}

function schemaOf(database: DatabaseSync): string {
  const rows = database
    .prepare(
      "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name",
    )
    .all();
  return `${rows.map(({ sql }) => `${String(sql)};`).join('\n\n')}\n`;
}

/** `node --conditions=source --test` with UMBEL_WRITE_SNAPSHOT=1 writes the snapshot of a changed schema. */
test('the schema is the one of the snapshot', (t) => {
  const database = emptyDatabase(t);
  migrate(database, 'test');
  if (process.env['UMBEL_WRITE_SNAPSHOT'] === '1') writeFileSync(SNAPSHOT, schemaOf(database));
  assert.equal(schemaOf(database), readFileSync(SNAPSHOT, 'utf8'));
});

test('migrations are numbered from 1 without a gap', () => {
  assert.deepEqual(
    readMigrations().map(({ version }) => version),
    readMigrations().map((_, index) => index + 1),
  );
});

test('a file of every older version comes to the same schema', (t) => {
  const migrations = readMigrations();
  for (const { version } of migrations) {
    const database = emptyDatabase(t);
    migrate(database, 'test', migrations.slice(0, version));
    assert.equal(database.prepare('PRAGMA user_version').get()?.['user_version'], version);
    migrate(database, 'test', migrations);
    assert.equal(schemaOf(database), readFileSync(SNAPSHOT, 'utf8'));
  }
});

test('a migration that fails leaves the file as it was', (t) => {
  const database = emptyDatabase(t);
  const good = { version: 1, sql: 'CREATE TABLE first (x)' };
  const bad = { version: 2, sql: 'CREATE TABLE second (x); SELECT nonsense' };
  migrate(database, 'test', [good]);
  assert.throws(() => migrate(database, 'test', [good, bad]), /nonsense/);
  assert.equal(database.prepare('PRAGMA user_version').get()?.['user_version'], 1);
  assert.equal(schemaOf(database), 'CREATE TABLE first (x);\n');
  assert.equal(database.isTransaction, false);
});
