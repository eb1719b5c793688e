// What Umbel writes down of queues and workers while it runs, with real servers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openBroker, sendTask } from '@umbel/celery';
import { startRabbit, startRedis, startWorker, until } from '@umbel/testkit';
import type { GaugeKind } from '../src/store/measures.ts';
import { openSqliteStore } from '../src/store/sqlite/open-sqlite.ts';
import { startUmbel } from './start-umbel.ts';

const BROKERS = { Redis: startRedis, RabbitMQ: startRabbit };
for (const [name, startBroker] of Object.entries(BROKERS)) {
  test(`the length of queues and the load of workers are sampled all the time (${name})`, {
    timeout: 90_000,
  }, async (t) => {
    const { url } = await startBroker(t);
    const umbel = await startUmbel(t, { broker: url });
    const store = await openSqliteStore({ path: umbel.db, access: 'read' });
    t.after(() => store.close());
    const newest = async (kind: GaugeKind, label: string) => {
      const samples = await store.gauges({ kind, labels: [label], from: 0, to: 1e11, stepS: 1 });
      return samples.at(-1)?.values;
    };
    const sender = await openBroker({ url });
    t.after(() => sender.close());
    const worker = await startWorker(t, { brokerUrl: url, name: 'busy@test', pool: 'prefork' });
    // The worker takes some at once; the others wait.
    for (let n = 0; n < 40; n++) await sendTask(sender, { name: 'shop.sleep', args: [30], kwargs: {} });
    const queue = await until(
      async () => {
        const values = await newest('queue', 'celery');
        return values !== undefined && Number(values['depth']) > 10 && values['consumers'] === 1
          ? values
          : null;
      },
      { timeoutMs: 40_000, what: 'a sample of the full queue' },
    );
    assert.ok(Number(queue['depth']) < 40);
    const load = await until(
      async () => {
        const values = await newest('worker', worker.hostname);
        return values?.['active'] === undefined || values['slots'] === undefined ? null : values;
      },
      { timeoutMs: 20_000, what: 'a sample of the worker' },
    );
    assert.ok(Number(load['slots']) >= 1 && Number(load['load1']) >= 0, JSON.stringify(load));
    assert.equal(await umbel.stop(), 0);
  });
}
