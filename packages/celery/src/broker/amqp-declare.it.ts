// What Umbel declares on RabbitMQ, leaves alone, and finds again when it has vanished; judged by the management API and by
// workers of two Celery versions that must live with it.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { python, type RabbitVhost, startRabbit, startWorker, until } from '@umbel/testkit';
import { connect } from 'amqplib';
import { decodeBody } from '../message/body.ts';
import type { Message } from '../message/message.ts';
import { openAmqpBroker } from './amqp-broker.ts';
import { collectEvents, controlMessage, isError, ping, succeeded, taskMessage } from './broker.contract.ts';
import type { Broker } from './broker.ts';

const TEST = { timeout: 120_000 };

async function open(t: TestContext): Promise<{ rabbit: RabbitVhost; broker: Broker }> {
  const rabbit = await startRabbit(t);
  const broker = await openAmqpBroker({ url: rabbit.url });
  t.after(() => broker.close());
  return { rabbit, broker };
}

interface QueueFacts {
  readonly durable: boolean;
  readonly exclusive: boolean;
  readonly auto_delete: boolean;
  readonly type: string;
  readonly arguments: Record<string, unknown>;
}

async function queueFacts(rabbit: RabbitVhost, queue: string): Promise<QueueFacts> {
  return (await rabbit.api('GET', `/api/queues/{vhost}/${encodeURIComponent(queue)}`)) as QueueFacts;
}

async function exchangeFacts(rabbit: RabbitVhost, exchange: string): Promise<unknown[]> {
  const facts = (await rabbit.api('GET', `/api/exchanges/{vhost}/${exchange}`)) as Record<string, unknown>;
  return [facts['type'], facts['durable'], facts['auto_delete'], facts['internal'], facts['arguments']];
}

const { message } = taskMessage('shop.add', [1, 1]);

test('a monitor that is there first declares what workers of every version accept', TEST, async (t) => {
  const { rabbit, broker } = await open(t);
  const events = await collectEvents(broker);
  await broker.broadcast(controlMessage({ method: 'ping' }));
  const first = taskMessage('shop.add', [20, 22]);
  await broker.publish({ queue: 'celery' }, first.message);
  assert.deepEqual(await exchangeFacts(rabbit, 'celeryev'), ['topic', true, false, false, {}]);
  assert.deepEqual(await exchangeFacts(rabbit, 'celery.pidbox'), ['fanout', false, false, false, {}]);
  assert.deepEqual(await exchangeFacts(rabbit, 'celery'), ['direct', true, false, false, {}]);
  const { durable, exclusive, auto_delete, arguments: args } = await queueFacts(rabbit, 'celery');
  assert.deepEqual([durable, exclusive, auto_delete, args], [true, false, false, {}]);
  const bindings = (await rabbit.api('GET', '/api/bindings/{vhost}/e/celery/q/celery')) as {
    routing_key: string;
  }[];
  assert.deepEqual(
    bindings.map(({ routing_key }) => routing_key),
    ['celery'],
  );

  const workers = [
    await startWorker(t, { brokerUrl: rabbit.url, celery: '5.7', resultBackend: 'rpc://' }),
    await startWorker(t, { brokerUrl: rabbit.url, celery: '5.2', resultBackend: 'rpc://' }),
  ];
  await until(() => succeeded(events, first.id), { what: 'the task that waited for a worker' });
  for (const { hostname } of workers) {
    assert.deepEqual((await ping(broker, [hostname])).value, { [hostname]: { ok: 'pong' } });
    await until(() => events.some((event) => event.hostname === hostname), { what: `events of ${hostname}` });
  }
  // The mailbox of 5.7 is exclusive, which others may not look at; that of 5.2 is not.
  const [newer, older] = workers.map(({ hostname }) => `${hostname}.celery.pidbox`);
  const lengths = await broker.queueLengths([newer ?? '', older ?? '', 'celery', '', 'x'.repeat(300)]);
  assert.deepEqual(
    lengths,
    new Map([
      [older, 0],
      ['celery', 0],
    ]),
  );
});

