// The collector with a real Redis and real Celery workers, on its thread, watched through the readers of the desk.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Broker, openBroker, sendTask } from '@umbel/celery';
import { startProxy, startRabbit, startRedis, startWorker, until } from '@umbel/testkit';
import { publishEvents } from '../../test/collector/publish-events.ts';
import { collect, folderFor, stateOf, taskEvents } from '../../test/collector/running-collector.ts';
import type { Store, StoredWorker } from '../store/store.ts';

const NEWEST = { filter: {}, sortBy: 'received', descending: true, limit: 100, offset: 0 } as const;

async function openSender(t: TestContext, url: string): Promise<Broker> {
  const broker = await openBroker({ url });
  t.after(() => broker.close());
  return broker;
}

async function workerBy(store: Store, hostname: string): Promise<StoredWorker | undefined> {
  return (await store.workers()).find((worker) => worker.hostname === hostname);
}

const BROKERS = { Redis: startRedis, RabbitMQ: startRabbit };
for (const [name, startBroker] of Object.entries(BROKERS)) {
  test(`tasks of real workers are in the store within a second, whatever becomes of them, and survive a restart (${name})`, (t) =>
    followTasks(t, startBroker));
}

async function followTasks(
  t: TestContext,
  startBroker: (t: TestContext) => Promise<{ readonly url: string }>,
): Promise<void> {
  const { url } = await startBroker(t);
  const dbPath = join(folderFor(t), 'umbel.db');
  const first = await collect(t, url, dbPath);
  const worker = await startWorker(t, { brokerUrl: url, pool: 'prefork' });
  await until(async () => (await workerBy(first.store, worker.hostname))?.status === 'online', {
    timeoutMs: 10_000,
    what: 'the worker to be online',
  });
  const sender = await openSender(t, url);
  const send = (name: string, args: unknown[]) => sendTask(sender, { name, args, kwargs: {} });

  const added = await send('shop.add', [2, 3]);
  await until(async () => (await stateOf(first.store, added)) === 'SUCCESS', {
    timeoutMs: 10_000,
    what: 'the sum',
  });
  const record = (await first.store.readTasks([added])).get(added);
  assert.equal(record?.name, 'shop.add');
  assert.equal(record?.result, '5');
  assert.equal(record?.worker, worker.hostname);
  // The wait for a batch begins with the event, so the best of a few tells how long it is even on a busy machine.
  const delays: number[] = [];
  for (let n = 0; n < 5; n++) {
    const uuid = await send('shop.add', [n, n]);
    await until(async () => (await stateOf(first.store, uuid)) === 'SUCCESS', {
      timeoutMs: 10_000,
      everyMs: 10,
      what: 'a sum',
    });
    const { succeeded } = (await first.store.readTasks([uuid])).get(uuid) ?? {};
    delays.push(Date.now() / 1000 - (succeeded ?? 0));
  }
  assert.ok(Math.min(...delays) < 1, `shown ${delays.join(', ')} s after it happened`);

  const failed = await send('shop.fail', ['broken']);
  const retried = await send('shop.retry_then_succeed', [2]);
  const progressing = await send('shop.progress', [2]);
  for (const [uuid, state] of [
    [failed, 'FAILURE'],
    [retried, 'SUCCESS'],
    [progressing, 'SUCCESS'],
  ] as const) {
    await until(async () => (await stateOf(first.store, uuid)) === state, {
      timeoutMs: 15_000,
      what: `${state} of ${uuid}`,
    });
  }
  assert.equal((await first.store.readTasks([retried])).get(retried)?.retries, 2);
  const before = await first.store.listTasks(NEWEST);
  assert.equal(before.total, 9);
  await until(async () => (await workerBy(first.store, worker.hostname))?.processed === 11, {
    timeoutMs: 10_000,
    what: 'the worker to have told that it ran 9 tasks and 2 retries',
  });

  await first.collector.close();
  await first.store.close();
  const second = await collect(t, url, dbPath);
  assert.deepEqual(await second.store.listTasks(NEWEST), before);
  assert.equal((await workerBy(second.store, worker.hostname))?.status, 'online');
}

