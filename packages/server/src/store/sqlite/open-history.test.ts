import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { aTask } from '../../../test/store/sample-records.ts';
import { storeContract } from '../store.contract.ts';
import { StoreError } from '../store.ts';
import { openSqliteHistory } from './open-history.ts';
import { openSqliteStore } from './open-sqlite.ts';
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

test('damage met while running costs the old file, which is kept aside, and one call; readers follow', async (t) => {
  const path = databasePath(t);
  const first = await openSqliteStore({ path, log: quiet });
  for (let n = 0; n < 12; n++) {
    const tasks = Array.from({ length: 400 }, (_, i) =>
      aTask({ uuid: `t${n}-${i}`, received: n, args: 'y'.repeat(8000) }),
    );
    await first.write({ tasks, workers: [] });
  }
  await first.close();
  const file = await openFile(path, 'r+');
  await file.write(Buffer.alloc(1024 * 1024, 0xa5), 0, 1024 * 1024, 10 * 1024 * 1024);
  await file.close();

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
  await assert.rejects(
    history.listTasks(NOWHERE),
    (error) => error instanceof StoreError && error.code === 'unavailable',
  );
  const batch = { tasks: [aTask({ uuid: 'new', received: 99 })], workers: [] };
  await history.write(batch);
  assert.match(warnings.join(), /is damaged .* moved to/);
  assert.equal(readdirSync(join(path, '..')).filter((name) => /\.damaged-.*Z$/.test(name)).length, 1);
  for (const store of [history, readers]) {
    assert.deepEqual([...(await store.readTasks(['new', 't1-1'])).keys()], ['new']);
  }
});
