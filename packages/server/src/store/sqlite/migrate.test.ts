import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { type FileSchema, HISTORY_FILE, LEDGER_FILE } from './file-schema.ts';
import { migrate } from './migrate.ts';

const KINDS: readonly { readonly name: string; readonly schema: FileSchema; readonly snapshot: URL }[] = [
  {
    name: 'history',
    schema: HISTORY_FILE,
    snapshot: new URL('./migrations/schema.snapshot.sql', import.meta.url),
  },
  {
    name: 'ledger',
    schema: LEDGER_FILE,
    snapshot: new URL('./ledger-migrations/schema.snapshot.sql', import.meta.url),
  },
];

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

for (const { name, schema, snapshot } of KINDS) {
  /** `node --conditions=source --test` with UMBEL_WRITE_SNAPSHOT=1 writes the snapshot of a changed schema. */
  test(`the schema of the ${name} is the one of the snapshot`, (t) => {
    const database = emptyDatabase(t);
    migrate(database, 'test', schema.migrations);
    if (process.env['UMBEL_WRITE_SNAPSHOT'] === '1') writeFileSync(snapshot, schemaOf(database));
    assert.equal(schemaOf(database), readFileSync(snapshot, 'utf8'));
    const marked = database.prepare('PRAGMA application_id').get()?.['application_id'];
    assert.equal(marked, schema.applicationId);
  });

  test(`migrations of the ${name} are numbered from 1 without a gap`, () => {
    assert.deepEqual(
      schema.migrations.map(({ version }) => version),
      schema.migrations.map((_, index) => index + 1),
    );
  });

  test(`a ${name} of every older version comes to the same schema`, (t) => {
    for (const { version } of schema.migrations) {
      const database = emptyDatabase(t);
      migrate(database, 'test', schema.migrations.slice(0, version));
      assert.equal(database.prepare('PRAGMA user_version').get()?.['user_version'], version);
      migrate(database, 'test', schema.migrations);
      assert.equal(schemaOf(database), readFileSync(snapshot, 'utf8'));
    }
  });
}

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