test('a worker that says goodbye is offline at once, one that is killed within 30 seconds; a frozen Umbel blames nobody', async (t) => {
  const redis = await startRedis(t);
  const proxy = await startProxy(t, { host: redis.host, port: redis.port });
  const { store, collector } = await collect(
    t,
    `redis://127.0.0.1:${proxy.port}/0`,
    join(folderFor(t), 'umbel.db'),
  );
  const [polite, killed, lasting] = await Promise.all(
    [1, 2, 3].map(() => startWorker(t, { brokerUrl: redis.url })),
  );
  assert.ok(polite && killed && lasting);
  const statusOf = async (hostname: string) => (await workerBy(store, hostname))?.status;
  for (const { hostname } of [polite, killed, lasting]) {
    await until(async () => (await statusOf(hostname)) === 'online', {
      timeoutMs: 10_000,
      what: `${hostname} online`,
    });
  }
  await polite.stop();
  await until(async () => (await statusOf(polite.hostname)) === 'offline', {
    timeoutMs: 3000,
    what: 'the goodbye',
  });
  assert.equal((await workerBy(store, polite.hostname))?.offlineReason, 'goodbye');

  await killed.kill();
  const killedAt = Date.now();
  await until(async () => (await statusOf(killed.hostname)) === 'offline', {
    timeoutMs: 30_000,
    what: 'the silence',
  });
  assert.equal((await workerBy(store, killed.hostname))?.offlineReason, 'silent');
  assert.ok(Date.now() - killedAt > 10_000, 'a few missed heartbeats are no death');
  assert.equal(await statusOf(lasting.hostname), 'online');

  // Now Umbel itself hears nothing for longer than any limit.
  proxy.freeze();
  const frozenAt = Date.now();
  const seen = new Set<string | undefined>();
  await until(
    async () => {
      seen.add(await statusOf(lasting.hostname));
      return Date.now() - frozenAt > 28_000;
    },
    { timeoutMs: 40_000, what: 'time to pass', everyMs: 500 },
  );
  assert.deepEqual([...seen], ['online']);
  assert.equal(collector.status().events.connected, false);
  proxy.thaw();
  await until(() => collector.status().events.connected, {
    timeoutMs: 30_000,
    what: 'the connection to come back',
  });
  assert.equal(await statusOf(lasting.hostname), 'online');
});

test('events that cannot be used are counted by reason, and logged once', async (t) => {
  const redis = await startRedis(t);
  const { store, collector, warnings } = await collect(t, redis.url, join(folderFor(t), 'umbel.db'));
  const client = redis.client();
  for (let n = 0; n < 50; n++) await client.publish('/0.celeryev/task.sent', 'no envelope at all');
  for (let n = 0; n < 50; n++)
    await publishEvents(client, [{ type: 'task-started', hostname: 'celery@a', timestamp: 1 }]);
  await publishEvents(client, taskEvents('good'));
  await until(async () => (await stateOf(store, 'good')) === 'SUCCESS', {
    timeoutMs: 5000,
    what: 'the good task',
  });
  const total = () =>
    Object.values(collector.status().events.undecodable).reduce((sum, count) => sum + count, 0);
  await until(() => total() === 100, { timeoutMs: 5000, what: '100 counted' });
  assert.equal(collector.status().events.undecodable['missing_uuid'], 50);
  assert.ok(warnings.filter((text) => text.includes('could not be used')).length <= 2);
});

test('a flood is written without losing an event, and the lag is known', async (t) => {
  const redis = await startRedis(t);
  const { store, collector } = await collect(t, redis.url, join(folderFor(t), 'umbel.db'));
  const client = redis.client();
  const tasks = 20_000;
  for (let n = 0; n < tasks; n += 500) {
    await publishEvents(client, Array.from({ length: 500 }, (_, i) => taskEvents(`t${n + i}`)).flat());
  }
  await until(async () => (await store.countByState()).get('SUCCESS') === tasks, {
    timeoutMs: 30_000,
    what: 'all tasks',
  });
  await until(() => collector.status().events.received === 3 * tasks, { timeoutMs: 5000, what: 'the count' });
  assert.deepEqual(await store.countByState(), new Map([['SUCCESS', tasks]]));
  await until(() => collector.status().events.lagSeconds < 1, {
    timeoutMs: 5000,
    what: 'the lag to be gone',
  });
});
