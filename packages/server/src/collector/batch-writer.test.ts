import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { type TestContext, test } from 'node:test';
import type { TaskEvent } from '@umbel/celery';
import { until } from '@umbel/testkit';
import * as fc from 'fast-check';
import { aWorker } from '../../test/store/sample-records.ts';
import { sumTallies } from '../measures/sum-tallies.ts';
import { openSqliteStore } from '../store/sqlite/open-sqlite.ts';
import { type Store, type StoredWorker, StoreError } from '../store/store.ts';
import { createBatchWriter } from './batch-writer.ts';
import { createTaskBuffer } from './task-buffer.ts';
import { createWorkerRoster } from './worker-roster.ts';

const log = { info: () => undefined, warn: () => undefined };
const task = { hostname: 'celery@a', clock: 1 };
const received = (uuid: string, timestamp: number, args = '(1,)'): TaskEvent => ({
  ...task,
  type: 'task-received',
  uuid,
  timestamp,
  name: 'shop.add',
  args,
  kwargs: '{}',
  retries: 0,
  eta: null,
  expires: null,
  rootId: uuid,
  parentId: null,
});
const started = (uuid: string, timestamp: number): TaskEvent => ({
  ...task,
  type: 'task-started',
  uuid,
  timestamp,
});
const succeeded = (uuid: string, timestamp: number): TaskEvent => ({
  ...task,
  type: 'task-succeeded',
  uuid,
  timestamp,
  result: '3',
  runtime: 0.1,
});

async function openStore(t: TestContext): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-batch-'));
  const store = await openSqliteStore({ path: join(folder, 'umbel.db'), log });
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  return store;
}

/** The real store, whose writing can be made to fail. */
function breakable(
  store: Store,
): Store & { error: Error | undefined; writes: number; refuses: string | undefined } {
  return {
    ...store,
    error: undefined,
    writes: 0,
    refuses: undefined,
    async write(batch) {
      this.writes++;
      if (this.error !== undefined) throw this.error;
      if (batch.tasks.some(({ uuid }) => uuid === this.refuses)) throw new TypeError('this record cannot be');
      await store.write(batch);
    },
  };
}

function collect(t: TestContext, store: Store, closeAtEnd = true, stored: readonly StoredWorker[] = []) {
  const tasks = createTaskBuffer();
  const workers = createWorkerRoster(stored);
  const pressure: boolean[] = [];
  const writer = createBatchWriter({
    store,
    tasks,
    workers,
    log,
    onPressure: (paused) => pressure.push(paused),
  });
  if (closeAtEnd) t.after(() => writer.close());
  const take = (...events: TaskEvent[]) => {
    for (const event of events) tasks.merge(event);
    writer.schedule();
  };
  const written = () =>
    until(() => tasks.changedTasks === 0 && writer.waitingSinceMs === undefined, {
      timeoutMs: 10_000,
      what: 'everything to be written',
    });
  return { tasks, workers, writer, pressure, take, written };
}

const recordOf = async (store: Store, uuid: string) => (await store.readTasks([uuid])).get(uuid);

test('a flood is written without waiting for the timer, a trickle is not', async (t) => {
  const store = breakable(await openStore(t));
  const { tasks, take } = collect(t, store);
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (let n = 0; n < 1_999; n++) take(received(`t${n}`, 1));
  for (let turns = 0; turns < 10; turns++) await turn();
  assert.equal(store.writes, 0);
  take(received('one-more', 1));
  for (let turns = 0; turns < 10_000 && tasks.changedTasks > 0; turns++) await turn();
  assert.equal((await recordOf(store, 'one-more'))?.state, 'RECEIVED');
});

test('while the store fails, a flood does not make it be asked more often', async (t) => {
  const store = breakable(await openStore(t));
  const { writer, take } = collect(t, store);
  store.error = new StoreError('full', 'the disk is full');
  t.mock.timers.enable({ apis: ['setTimeout'] });
  for (let n = 0; n < 2_000; n++) take(received(`t${n}`, 1));
  for (let turns = 0; turns < 10_000 && writer.failure === undefined; turns++) await turn();
  for (let n = 0; n < 2_000; n++) take(received(`u${n}`, 1));
  for (let turns = 0; turns < 10; turns++) await turn();
  assert.equal(store.writes, 1);
  store.error = undefined;
});