test('headers arrive in workers of both versions as they were sent', TEST, async (t) => {
  const { rabbit, broker } = await open(t);
  const replies: Message[] = [];
  const replyQueue = await broker.openReplyQueue((reply) => replies.push(reply));
  for (const celery of ['5.7', '5.2'] as const) {
    const worker = await startWorker(t, { brokerUrl: rabbit.url, celery, resultBackend: 'rpc://' });
    const task = taskMessage('shop.request', [], { replyTo: replyQueue.routingKey });
    const sent = { timelimit: [300, 200], stamps: { tier: ['ä', 'b'] }, stamped_headers: ['tier'] };
    const headers = { ...task.message.headers, ...sent, retries: 0, group_index: 40_000 };
    await broker.publish({ queue: 'celery' }, { ...task.message, headers });
    const { result } = await until(
      () =>
        replies
          .filter((reply) => reply.properties.correlationId === task.id)
          .map((reply) => decodeBody(reply) as { status: string; result: Record<string, unknown> })
          .find(({ status }) => status === 'SUCCESS'),
      { what: `the result from ${celery}` },
    );
    assert.deepEqual(result['timelimit'], [300, 200]);
    assert.equal(result['reply_to'], replyQueue.routingKey);
    if (celery === '5.7') assert.deepEqual(result['stamps'], { tier: ['ä', 'b'] });
    await worker.stop();
  }
});

test(
  'a queue or exchange that RabbitMQ would refuse to a worker is refused before one is lost',
  TEST,
  async (t) => {
    const { rabbit, broker } = await open(t);
    const worker = await startWorker(t, { brokerUrl: rabbit.url, resultBackend: 'rpc://' });
    for (const [target, sentence] of [
      [{ queue: 'a', exchange: 'celery', exchangeType: 'topic' }, /inequivalent arg 'type'/],
      [{ queue: 'celeryev' }, /inequivalent arg 'type'/],
      [{ queue: 'celery.pidbox' }, /inequivalent arg/],
      [{ queue: 'a', exchange: 'amq.nothing' }, /no exchange amq\.nothing/],
      [{ queue: `${worker.hostname}.celery.pidbox` }, /exclusive/],
    ] as const) {
      await assert.rejects(
        broker.requireConsumable(target),
        (error) => isError('bad_argument')(error) && sentence.test(String(error)),
        JSON.stringify(target),
      );
    }
    await broker.requireConsumable({ queue: 'a', exchange: 'amq.topic', exchangeType: 'topic' });
    await broker.requireConsumable({ queue: 'a', exchange: 'of-headers', exchangeType: 'headers' });
  },
);

test('a quorum queue and a priority queue are used as they are', TEST, async (t) => {
  const { rabbit, broker } = await open(t);
  const existing = {
    quorum: { 'x-queue-type': 'quorum', 'x-delivery-limit': 3 },
    urgent: { 'x-max-priority': 10 },
  };
  for (const [queue, args] of Object.entries(existing)) {
    await rabbit.api('PUT', `/api/queues/{vhost}/${queue}`, { durable: true, arguments: args });
    await broker.publish({ queue }, message);
    await broker.publish({ queue }, taskMessage('shop.add', [1, 1], { priority: 5 }).message);
    assert.deepEqual((await queueFacts(rabbit, queue)).arguments, args);
    assert.deepEqual(await broker.queueLengths([queue]), new Map([[queue, 2]]));
  }
});

test('a queue that was deleted meanwhile is declared again, and holds the task once', TEST, async (t) => {
  const { rabbit, broker } = await open(t);
  const queue = `q-${randomUUID()}`;
  await broker.publish({ queue }, message);
  await rabbit.api('DELETE', `/api/queues/{vhost}/${queue}`);
  assert.deepEqual(await broker.queueLengths([queue]), new Map());
  await broker.publish({ queue }, message);
  assert.deepEqual(await broker.queueLengths([queue]), new Map([[queue, 1]]));
  assert.equal((await queueFacts(rabbit, queue)).durable, true);
});

test('an exchange of the same name but another kind is no obstacle to a queue', TEST, async (t) => {
  const { rabbit, broker } = await open(t);
  await rabbit.api('PUT', '/api/exchanges/{vhost}/mixed', { type: 'topic', durable: true });
  await broker.publish({ queue: 'mixed' }, message);
  assert.deepEqual(await broker.queueLengths(['mixed']), new Map([['mixed', 1]]));
});

