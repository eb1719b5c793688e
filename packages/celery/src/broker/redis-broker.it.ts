// The Redis broker against real Redis servers and real Celery workers: the contract, and what only Redis has.
// Ways to connect, and failures of a connection, are in redis-connection.it.ts.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import {
  missing,
  python,
  pythonEnvironment,
  type RedisServer,
  startProcess,
  startRedis,
  startWorker,
  tempFolder,
  until,
  venvPython,
} from '@umbel/testkit';
import type { Broker } from './broker.ts';
import type { BrokerOptions } from './broker-options.ts';
import {
  collectEvents,
  isError,
  ping,
  type RawEvent,
  succeeded,
  taskMessage,
  testBroker,
} from './broker.contract.ts';
import { openRedisBroker } from './redis-broker.ts';

const TEST = { timeout: 60_000 };
const SEP = '\x06\x16';

testBroker('redis', {
  open: openRedisBroker,
  skip: await missing('redis', 'celery'),
  setUp: async (scope) => {
    const redis = await startRedis(scope);
    const client = redis.client();
    return { url: redis.url, host: redis.host, port: redis.port, leftovers: () => client.keys('*') };
  },
});

async function start(t: TestContext, options: Partial<BrokerOptions> = {}) {
  const redis = await startRedis(t);
  const broker = await openRedisBroker({ url: redis.url, ...options });
  t.after(() => broker.close());
  return { redis, client: redis.client(), broker };
}

test('what a worker on Redis could not consume from is refused before one is lost', TEST, async (t) => {
  const { client, broker } = await start(t);
  await client.set('text', 'x');
  await client.sadd('set', 'x');
  for (const target of [
    { queue: 'a', exchange: 'e', exchangeType: 'headers' },
    { queue: 'text' },
    { queue: 'set' },
  ] as const)
    await assert.rejects(broker.requireConsumable(target), isError('bad_argument'));
  await broker.requireConsumable({ queue: 'a', exchange: 'e', exchangeType: 'fanout' });
});

test('a worker with other transport options is understood when the options are alike', TEST, async (t) => {
  const redis = await startRedis(t);
  const url = `redis://127.0.0.1:${redis.port}/3`;
  const transport = {
    global_keyprefix: 'app1_',
    priority_steps: [0, 5],
    sep: ':',
    fanout_prefix: '/fan-{db}.',
  };
  const conf = { broker_transport_options: transport, event_exchange: 'my.events', control_exchange: 'mine' };
  const worker = await startWorker(t, {
    brokerUrl: url,
    queues: ['orders'],
    env: { CELERY_CONF: JSON.stringify(conf) },
  });
  const broker = await openRedisBroker({
    url,
    globalKeyprefix: 'app1_',
    prioritySteps: [0, 5],
    sep: ':',
    fanoutPrefix: '/fan-{db}.',
    eventExchange: 'my.events',
    controlExchange: 'mine',
  });
  t.after(() => broker.close());
  const events = await collectEvents(broker);
  const reply = await ping(broker, [worker.hostname]);
  assert.deepEqual(reply.value, { [worker.hostname]: { ok: 'pong' } });
  for (const priority of [0, 9]) {
    const task = taskMessage('shop.add', [2, priority], { priority });
    await broker.publish({ queue: 'orders' }, task.message);
    await until(() => succeeded(events, task.id), { what: `the task with priority ${priority}` });
  }
  assert.deepEqual(await broker.listQueues(), ['orders']);

  await broker.publish({ queue: 'later' }, taskMessage('shop.add', [1, 1], { priority: 9 }).message);
  await broker.publish({ queue: 'later' }, taskMessage('shop.add', [1, 1]).message);
  const client = redis.client();
  await client.select(3);
  assert.deepEqual([await client.llen('app1_later'), await client.llen('app1_later:5')], [1, 1]);
  assert.deepEqual(await broker.queueLengths(['later']), new Map([['later', 2]]));
  const foreign = (await client.keys('*')).filter((key) => !key.startsWith('app1_'));
  assert.deepEqual(foreign, []);
});

test('a worker of Celery 5.2 is heard, answers and executes', TEST, async (t) => {
  const { redis, broker } = await start(t);
  const worker = await startWorker(t, { brokerUrl: redis.url, celery: '5.2' });
  const events = await collectEvents(broker);
  const reply = await ping(broker, [worker.hostname]);
  assert.deepEqual(reply.value, { [worker.hostname]: { ok: 'pong' } });
  const task = taskMessage('shop.add', [2, 3]);
  await broker.publish({ queue: 'celery' }, task.message);
  await until(() => succeeded(events, task.id), { what: 'the task to succeed' });
});