test('the events of one batch become one write of each task', async (t) => {
  const store = breakable(await openStore(t));
  const { take, written } = collect(t, store);
  take(received('a', 1), started('a', 2), received('b', 3), succeeded('a', 4));
  await written();
  assert.equal(store.writes, 1);
  assert.equal((await recordOf(store, 'a'))?.state, 'SUCCESS');
  assert.equal((await recordOf(store, 'b'))?.state, 'RECEIVED');
});

test('what is heard of a task while the store is asked for it counts once', async (t) => {
  const store = await openStore(t);
  const uuids = Array.from({ length: 250 }, (_, n) => `t${n}`);
  let reads = 0;
  const { take, written } = collect(t, {
    ...store,
    async readTasks(asked) {
      // As over a network: the events go on.
      if (reads++ === 0) for (const uuid of asked) take(started(uuid, 2), succeeded(uuid, 3));
      await turn();
      return await store.readTasks(asked);
    },
  });
  take(...uuids.map((uuid) => received(uuid, Date.now() / 1000)));
  await written();
  const [all] = sumTallies(
    (await store.tallies({ kind: 'all', from: 0, to: 1e11, stepS: 60 })).map((tally) => ({
      ...tally,
      at: 0,
    })),
  );
  assert.equal(all?.counts.received, uuids.length);
});

test('what arrives later is joined with what the store has, also after a restart', async (t) => {
  const store = await openStore(t);
  const first = collect(t, store, false);
  first.take(received('a', 1, '(7,)'));
  assert.equal(await first.writer.close(), true);
  const second = collect(t, store);
  second.take(succeeded('a', 4));
  await second.written();
  second.take(started('a', 2));
  await second.written();
  const record = await recordOf(store, 'a');
  assert.deepEqual(
    [record?.state, record?.args, record?.received, record?.started, record?.result],
    ['SUCCESS', '(7,)', 1, 2, '3'],
  );
});

test('events in any order, with repeats, cut into batches anyhow, give the same rows', async (t) => {
  const events = [
    received('a', 1),
    started('a', 2),
    succeeded('a', 3),
    received('b', 1.5),
    started('b', 2.5),
  ];
  const expected = await (async () => {
    const store = await openStore(t);
    const { take, writer } = collect(t, store, false);
    take(...events);
    await writer.close();
    return store.readTasks(['a', 'b']);
  })();
  const disorder = fc.shuffledSubarray([...events, ...events], { minLength: 10 });
  await fc.assert(
    fc.asyncProperty(disorder, fc.array(fc.nat(10), { maxLength: 3 }), async (stream, cuts) => {
      const store = await openStore(t);
      const bounds = [0, ...cuts.sort((a, b) => a - b), stream.length];
      for (let index = 1; index < bounds.length; index++) {
        const { take, writer } = collect(t, store, false);
        take(...stream.slice(bounds[index - 1], bounds[index]));
        await writer.close();
      }
      assert.deepEqual(await store.readTasks(['a', 'b']), expected);
    }),
    { numRuns: 25 },
  );
});

test('while the store is full the changes are kept, merged on, and written when there is space', async (t) => {
  const store = breakable(await openStore(t));
  const { take, written, writer, tasks } = collect(t, store);
  store.error = new StoreError('full', 'no space left');
  take(received('a', 1), received('b', 1));
  await until(() => writer.failure !== undefined, { timeoutMs: 5000, what: 'the failure to be known' });
  take(succeeded('a', 2));
  await until(() => store.writes >= 3, { timeoutMs: 10_000, what: 'three tries' });
  assert.equal(tasks.changedTasks, 2);
  assert.equal(await recordOf(store, 'a'), undefined);
  store.error = undefined;
  await written();
  assert.equal(writer.failure, undefined);
  assert.equal((await recordOf(store, 'a'))?.state, 'SUCCESS');
  assert.equal((await recordOf(store, 'b'))?.state, 'RECEIVED');
});

