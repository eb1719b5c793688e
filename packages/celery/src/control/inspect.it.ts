// What real workers tell about themselves holds passwords; none may come through.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRedis, startWorker } from '@umbel/testkit';
import { openBroker } from '../broker/open-broker.ts';
import { inspectWorkers } from './inspect.ts';
import * as inspect from './inspect-commands.ts';
import { openMailbox } from './mailbox.ts';

test('no password of broker, backend or settings is in any answer of any worker', {
  timeout: 120_000,
}, async (t) => {
  const password = 'hunter2 p@ss/w:rd';
  const redis = await startRedis(t, { password });
  const CELERY_CONF = JSON.stringify({
    broker_transport_options: { sentinel_kwargs: { password }, visibility_timeout: 3600 },
    redis_backend_health_check_interval: 30,
    shop_mail: { login: 'shop', password },
    shop_mirror: `postgresql://shop:${encodeURIComponent(password)}@db/shop`,
  });
  const options = {
    // Several addresses: workers of 5.2 tell them all, passwords included.
    brokerUrl: `${redis.url};${redis.url}`,
    resultBackend: redis.url,
    env: { CELERY_CONF },
  };
  const workers = await Promise.all([startWorker(t, options), startWorker(t, { ...options, celery: '5.2' })]);
  const broker = await openBroker({ url: redis.url });
  t.after(() => broker.close());
  const mailbox = await openMailbox(broker);
  t.after(() => mailbox.close());
  const names = workers.map(({ hostname }) => hostname);
  const requests = [
    inspect.stats(),
    inspect.conf({ withDefaults: true }),
    inspect.report(),
    inspect.activeQueues(),
  ];

  // The raw reply of the old worker does hold the password: otherwise this test would prove nothing.
  const raw = await mailbox.ask({
    ...inspect.stats(),
    destination: names,
    expected: names,
    timeoutMs: 30_000,
  });
  assert.ok(JSON.stringify([...raw.values()]).includes('hunter2'));

  const answers = await inspectWorkers(mailbox, names, requests, { timeoutMs: 30_000 });
  for (const [worker, byMethod] of answers) {
    for (const [method, answer] of byMethod) {
      assert.equal(answer.outcome, 'ok', `${worker} ${method}`);
      assert.ok(
        !JSON.stringify(answer).includes('hunter2'),
        `${worker} ${method}: ${JSON.stringify(answer)}`,
      );
    }
    const conf = byMethod.get('conf');
    assert.ok(conf?.outcome === 'ok');
    assert.equal(
      (conf.value as { redis_backend_health_check_interval: number }).redis_backend_health_check_interval,
      30,
    );
    const stats = byMethod.get('stats');
    assert.ok(stats?.outcome === 'ok');
    const { broker: told } = stats.value as {
      broker: { transport_options: Record<string, unknown>; hostname: string };
    };
    assert.equal(told.transport_options['visibility_timeout'], 3600);
    assert.equal(told.hostname, '127.0.0.1');
  }
});