test('a closed broker has no connection left', TEST, async (t) => {
  const { client, broker } = await start(t);
  await broker.consumeEvents(() => undefined);
  await broker.openReplyQueue(() => undefined);
  const names = async (): Promise<string[]> =>
    [...String(await client.client('LIST')).matchAll(/ name=(umbel-\w+)/g)].map((match) => match[1] ?? '');
  await until(async () => (await names()).length === 3, { what: 'three connections' });
  assert.deepEqual((await names()).sort(), ['umbel-commands', 'umbel-events', 'umbel-replies']);
  await broker.close();
  await until(async () => (await names()).length === 0, { what: 'the connections to be gone' });
  assert.equal(broker.connection.state, 'disconnected');
});

test('events and control work without prefix and patterns too', TEST, async (t) => {
  const redis = await startRedis(t);
  const conf = { broker_transport_options: { fanout_prefix: false, fanout_patterns: false } };
  const worker = await startWorker(t, { brokerUrl: redis.url, env: { CELERY_CONF: JSON.stringify(conf) } });
  const broker = await openRedisBroker({ url: redis.url, fanoutPrefix: false, fanoutPatterns: false });
  t.after(() => broker.close());
  const events = await collectEvents(broker);
  await ping(broker, [worker.hostname]);
  await until(() => events.some(({ type }) => type === 'worker-heartbeat'), { what: 'a heartbeat' });
});

test('a queue is declared with the very keys that a client of Celery 5.7 writes', TEST, async (t) => {
  const { redis, client, broker } = await start(t);
  await broker.publish({ queue: 'parcels' }, taskMessage('shop.add', [1, 1], { priority: 4 }).message);
  const ours = await declarations(client);
  assert.equal(await client.llen(`parcels${SEP}3`), 1);
  await client.flushall();
  const send = 'import shop; shop.add.apply_async((1, 1), queue="parcels", priority=4)';
  await python(t, send, { env: { BROKER_URL: redis.url } });
  assert.deepEqual(await declarations(client), ours);
  assert.equal(await client.llen(`parcels${SEP}3`), 1);
});

async function declarations(client: ReturnType<RedisServer['client']>): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const key of await client.keys('*_kombu*')) found[key] = await client.smembers(key);
  return found;
}

test('a task for a fanout exchange reaches every worker that listens', TEST, async (t) => {
  const { redis, broker } = await start(t);
  const events = await collectEvents(broker);
  const names = ['w1@test', 'w2@test'];
  for (const name of names) {
    const worker = await startProcess(await venvPython('5.7'), ['-c', BROADCAST_WORKER, name], {
      cwd: tempFolder(t),
      env: { ...pythonEnvironment(), BROKER_URL: redis.url },
    });
    t.after(() => worker.kill());
  }
  const online = (name: string): boolean =>
    events.some((e) => e.type === 'worker-online' && e.hostname === name);
  await until(() => names.every(online), { what: 'both workers', timeoutMs: 40_000 });
  const target = { queue: 'x', exchange: 'everybody', routingKey: 'any' };
  // A worker subscribes a moment after it has said that it is online: what is sent before does not reach it.
  const executedBy = await until(
    async () => {
      const task = taskMessage('shop.add', [1, 2]);
      await broker.publish(target, task.message);
      const executed = (): RawEvent[] =>
        events.filter((e) => e.type === 'task-succeeded' && e['uuid'] === task.id);
      await until(() => executed().length === 2, { what: 'both to execute it', timeoutMs: 2_000 });
      return executed().map(({ hostname }) => hostname);
    },
    { what: 'both to execute one task', timeoutMs: 30_000 },
  );
  assert.deepEqual(executedBy.sort(), names);
  assert.deepEqual(await broker.listQueues(), []);
});

const BROADCAST_WORKER = `
import sys
from kombu.common import Broadcast
from shop import app
app.conf.task_queues = [Broadcast("everybody")]
app.start(["worker", "-P", "solo", "-E", "-n", sys.argv[1], "-l", "INFO"])
`;

test('an exchange without a queue for the routing key is a bad argument', TEST, async (t) => {
  const { client, broker } = await start(t);
  await client.sadd('_kombu.binding.x', `key${SEP}${SEP}q`);
  const target = { queue: 'q', exchange: 'x', routingKey: 'other' };
  await assert.rejects(
    broker.publish(target, taskMessage('shop.add', [1, 1]).message),
    isError('bad_argument'),
  );
  await assert.rejects(
    broker.publish({ queue: `a${SEP}b` }, taskMessage('shop.add', [1, 1]).message),
    isError('bad_argument'),
  );
  assert.deepEqual(await client.keys('*'), ['_kombu.binding.x']);
});

test('a key of another type counts as an empty queue', TEST, async (t) => {
  const { client, broker } = await start(t);
  await client.set('text', 'x');
  await client.lpush('list', 'x', 'y');
  assert.deepEqual(
    await broker.queueLengths(['text', 'list']),
    new Map([
      ['text', 0],
      ['list', 2],
    ]),
  );
});