test('when too much is waiting for the store, reading of events is stopped, and goes on afterwards', async (t) => {
  const store = breakable(await openStore(t));
  const { take, written, writer, pressure, tasks } = collect(t, store);
  store.error = new StoreError('unavailable', 'locked');
  let sent = 0;
  while (!writer.paused) take(received(`t${sent++}`, 1, 'x'.repeat(60_000)));
  assert.deepEqual(pressure, [true]);
  assert.ok(sent > 400 && sent < 800, `${sent} tasks of 60,000 characters`);
  assert.ok(tasks.changedBytes < 65 * 1024 * 1024);
  store.error = undefined;
  await written();
  assert.deepEqual(pressure, [true, false]);
  assert.equal((await store.facts()).tasks, sent);
});

test('a record that the store can never take costs no other', async (t) => {
  const store = breakable(await openStore(t));
  const { take, written, writer } = collect(t, store);
  store.refuses = 'poison';
  take(received('a', 1), received('poison', 1), received('b', 1));
  await written();
  assert.equal(writer.refused, 1);
  assert.deepEqual([...(await store.readTasks(['a', 'poison', 'b'])).keys()], ['a', 'b']);
});

test('a worker that is forgotten goes from the store with the next write, as soon as the store takes it', async (t) => {
  const store = breakable(await openStore(t));
  const gone = aWorker({
    hostname: 'celery@gone',
    status: 'offline',
    offlineReason: 'silent',
    statusSince: 1,
  });
  await store.write({ tasks: [], workers: [gone, aWorker({ hostname: 'celery@here' })] });
  const { workers, writer, written } = collect(t, store, true, await store.workers());
  store.error = new StoreError('full', 'no space left');
  workers.forgetOfflineFor(0, 100);
  writer.schedule();
  await until(() => writer.failure !== undefined, { timeoutMs: 5000, what: 'the failure to be known' });
  store.error = undefined;
  await written();
  assert.deepEqual(
    (await store.workers()).map(({ hostname }) => hostname),
    ['celery@here'],
  );
});

test('closing writes what is left, and says when it could not', async (t) => {
  const store = breakable(await openStore(t));
  const first = collect(t, store, false);
  first.take(received('a', 1));
  assert.equal(await first.writer.close(), true);
  assert.equal((await recordOf(store, 'a'))?.state, 'RECEIVED');
  const second = collect(t, store, false);
  store.error = new StoreError('full', 'no space left');
  second.take(received('b', 1));
  assert.equal(await second.writer.close(), false);
});

test('memory of tasks that go on is bounded, in number and in size', () => {
  const tasks = createTaskBuffer();
  const fill = (args: string) => {
    for (let n = 0; n < 30_000; n++) {
      tasks.merge(received(`t${args.length}-${n}`, n, args));
      if (tasks.changedTasks === 1000) tasks.settle(tasks.take(1000));
    }
  };
  fill('(1,)');
  assert.ok(tasks.heldTasks > 10_000 && tasks.heldTasks <= 20_000, `${tasks.heldTasks} tasks`);
  fill('y'.repeat(5000));
  assert.ok(tasks.heldBytes > 16e6 && tasks.heldBytes <= 34e6, `${tasks.heldBytes} bytes`);
});

test('a task that was forgotten is read again for its next event', async (t) => {
  const store = await openStore(t);
  const { take, written, tasks } = collect(t, store);
  take(received('old', 1, '(7,)'));
  await written();
  take(...Array.from({ length: 25_000 }, (_, n) => received(`t${n}`, 2)));
  await written();
  assert.ok(tasks.heldTasks <= 20_000);
  take(succeeded('old', 3));
  await written();
  const record = await recordOf(store, 'old');
  assert.deepEqual([record?.state, record?.args], ['SUCCESS', '(7,)']);
});
