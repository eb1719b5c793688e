// The counts of minutes with real Celery workers: equal to what was sent, also after a restart in the middle and events that come twice.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openBroker, sendTask } from '@umbel/celery';
import { startRabbit, startRedis, startWorker, until } from '@umbel/testkit';
import { assertCounted, counted } from '../../test/assert-counted.ts';
import { publishEvents } from '../../test/collector/publish-events.ts';
import { collect, folderFor, stateOf, taskEvents } from '../../test/collector/running-collector.ts';
import { sumTallies } from '../measures/sum-tallies.ts';
import { histogramCount } from '../measures/histogram.ts';
import type { Counts, TallyKind } from '../measures/tally.ts';
import type { Store } from '../store/store.ts';

/** All counts of a label together. */
async function totals(store: Store, kind: TallyKind, label: string): Promise<Counts | undefined> {
  const tallies = (await counted(store, kind)).filter((tally) => tally.label === label);
  return sumTallies(tallies.map((tally) => ({ ...tally, at: 0 })))[0]?.counts;
}

const BROKERS = { Redis: startRedis, RabbitMQ: startRabbit };
for (const [name, startBroker] of Object.entries(BROKERS)) {
  test(`counts are those of the tasks that ran, also across a restart (${name})`, { timeout: 120_000 }, (t) =>
    countTasks(t, startBroker),
  );
}

async function countTasks(
  t: TestContext,
  startBroker: (t: TestContext) => Promise<{ readonly url: string }>,
): Promise<void> {
  const { url } = await startBroker(t);
  const dbPath = join(folderFor(t), 'umbel.db');
  const first = await collect(t, url, dbPath);
  const worker = await startWorker(t, { brokerUrl: url, pool: 'prefork' });
  const sender = await openBroker({ url });
  t.after(() => sender.close());
  const sent: string[] = [];
  const send = async (task: string, args: unknown[]) => {
    sent.push(await sendTask(sender, { name: task, args, kwargs: {} }));
  };
  const round = async () => {
    for (let n = 0; n < 10; n++) await send('shop.add', [n, 1]);
    for (let n = 0; n < 4; n++) await send('shop.fail', [`broken ${n}`]);
    for (let n = 0; n < 3; n++) await send('shop.retry_then_succeed', [2]);
  };
  const isEnded = async (store: Store, uuid: string) =>
    /^(SUCCESS|FAILURE)$/.test((await stateOf(store, uuid)) ?? '');
  const ended = (store: Store, uuids: readonly string[]) =>
    until(async () => (await Promise.all(uuids.map((uuid) => isEnded(store, uuid)))).every(Boolean), {
      timeoutMs: 40_000,
      what: `the end of ${uuids.length} tasks`,
    });

  await round();
  await ended(first.store, sent);
  await assertCounted(first.store);
  // One is in the middle of its life when the collector ends.
  await send('shop.sleep', [3]);
  const sleeping = sent.at(-1) ?? '';
  await until(async () => (await stateOf(first.store, sleeping)) === 'STARTED', {
    timeoutMs: 20_000,
    what: 'the long task to be started',
  });
  await first.collector.close();
  await first.store.close();

  const { store } = await collect(t, url, dbPath);
  await round();
  await ended(store, sent);
  await assertCounted(store);
  const none = { received: 0, started: 0, succeeded: 0, failed: 0, retried: 0, revoked: 0 };
  const of = (ran: Partial<Counts>) => ({ ...none, ...ran });
  assert.deepEqual(await totals(store, 'name', 'shop.add'), of({ received: 20, started: 20, succeeded: 20 }));
  assert.deepEqual(await totals(store, 'name', 'shop.fail'), of({ received: 8, started: 8, failed: 8 }));
  assert.deepEqual(
    await totals(store, 'name', 'shop.retry_then_succeed'),
    of({ received: 6, started: 6, succeeded: 6, retried: 6 }),
  );
  assert.deepEqual(
    await totals(store, 'worker', worker.hostname),
    of({ received: 35, started: 35, succeeded: 27, failed: 8, retried: 6 }),
  );
  const failures = await counted(store, 'failure');
  assert.equal(new Set(failures.map(({ label }) => label)).size, 2, 'two groups of failures');
  const ran = (await counted(store, 'all')).map(({ run }) => histogramCount(run));
  assert.equal(
    ran.reduce((sum, count) => sum + count, 0),
    35,
  );
}

test('events that come twice count once', async (t) => {
  const redis = await startRedis(t);
  const { store, collector } = await collect(t, redis.url, join(folderFor(t), 'umbel.db'));
  const client = redis.client();
  const events = Array.from({ length: 500 }, (_, n) => taskEvents(`t${n}`)).flat();
  await publishEvents(client, events);
  await until(async () => (await store.countByState()).get('SUCCESS') === 500, { what: 'all tasks' });
  await publishEvents(client, events.toReversed());
  await until(() => collector.status().events.received === 2 * events.length, { what: 'the repeats' });
  await collector.close();
  await assertCounted(store);
  assert.equal((await totals(store, 'name', 'shop.flood'))?.succeeded, 500);
});