test('a task that no binding catches is an error that names exchange and key', TEST, async (t) => {
  const { rabbit, broker } = await open(t);
  await rabbit.api('PUT', '/api/exchanges/{vhost}/shop', { type: 'topic', durable: true });
  const sending = broker.publish({ queue: 'q', exchange: 'shop', routingKey: 'no.where' }, message);
  await assert.rejects(
    sending,
    (error) => isError('bad_argument')(error) && /"shop".*"no\.where"/.test(String(error)),
  );
  assert.deepEqual(await broker.queueLengths(['q']), new Map(), 'the queue is not declared');
});

test('refusals of RabbitMQ hurt no other command, no events and no connection', TEST, async (t) => {
  const { rabbit, broker } = await open(t);
  const owner = await connect(rabbit.url);
  t.after(() => owner.close().catch(() => undefined)); // the vhost may have gone first
  const locked = await (await owner.createChannel()).assertQueue('', { exclusive: true });
  const events: Message[] = [];
  await broker.consumeEvents((event) => events.push(event));
  await broker.broadcast(controlMessage({ method: 'ping' })); // waits for the subscription
  const states: string[] = [];
  broker.onConnection(({ state }) => states.push(state));

  const commands = Array.from({ length: 60 }, async (_, i) => {
    const { queue } = locked;
    if (i % 4 === 0) return broker.publish({ queue: 'good' }, message);
    if (i % 4 === 1) return assert.rejects(broker.publish({ queue: 'x', exchange: `no-${i}` }, message));
    if (i % 4 === 2) return broker.broadcast(controlMessage({ method: 'ping' }));
    return assert.equal((await broker.queueLengths([`missing-${i}`, queue])).size, 0);
  });
  await Promise.all(commands);
  assert.deepEqual(await broker.queueLengths(['good']), new Map([['good', 15]]));
  const sender = await owner.createConfirmChannel();
  sender.publish('celeryev', 'task.sent', Buffer.from('{}'));
  await until(() => events.length === 1, { what: 'the event' });
  assert.deepEqual(states, []);
});

test('a reply queue is exclusive and goes with its subscription', TEST, async (t) => {
  const { rabbit, broker } = await open(t);
  const queue = await broker.openReplyQueue(() => undefined);
  await broker.broadcast(controlMessage({ method: 'ping' }));
  const { exclusive, durable } = await queueFacts(rabbit, queue.routingKey);
  assert.deepEqual([exclusive, durable], [true, false]);
  await queue.close();
  await assert.rejects(queueFacts(rabbit, queue.routingKey), /404/);
});

test('headers of every type that Python sends are read', TEST, async (t) => {
  const { rabbit, broker } = await open(t);
  const events: Message[] = [];
  await broker.consumeEvents((event) => events.push(event));
  await broker.broadcast(controlMessage({ method: 'ping' })); // waits for the subscription
  await python(t, PUBLISH_TYPED_HEADERS, { env: { BROKER_URL: rabbit.url } });
  const event = await until(() => events[0], { what: 'the event' });
  assert.deepEqual(event.headers, {
    int: -5,
    short: 300,
    float: 1.5,
    none: null,
    yes: true,
    text: 'ä',
    list: [1, { a: [2] }],
    when: '2026-01-02T00:00:00+00:00',
    price: '1.50',
    bytes: '\ufffd\0', // py-amqp marks bytes as text
  });
  assert.deepEqual(decodeBody(event), { type: 'task-custom' });
});

const PUBLISH_TYPED_HEADERS = `
import datetime, decimal, os
from kombu import Connection, Exchange
headers = {"int": -5, "short": 300, "float": 1.5, "none": None, "yes": True, "text": "\\u00e4", "list": [1, {"a": [2]}],
    "when": datetime.datetime(2026, 1, 2), "price": decimal.Decimal("1.50"), "bytes": b"\\xff\\x00"}
with Connection(os.environ["BROKER_URL"]) as connection:
    connection.Producer().publish({"type": "task-custom"}, exchange=Exchange("celeryev", "topic"), routing_key="task.custom", headers=headers)
`;