test('queues are found among very many other keys', TEST, async (t) => {
  const { client, broker } = await start(t);
  await client.call('DEBUG', 'POPULATE', '30000', 'celery-task-meta').catch(() => undefined);
  const names = Array.from({ length: 1_200 }, (_, i) => `q${i}`);
  const pipeline = client.pipeline();
  for (const name of names)
    pipeline.sadd(`_kombu.binding.${name}`, `${name}${SEP}${SEP}${name}`, 'not a binding');
  pipeline.sadd('_kombu.binding.celeryev', `worker.#${SEP}${SEP}celeryev.1`);
  pipeline.sadd('_kombu.binding.reply.celery.pidbox', `oid${SEP}${SEP}oid.reply.celery.pidbox`);
  pipeline.sadd('_kombu.binding_permanent.q1', `q1${SEP}${SEP}q1`);
  await pipeline.exec();
  assert.deepEqual(await broker.listQueues(), names.sort());
  assert.equal((await broker.queueLengths(names)).size, 1_200);
});

test('what is no message is handed over as such, and the next event arrives', TEST, async (t) => {
  const { client, broker } = await start(t);
  const [messages, bad]: [unknown[], string[]] = [[], []];
  await broker.consumeEvents(
    (message) => messages.push(message),
    (reason) => bad.push(reason),
  );
  const publish = (text: string | Buffer): Promise<number> => client.publish('/0.celeryev/task.sent', text);
  await until(async () => (await publish('{"body": 1')) === 1, { what: 'the subscription' });
  for (const text of ['[]', '{"properties": {}}', Buffer.from([0xff, 0xfe]), '']) await publish(text);
  await publish('{"body": "{}", "properties": {}}');
  await until(() => messages.length === 1, { what: 'the message' });
  assert.deepEqual(bad, ['json', 'envelope', 'body', 'json', 'json']);
});

test('replies of any priority are taken, and what is no message does not stop them', TEST, async (t) => {
  const { client, broker } = await start(t);
  const messages: unknown[] = [];
  const { routingKey } = await broker.openReplyQueue((message) => messages.push(message));
  await client.lpush(routingKey, 'nonsense');
  await client.lpush(`${routingKey}${SEP}9`, '{"body": "{}", "properties": {}}');
  const pipeline = client.pipeline();
  for (let i = 0; i < 500; i += 1) pipeline.lpush(routingKey, '{"body": "{}", "properties": {}}');
  await pipeline.exec();
  await until(() => messages.length === 501, { what: () => `501 replies, not ${messages.length}` });
  assert.deepEqual(await client.keys('*'), []);
});

test('a reply list of a process that was killed gets an expiry from the next one', TEST, async (t) => {
  const { client, broker } = await start(t);
  const left = 'umbel-1.reply.celery.pidbox';
  await client.lpush(left, 'x');
  await client.lpush('other.reply.celery.pidbox', 'x');
  await broker.openReplyQueue(() => undefined);
  await until(async () => (await client.pttl(left)) > 0, { what: 'the expiry' });
  assert.equal(await client.pttl('other.reply.celery.pidbox'), -1);
});

test(
  'a flood during a pause stays out of this process; a connection cut for it heals on resume',
  TEST,
  async (t) => {
    const gaps: object[] = [];
    const log = {
      info: () => undefined,
      warn: (fields: object) => void ('gapMs' in fields && gaps.push(fields)),
    };
    const { client, broker } = await start(t, { log });
    await client.config('SET', 'client-output-buffer-limit', 'pubsub 1mb 1mb 1');
    let count = 0;
    const subscription = await broker.consumeEvents(() => {
      count += 1;
    });
    const event = JSON.stringify({ body: 'x'.repeat(100_000), properties: {} });
    const publish = (): Promise<number> => client.publish('/0.celeryev/task.multi', event);
    await until(async () => (await publish()) === 1 && count > 0, { what: 'the subscription' });
    subscription.pause();
    await until(async () => (await publish()) === 0, { what: 'Redis to cut the slow reader', everyMs: 1 });
    assert.ok(count < 20, `${count} events were read during the pause`);
    subscription.resume();
    await until(() => gaps.length === 1, { what: 'the gap to be said' });
    const before = count;
    await until(async () => (await publish()) === 1 && count > before, { what: 'events again' });
  },
);

test('a subscription paused before it is connected waits too', TEST, async (t) => {
  const { client, broker } = await start(t);
  let count = 0;
  const subscription = await broker.consumeEvents(() => {
    count += 1;
  });
  subscription.pause();
  const publish = (): Promise<number> =>
    client.publish('/0.celeryev/task.sent', '{"body": "{}", "properties": {}}');
  await until(async () => (await publish()) === 1, { what: 'the subscription' });
  await roundTrip(broker);
  const early = count;
  await publish();
  await roundTrip(broker);
  assert.equal(count, early);
  subscription.resume();
  await until(() => count > early, { what: 'the event' });
});

/** Long enough for what Redis has sent before to have arrived. */
async function roundTrip(broker: Broker): Promise<void> {
  for (let i = 0; i < 5; i += 1) await broker.queueLengths(['celery']);
}
