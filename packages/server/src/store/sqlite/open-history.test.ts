import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { largeDamagedFile } from '../../../test/store/history-file.ts';
import { aTask } from '../../../test/store/sample-records.ts';
import { storeContract } from '../store.contract.ts';
import { StoreError } from '../store.ts';
import { openSqliteHistory } from './open-history.ts';
import { openSqliteReaders } from './reader-pool.ts';

const quiet = { info: () => undefined, warn: () => undefined };
const NOWHERE = {
  filter: { words: ['nowhere'] },
  sortBy: 'received',
  descending: true,
  limit: 10,
  offset: 0,
} as const;

function databasePath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-history-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'umbel.db');
}

storeContract('SQLite, mending itself', async (t) => {
  const store = await openSqliteHistory({ path: databasePath(t), log: quiet });
  t.after(() => store.close());
  return store;
});

const isUnavailable = (error: unknown) => error instanceof StoreError && error.code === 'unavailable';
const NEW_TASK = { tasks: [aTask({ uuid: 'new', received: 99 })], workers: [] };

test('damage met while running costs the old file, which is kept aside, and one call; readers follow', async (t) => {
  const path = await largeDamagedFile(t);
  const warnings: string[] = [];
  const history = await openSqliteHistory({
    path,
    log: { ...quiet, warn: (_, text) => warnings.push(text) },
  });
  const readers = await openSqliteReaders({ path, log: quiet });
  t.after(async () => {
    await readers.close();
    await history.close();
  });
  assert.equal((await readers.facts()).tasks, 4800);
  await assert.rejects(history.listTasks(NOWHERE), isUnavailable);
  await history.write(NEW_TASK);
  assert.match(warnings.join(), /is damaged .* moved to/);
  assert.equal(readdirSync(join(path, '..')).filter((name) => /\.damaged-.*Z$/.test(name)).length, 1);
  for (const store of [history, readers]) {
    assert.deepEqual([...(await store.readTasks(['new', 't1'])).keys()], ['new']);
  }
});

test('while a damaged file cannot be opened anew every call is refused as unavailable, and later ones work', async (t) => {
  const path = await largeDamagedFile(t);
  const history = await openSqliteHistory({ path, log: quiet });
  t.after(() => history.close());
  // The open connection keeps its file; at its path is what no store can be opened in.
  rmSync(path);
  mkdirSync(path);
  await assert.rejects(history.listTasks(NOWHERE), isUnavailable);
  // Opening anew fails while nobody asks for anything.
  await nextTurn();
  await assert.rejects(history.write(NEW_TASK), isUnavailable);
  await nextTurn();
  rmdirSync(path);
  // This call finds that opening had failed and has it tried again.
  await assert.rejects(history.write(NEW_TASK), isUnavailable);
  await history.write(NEW_TASK);
  assert.deepEqual([...(await history.readTasks(['new', 't1'])).keys()], ['new']);
});
