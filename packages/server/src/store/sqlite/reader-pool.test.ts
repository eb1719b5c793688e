// What the pool adds to the store that its threads open: a deadline for reading.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { aTask } from '../../../test/store/sample-records.ts';
import { StoreError, type TaskQuery } from '../store.ts';
import { openSqliteStore } from './open-sqlite.ts';
import { openSqliteReaders } from './reader-pool.ts';

const log = { info: () => undefined, warn: () => undefined };
const NEWEST: TaskQuery = { filter: {}, sortBy: 'received', descending: true, limit: 10, offset: 0 };
/** Long enough to start a thread on a loaded machine, which counts too. */
const READ_TIMEOUT_MS = 5_000;
/** Takes long: the arguments of every task have to be read, and none is what is looked for. */
const SLOW: TaskQuery = {
  ...NEWEST,
  filter: { query: { kind: 'path', of: 'args', path: [5], match: 'is', text: '2' } },
};

test('a search that takes too long is ended, alone and at once, and what comes next is answered', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-readers-'));
  const path = join(folder, 'umbel.db');
  const writer = await openSqliteStore({ path, log });
  const readers = await openSqliteReaders({ path, log, threads: 2, readTimeoutMs: READ_TIMEOUT_MS });
  t.after(async () => {
    await Promise.all([readers.close(), writer.close()]);
    rmSync(folder, { recursive: true });
  });
  const args = `[${'1, '.repeat(40_000)}]`;
  for (let n = 0; n < 20; n++) {
    const tasks = Array.from({ length: 50 }, (_, i) => aTask({ uuid: `t${n}-${i}`, received: n, args }));
    await writer.write({ tasks, workers: [] });
  }
  const isTooSlow = (error: unknown) => error instanceof StoreError && error.code === 'too_slow';
  const slow = assert.rejects(readers.listTasks(SLOW), isTooSlow);
  // Meanwhile the other thread goes on.
  for (let n = 0; n < 20; n++) assert.equal((await readers.facts()).tasks, 1000);
  await slow;

  // More slow searches than threads: all are ended, those that wait too, and threads that come after them work.
  const many = Array.from({ length: 4 }, () => readers.listTasks(SLOW));
  for (const answer of await Promise.allSettled(many)) {
    assert.ok(answer.status === 'rejected' && isTooSlow(answer.reason));
  }
  assert.equal((await readers.listTasks(NEWEST)).total, 1000);
});

test('a search with little time says how many tasks it has not looked at', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-readers-'));
  t.after(() => rmSync(folder, { recursive: true }));
  await using store = await openSqliteStore({ path: join(folder, 'umbel.db'), log });
  const args = `[${'1, '.repeat(10_000)}]`;
  const tasks = Array.from({ length: 200 }, (_, n) => aTask({ uuid: `t${n}`, received: n, args }));
  await store.write({ tasks, workers: [] });
  const page = await store.listTasks({ ...SLOW, withinMs: 5 });
  assert.ok(page.unseen > 0 && page.unseen <= 200, `${page.unseen}`);
  assert.deepEqual(page.tasks, []);
  assert.notEqual(page.totalKind, 'exact');
});
