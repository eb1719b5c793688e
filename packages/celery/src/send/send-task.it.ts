// Tasks sent to real workers: judged by what the worker says it received.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import {
  type CeleryVersion,
  type RedisServer,
  startRabbit,
  startRedis,
  startWorker,
  type TestScope,
  until,
} from '@umbel/testkit';
import type { Broker } from '../broker/broker.ts';
import { openBroker } from '../broker/open-broker.ts';
import { CeleryError } from '../errors.ts';
import { decodeBody } from '../message/body.ts';
import { parseKombuJson } from '../message/kombu-json.ts';
import { parsePythonRepr } from '../message/parse-python-repr.ts';
import { sendTask } from './send-task.ts';
import type { TaskRequest } from './task-request.ts';

const TEST = { timeout: 180_000 };

const NUMBERS = [
  1,
  -1.5,
  JSON.rawJSON('1.0'),
  JSON.rawJSON('-0.0'),
  JSON.rawJSON('9007199254740993'),
  JSON.rawJSON('1e-07'),
];
const TEXTS = ['é😀\u0000\n', 'C:\\new', `it's "q"`, '\ud800', ''];
const ARGS = [
  ...NUMBERS,
  JSON.rawJSON(`1${'0'.repeat(99)}`),
  ...TEXTS,
  null,
  true,
  [],
  {},
  [[{ a: [null] }]],
];
const KWARGS = {
  unit: 'kg',
  n: JSON.rawJSON('123456789012345678901234567890'),
  nested: { list: [1, { b: 'x' }] },
};

interface Site {
  readonly brokerUrl: string;
  readonly redis: RedisServer;
  readonly broker: Broker;
}

const TRANSPORTS: Readonly<Record<string, (t: TestScope, redis: RedisServer) => Promise<string>>> = {
  Redis: async (_t, redis) => redis.url,
  RabbitMQ: async (t) => (await startRabbit(t)).url,
};

/** A broker of the given kind; results always go to Redis. */
async function openSite(t: TestScope, transport: string): Promise<Site> {
  const redis = await startRedis(t);
  const brokerUrl = (await TRANSPORTS[transport]?.(t, redis)) ?? '';
  const broker = await openBroker({ url: brokerUrl });
  t.after(() => broker.close());
  return { brokerUrl, redis, broker };
}

/** The return value of a task, as the worker stored it. */
async function resultOf({ redis }: Site, taskId: string): Promise<unknown> {
  const client = redis.client();
  const text = await until(
    async () => {
      const meta = await client.get(`celery-task-meta-${taskId}`);
      return meta?.includes('"status": "STARTED"') ? null : meta;
    },
    { timeoutMs: 30_000, what: `task ${taskId}` },
  );
  const meta = parseKombuJson(text) as { status: string; result: unknown };
  assert.equal(meta.status, 'SUCCESS', text);
  return meta.result;
}

const run = async (site: Site, task: TaskRequest): Promise<unknown> =>
  resultOf(site, await sendTask(site.broker, task));

