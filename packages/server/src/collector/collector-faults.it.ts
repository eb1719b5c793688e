// The collector when something fails: the broker goes, the disk is full, the store is locked, its own thread dies.
import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { startRedis, until } from '@umbel/testkit';
import { publishEvents } from '../../test/collector/publish-events.ts';
import { collect, folderFor, stateOf, taskEvents } from '../../test/collector/running-collector.ts';
import { mountSmallDisk } from '../../test/store/small-disk.ts';
import { openCollectorThread } from './collector-thread.ts';

const NEWEST = { filter: {}, sortBy: 'received', descending: true, limit: 100, offset: 0 } as const;

test('after the broker was cut off, restarted and is back, events arrive again', async (t) => {
  const redis = await startRedis(t);
  const { store, collector } = await collect(t, redis.url, join(folderFor(t), 'umbel.db'));
  const client = redis.client();
  await publishEvents(client, taskEvents('before'));
  await until(async () => (await stateOf(store, 'before')) === 'SUCCESS', {
    timeoutMs: 5000,
    what: 'the first task',
  });
  await redis.stop();
  await until(() => !collector.status().events.connected, {
    timeoutMs: 10_000,
    what: 'the loss to be noticed',
  });
  assert.match(collector.status().events.detail, /^disconnected since/);
  assert.equal(await stateOf(store, 'before'), 'SUCCESS');
  await redis.restart();
  await until(() => collector.status().events.connected, {
    timeoutMs: 30_000,
    what: 'the connection to come back',
  });
  await publishEvents(client, taskEvents('after'));
  await until(async () => (await stateOf(store, 'after')) === 'SUCCESS', {
    timeoutMs: 5000,
    what: 'the second task',
  });
});

test('a full disk is said, loses nothing that fits in memory, and is over when there is space', async (t) => {
  const folder = mountSmallDisk(t, 12);
  if (folder === undefined) return;
  const redis = await startRedis(t);
  const { store, collector, warnings } = await collect(t, redis.url, join(folder, 'umbel.db'));
  const client = redis.client();
  const ballast = join(folder, 'ballast');
  await publishEvents(client, taskEvents('first'));
  await until(async () => (await stateOf(store, 'first')) === 'SUCCESS', {
    timeoutMs: 5000,
    what: 'the first task',
  });
  writeFileSync(ballast, Buffer.alloc(4 * 1024 * 1024));
  let sent = 1;
  const isFull = () => !collector.status().store.writable;
  await until(
    async () => {
      if (isFull()) return true;
      const tasks = Array.from({ length: 200 }, () => taskEvents(`t${sent++}`, 'x'.repeat(900)));
      await publishEvents(client, tasks.flat());
      return isFull();
    },
    { timeoutMs: 30_000, what: 'the disk to be full' },
  );
  assert.match(collector.status().store.detail, /no space left/);
  assert.ok(existsSync(ballast));
  await publishEvents(client, taskEvents('last'));
  assert.equal(await stateOf(store, 'first'), 'SUCCESS');
  rmSync(ballast);
  await until(async () => (await stateOf(store, 'last')) === 'SUCCESS', {
    timeoutMs: 20_000,
    what: 'the last task',
  });
  await until(() => !isFull(), { timeoutMs: 5000, what: 'the status to be well again' });
  assert.equal((await store.countByState()).get('SUCCESS'), sent + 1);
  assert.ok(warnings.some((text) => text.includes('cannot be written')));
});

test('a flood while the store is locked waits in the broker, not in memory, and is written afterwards', async (t) => {
  const redis = await startRedis(t, { args: ['--client-output-buffer-limit', 'pubsub 0 0 0'] });
  const dbPath = join(folderFor(t), 'umbel.db');
  const { store, collector } = await collect(t, redis.url, dbPath);
  const client = redis.client();
  const other = new DatabaseSync(dbPath);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  // 240 MB of events, which the thread's heap of 256 MB could not hold twice.
  const tasks = 4000;
  for (let n = 0; n < tasks; n += 100) {
    const events = Array.from({ length: 100 }, (_, i) => taskEvents(`t${n + i}`, 'x'.repeat(60_000)));
    await publishEvents(client, events.flat());
  }
  await until(() => collector.status().buffered.paused, { timeoutMs: 60_000, what: 'reading to be paused' });
  assert.ok(collector.status().buffered.bytes < 80e6, `${collector.status().buffered.bytes} bytes`);
  assert.equal(collector.status().store.writable, false);
  assert.equal((await store.listTasks(NEWEST)).total, 0);
  other.exec('ROLLBACK');
  await until(async () => (await store.countByState()).get('SUCCESS') === tasks, {
    timeoutMs: 60_000,
    what: 'all tasks to be written',
  });
});

test('a store or broker that cannot be opened is refused at the start', async (t) => {
  const redis = await startRedis(t);
  const folder = folderFor(t);
  const log = { info: () => undefined, warn: () => undefined };
  await assert.rejects(
    openCollectorThread({ broker: { url: redis.url }, history: { kind: 'file', path: folder }, log }),
    {
      name: 'StoreError',
      code: 'unavailable',
    },
  );
  await assert.rejects(
    openCollectorThread({
      broker: { url: 'carrier-pigeon://x' },
      history: { kind: 'file', path: join(folder, 'a.db') },
      log,
    }),
    /carrier-pigeon/,
  );
});

test('a thread that dies is told, and closing it afterwards does no harm', async (t) => {
  const redis = await startRedis(t);
  const collector = await openCollectorThread({
    broker: { url: redis.url },
    history: { kind: 'file', path: join(folderFor(t), 'umbel.db') },
    heapMb: 24,
    log: { info: () => undefined, warn: () => undefined },
  });
  t.after(() => collector.close());
  const errors: Error[] = [];
  collector.onFatal((error) => errors.push(error));
  await until(() => collector.status().events.connected, { what: 'the collector to be connected' });
  const client = redis.client();
  // Events that are allowed, and that a heap of this size cannot hold while they are read.
  const tasks = Array.from({ length: 4 }, () => taskEvents(crypto.randomUUID(), 'x'.repeat(3_000_000)));
  await until(
    async () => {
      await publishEvents(client, tasks.flat());
      return errors.length > 0;
    },
    { timeoutMs: 60_000, what: 'the collector to outgrow its heap' },
  );
  assert.match(errors[0]?.message ?? '', /collector/);
  await collector.close();
  const late: Error[] = [];
  collector.onFatal((error) => late.push(error));
  assert.equal(late.length, 1);
});
