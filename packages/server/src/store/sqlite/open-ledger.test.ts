// The ledger in SQLite, and what happens to its file.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { failsWith, folderFor, warnings } from '../../../test/store/history-file.ts';
import { aSession, anEntry, hashOf } from '../../../test/store/sample-access.ts';
import { mountSmallDisk } from '../../../test/store/small-disk.ts';
import { ledgerContract } from '../ledger.contract.ts';
import type { Ledger } from '../ledger.ts';
import { openSqliteLedger } from './open-ledger.ts';

const SOURCE = new URL('./open-ledger.ts', import.meta.url).href;

async function openAt(t: TestContext, path: string, log = warnings()): Promise<Ledger> {
  const ledger = await openSqliteLedger({ path, log });
  t.after(() => ledger.close());
  return ledger;
}

ledgerContract('SQLite, on a thread of its own', (t) => {
  const path = join(folderFor(t), 'umbel-access.db');
  return () => openAt(t, path);
});

test('processes that append at once keep one chain, and a killed one leaves whole lines', async (t) => {
  const path = join(folderFor(t), 'umbel-access.db');
  const script = `
    const { openSqliteLedger } = await import(${JSON.stringify(SOURCE)});
    const { anEntry } = await import(${JSON.stringify(new URL('../../../test/store/sample-access.ts', import.meta.url).href)});
    const ledger = await openSqliteLedger({ path: ${JSON.stringify(path)}, log: console });
    const target = String(process.pid);
    for (let n = 0; n < 40; n++) await ledger.appendAudit([anEntry({ target }), anEntry({ target })]);
    if (process.argv[1] === 'killed') process.kill(process.pid, 'SIGKILL');
    await ledger.close();`;
  const children = ['', '', 'killed'].map((argument) =>
    spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', script, argument], {
      stdio: 'inherit',
    }),
  );
  const ends = await Promise.all(children.map(async (child) => (await once(child, 'exit')) as unknown[]));
  assert.deepEqual(ends, [
    [0, null],
    [0, null],
    [null, 'SIGKILL'],
  ]);
  const ledger = await openAt(t, path);
  const { checked, first, problem } = await ledger.verifyAudit();
  assert.deepEqual([checked, first, problem], [240, 1, null]);
  for (const { pid } of children) {
    assert.equal((await ledger.listAudit({ target: String(pid), limit: 100 })).records.length, 80);
  }
});

test('the file and its folder can be read by their owner alone', async (t) => {
  const folder = join(folderFor(t), 'state', 'umbel');
  const ledger = await openAt(t, join(folder, 'umbel-access.db'));
  await ledger.writeSession(aSession('s'));
  assert.equal(ledger.location, join(folder, 'umbel-access.db'));
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.ok(readdirSync(folder).length > 0);
  for (const file of readdirSync(folder)) {
    assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, file);
  }
});

test('a closed ledger is one file', async (t) => {
  const path = join(folderFor(t), 'umbel-access.db');
  const ledger = await openAt(t, path);
  await ledger.writeSession(aSession('s'));
  await ledger.close();
  assert.deepEqual(readdirSync(join(path, '..')), ['umbel-access.db']);
});

test('a damaged file is moved aside, with a warning, and a new one begun', async (t) => {
  const path = join(folderFor(t), 'umbel-access.db');
  writeFileSync(path, Buffer.alloc(50_000, 'not a database '));
  const log = warnings();
  const ledger = await openAt(t, path, log);
  await ledger.writeSession(aSession('s'));
  assert.match(log.texts.join(), /umbel-access\.db is not a SQLite database; it was moved to .*damaged-/);
  assert.equal(readdirSync(join(path, '..')).filter((name) => /\.damaged-.*Z$/.test(name)).length, 1);
});

test('a file of a newer Umbel and one that cannot be made are refused', async (t) => {
  const path = join(folderFor(t), 'umbel-access.db');
  await (await openAt(t, path)).close();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 9999');
  database.close();
  await assert.rejects(openSqliteLedger({ path, log: warnings() }), failsWith('too_new'));
  const inside = join(path, 'umbel-access.db');
  await assert.rejects(openSqliteLedger({ path: inside, log: warnings() }), failsWith('unavailable'));
});

test('damage met while running costs the old file and one call', async (t) => {
  const path = join(folderFor(t), 'umbel-access.db');
  const log = warnings();
  const ledger = await openAt(t, path, log);
  await ledger.writeSession(aSession('s'));
  // Another program overwrites all pages, through SQLite, so that the ledger's connection sees it.
  const other = new DatabaseSync(path);
  other.enableDefensive(false);
  other.exec(`PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage = 9999 WHERE name = 'sessions'`);
  other.exec('PRAGMA schema_version = 77');
  other.close();
  await assert.rejects(ledger.readSession(hashOf('s')), failsWith('unavailable'));
  await ledger.writeSession(aSession('new'));
  assert.deepEqual(await ledger.readSession(hashOf('new')), aSession('new'));
  assert.match(log.texts.join(), /is damaged .* moved to/);
});

test('a file that another process has moved aside is followed', async (t) => {
  const path = join(folderFor(t), 'umbel-access.db');
  const ledger = await openAt(t, path);
  await ledger.writeSession(aSession('s'));
  for (const part of ['', '-wal', '-shm']) rmSync(path + part);
  assert.equal(await ledger.readSession(hashOf('s')), null);
  await ledger.writeSession(aSession('new'));
  const other = await openAt(t, path);
  assert.deepEqual(await other.readSession(hashOf('new')), aSession('new'));
});

test('a ledger locked by another process is unavailable for the moment, can be read, and works later', async (t) => {
  const path = join(folderFor(t), 'umbel-access.db');
  const ledger = await openAt(t, path);
  await ledger.writeSession(aSession('s'));
  const other = new DatabaseSync(path);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  await assert.rejects(ledger.appendAudit([anEntry()]), failsWith('unavailable'));
  assert.deepEqual(await ledger.readSession(hashOf('s')), aSession('s'));
  other.exec('ROLLBACK');
  assert.equal((await ledger.appendAudit([anEntry()])).seq, 1);
});

test('on a full disk writing is refused as full, reading goes on, and the chain holds', async (t) => {
  const folder = mountSmallDisk(t);
  if (folder === undefined) return;
  const ledger = await openAt(t, join(folder, 'umbel-access.db'));
  const ballast = join(folder, 'ballast');
  writeFileSync(ballast, Buffer.alloc(3 * 1024 * 1024));
  const detail = 'z'.repeat(5000);
  const entries = Array.from({ length: 50 }, () => anEntry({ detail }));
  let head = await ledger.appendAudit(entries);
  const fill = async () => {
    for (;;) head = await ledger.appendAudit(entries);
  };
  await assert.rejects(fill(), failsWith('full'));
  await assert.rejects(ledger.appendAudit(entries), failsWith('full'));
  const verdict = await ledger.verifyAudit();
  assert.deepEqual([verdict.last, verdict.problem], [head, null]);
  rmSync(ballast);
  assert.equal((await ledger.appendAudit(entries)).seq, head.seq + entries.length);
});