for (const transport of Object.keys(TRANSPORTS)) {
  for (const celery of ['5.7', '5.2'] satisfies CeleryVersion[]) {
    test(`a worker of Celery ${celery} on ${transport} receives exactly what was sent`, TEST, async (t) => {
      const site = await openSite(t, transport);
      const { brokerUrl, redis } = site;
      const queues = ['celery', 'fast'];
      const worker = await startWorker(t, { brokerUrl, resultBackend: redis.url, celery, queues });

      const echoed = await run(site, { name: 'shop.echo', args: ARGS, kwargs: KWARGS });
      assert.deepEqual(echoed, { args: ARGS, kwargs: KWARGS });

      const taskId = randomUUID();
      const expiresMs = Date.now() + 3_600_000;
      const seen = (await run(site, {
        name: 'shop.request',
        taskId,
        queue: 'fast',
        priority: 4,
        retries: 2,
        countdownMs: 50,
        expiresMs,
        timeLimit: 300,
        softTimeLimit: 200.5,
        rootId: 'root',
        parentId: 'parent',
        headers: { tenant: 'acme', n: 300, deep: { list: [1, null, 2.5, 2 ** 40] } },
      })) as Record<string, unknown>;
      assert.equal(seen['id'], taskId);
      assert.equal(seen['correlation_id'], taskId);
      assert.equal(seen['retries'], 2);
      assert.deepEqual(seen['timelimit'], [300, 200.5]);
      assert.equal(seen['root_id'], 'root');
      assert.equal(seen['parent_id'], 'parent');
      assert.equal(seen['argsrepr'], '()');
      assert.equal(seen['kwargsrepr'], '{}');
      assert.match(String(seen['origin']), new RegExp(`^gen${process.pid}@`));
      assert.equal(Date.parse(String(seen['expires'])), expiresMs);
      assert.ok(Date.parse(String(seen['eta'])) < Date.now());
      const delivery = seen['delivery_info'] as Record<string, unknown>;
      assert.equal(delivery['exchange'], '');
      assert.equal(delivery['routing_key'], 'fast');
      assert.equal(delivery['priority'], 4);
      if (celery === '5.7') {
        assert.deepEqual(seen['stamps'], {});
        assert.deepEqual((seen['headers'] as Record<string, unknown>)['deep'], {
          list: [1, null, 2.5, 2 ** 40],
        });
      }
      assert.ok(worker.running(), worker.log());
    });
  }

  test(`a task that has expired is revoked by the worker on ${transport}`, TEST, async (t) => {
    const site = await openSite(t, transport);
    const { brokerUrl, redis } = site;
    // Without a worker it would wait; on RabbitMQ it may be gone before one comes.
    const worker = await startWorker(t, { brokerUrl, resultBackend: redis.url });
    const expired = await sendTask(site.broker, {
      name: 'shop.add',
      args: [1, 1],
      countdownMs: 60_000,
      expiresInMs: 1,
    });
    assert.equal(await run(site, { name: 'shop.add', args: [2, 2] }), 4);
    const client = redis.client();
    if (transport === 'Redis') {
      const text = await until(() => client.get(`celery-task-meta-${expired}`), {
        what: 'the end of the expired task',
      });
      assert.match(text, /"REVOKED"/);
    } else {
      assert.ok(!(await client.get(`celery-task-meta-${expired}`))?.includes('SUCCESS'));
    }
    assert.ok(worker.running());
  });
}

test('a named exchange and routing key are used as they are', TEST, async (t) => {
  const site = await openSite(t, 'RabbitMQ');
  const { brokerUrl, redis } = site;
  await startWorker(t, { brokerUrl, resultBackend: redis.url, queues: ['fast'] });
  const seen = async (task: Partial<TaskRequest>): Promise<unknown[]> => {
    const request = (await run(site, { name: 'shop.request', ...task })) as Record<string, unknown>;
    const delivery = request['delivery_info'] as Record<string, unknown>;
    return [delivery['exchange'], delivery['routing_key']];
  };
  assert.deepEqual(await seen({ exchange: 'fast', routingKey: 'fast' }), ['fast', 'fast']);
  assert.deepEqual(await seen({ exchange: 'fast', queue: 'fast' }), ['fast', 'fast']);
  assert.deepEqual(await seen({ exchange: '', queue: 'fast' }), ['', 'fast']);
  // As in Celery: with a direct queue and no exchange the routing key says nothing.
  assert.deepEqual(await seen({ queue: 'fast', routingKey: 'elsewhere' }), ['', 'fast']);
});

test(
  'an exchange that does not exist and a reserved queue name are refused, and sending goes on',
  TEST,
  async (t) => {
    const site = await openSite(t, 'RabbitMQ');
    const send = async (task: Partial<TaskRequest>): Promise<string> =>
      sendTask(site.broker, { name: 'a', ...task });
    const isBadArgument = (error: unknown): boolean =>
      error instanceof CeleryError && error.code === 'bad_argument';
    await assert.rejects(send({ exchange: 'nowhere' }), isBadArgument);
    await assert.rejects(send({ queue: 'amq.reserved' }), isBadArgument);
    await send({ queue: 'fine' });
    assert.deepEqual(await site.broker.queueLengths(['fine']), new Map([['fine', 1]]));
  },
);

test('what the worker shows of arguments and result is read back as it was', TEST, async (t) => {
  const site = await openSite(t, 'Redis');
  const events: Record<string, unknown>[] = [];
  await site.broker.consumeEvents((message) => {
    events.push(...([decodeBody(message)].flat() as Record<string, unknown>[]));
  });
  await startWorker(t, { brokerUrl: site.brokerUrl, resultBackend: site.redis.url });
  const args = ['C:\\', `it's "q"`, 'a\\nb\n', [1, null], JSON.rawJSON('1.0')];
  const uuid = await sendTask(site.broker, { name: 'shop.same', args: [args] });
  const shown = (type: string, field: string): Promise<string> =>
    until(() => events.find((event) => event['uuid'] === uuid && event['type'] === type)?.[field] as string, {
      what: type,
    });
  assert.deepEqual(parsePythonRepr(await shown('task-received', 'args')), { ok: true, value: [args] });
  assert.deepEqual(parsePythonRepr(await shown('task-succeeded', 'result')), { ok: true, value: args });
});
