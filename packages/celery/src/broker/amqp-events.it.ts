// The event queue of RabbitMQ: its flags, a flood while the reader is paused, and what may happen to it.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { python, type RabbitVhost, startProxy, startRabbit, until } from '@umbel/testkit';
import { type ConfirmChannel, connect } from 'amqplib';
import type { Message } from '../message/message.ts';
import { openAmqpBroker } from './amqp-broker.ts';
import { controlMessage } from './broker.contract.ts';
import type { Broker } from './broker.ts';
import type { BrokerOptions } from './broker-options.ts';

const TEST = { timeout: 120_000 };

/** A vhost with a subscription that is ready, and a channel to publish events on. */
async function start(t: TestContext, options: Partial<BrokerOptions> = {}) {
  const rabbit = await startRabbit(t);
  const broker = await openAmqpBroker({ url: rabbit.url, ...options });
  t.after(() => broker.close());
  const received: number[] = [];
  const onEvent = (message: Message): void => {
    received.push(Number(Buffer.from(message.body).toString()));
  };
  const subscription = await broker.consumeEvents(onEvent);
  const sender = await connect(rabbit.url);
  t.after(() => sender.close().catch(() => undefined)); // the vhost may have gone first
  const channel = await sender.createConfirmChannel();
  await subscribed(broker);
  return { rabbit, broker, subscription, received, channel };
}

interface EventQueue {
  readonly name: string;
  readonly messages?: number;
  readonly messages_ready?: number;
  readonly consumers?: number;
}

async function eventQueues(rabbit: RabbitVhost): Promise<EventQueue[]> {
  return (await rabbit.api('GET', '/api/queues/{vhost}')) as EventQueue[];
}

/** Commands wait for the subscriptions that were opened before. */
function subscribed(broker: Broker): Promise<void> {
  return broker.broadcast(controlMessage({ method: 'ping' }));
}

async function publish(channel: ConfirmChannel, from: number, count: number): Promise<void> {
  for (let i = from; i < from + count; i++) {
    channel.publish('celeryev', 'task.received', Buffer.from(`${i}`), { contentType: 'application/json' });
    if (i % 1_000 === 0) await channel.waitForConfirms();
  }
  await channel.waitForConfirms();
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

test('the event queue is private, bounded, expiring and bound to everything', TEST, async (t) => {
  const { rabbit } = await start(t, {
    eventQueuePrefix: 'watch',
    eventQueueTtlMs: 7_000,
    eventExchange: 'my.ev',
  });
  const [queue] = await eventQueues(rabbit);
  assert.match(queue?.name ?? '', /^watch\.[0-9a-f-]{36}$/);
  const facts = (await rabbit.api('GET', `/api/queues/{vhost}/${queue?.name}`)) as Record<string, unknown>;
  assert.deepEqual([facts['durable'], facts['exclusive']], [false, true]);
  assert.deepEqual(facts['arguments'], {
    'x-message-ttl': 7_000,
    'x-expires': 67_000,
    'x-max-length': 300_000,
    'x-max-length-bytes': 268_435_456,
    'x-overflow': 'drop-head',
  });
  const bindings = (await rabbit.api('GET', `/api/bindings/{vhost}/e/my.ev/q/${queue?.name}`)) as {
    routing_key: string;
  }[];
  assert.deepEqual(
    bindings.map(({ routing_key }) => routing_key),
    ['#'],
  );
});

test('50,000 events wait in the broker during a pause, and all come in order afterwards', TEST, async (t) => {
  const { rabbit, subscription, received, channel } = await start(t, { eventQueueTtlMs: 600_000 });
  const count = 50_000;
  await publish(channel, 0, 10);
  await until(() => received.length === 10, { what: 'the first events' });
  subscription.pause();
  await publish(channel, 10, count - 10);
  // At most the prefetch is with the reader, unacknowledged; the rest is ready in the queue.
  await until(
    async () => {
      const [queue] = await eventQueues(rabbit);
      return queue?.messages === count - 10 && (queue.messages_ready ?? 0) >= count - 10 - 1_000;
    },
    { what: 'the events in the queue', timeoutMs: 30_000 },
  );
  assert.equal(received.length, 10);
  subscription.resume();
  await until(() => received.length >= count, { what: 'all events', timeoutMs: 60_000 });
  assert.deepEqual(received, range(count));
  await until(async () => (await eventQueues(rabbit))[0]?.messages === 0, {
    what: 'everything to be acknowledged',
    timeoutMs: 30_000,
  });
});

test('a handler may pause in the middle of what has arrived', TEST, async (t) => {
  const { rabbit, broker, channel } = await start(t);
  const received: string[] = [];
  const subscription = await broker.consumeEvents(({ body }) => {
    received.push(Buffer.from(body).toString());
    if (received.length === 50) subscription.pause();
  });
  await subscribed(broker);
  subscription.pause();
  await publish(channel, 0, 100);
  subscription.resume();
  await until(() => received.length >= 50, { what: 'the events up to the pause' });
  await broker.queueLengths([rabbit.vhost]); // a round trip: whatever was under way has arrived
  assert.equal(received.length, 50);
  subscription.resume();
  await until(() => received.length >= 100, { what: 'the other events' });
  assert.deepEqual(received, range(100).map(String));
});

test('events of a pause survive the loss of the connection as far as they had arrived', TEST, async (t) => {
  const rabbit = await startRabbit(t);
  const proxy = await startProxy(t, rabbit);
  const broker = await openAmqpBroker({ url: proxy.url(rabbit.url) });
  t.after(() => broker.close());
  const received: string[] = [];
  const subscription = await broker.consumeEvents(({ body }) => received.push(Buffer.from(body).toString()));
  await subscribed(broker);
  const sender = await connect(rabbit.url);
  t.after(() => sender.close().catch(() => undefined));
  const channel = await sender.createConfirmChannel();
  const isUnacknowledged = async (): Promise<boolean> => {
    const [queue] = await eventQueues(rabbit);
    return queue?.messages === 1 && queue.messages_ready === 0;
  };

  subscription.pause();
  await publish(channel, 1, 1);
  await until(isUnacknowledged, { what: 'the event to be on its way', timeoutMs: 30_000 });
  await broker.queueLengths(['x']); // a round trip: it has arrived
  const [before] = await eventQueues(rabbit);
  proxy.drop();
  const isReplaced = async (): Promise<boolean> => {
    const queues = await eventQueues(rabbit);
    return queues.length === 1 && queues[0]?.name !== before?.name;
  };
  await until(isReplaced, { what: 'another queue' });
  await subscribed(broker);
  await publish(channel, 2, 1);
  assert.deepEqual(received, []);
  subscription.resume();
  await until(() => received.length >= 2, { what: 'both events' });
  assert.deepEqual(received, ['1', '2']);
});

test('an event on which the handler fails is not delivered again and again', TEST, async (t) => {
  const rabbit = await startRabbit(t);
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (_: object, text: string) => void warnings.push(text) };
  const broker = await openAmqpBroker({ url: rabbit.url, log });
  t.after(() => broker.close());
  const received: string[] = [];
  await broker.consumeEvents(({ body }) => {
    received.push(Buffer.from(body).toString());
    if (received.length === 3) throw new Error('no');
  });
  await subscribed(broker);
  const sender = await connect(rabbit.url);
  t.after(() => sender.close().catch(() => undefined));
  await publish(await sender.createConfirmChannel(), 0, 10);
  await until(() => received.length >= 10, { what: 'all events' });
  assert.deepEqual(received, range(10).map(String));
  assert.deepEqual(warnings, ['An event could not be handled']);
});

test(
  'a message that the AMQP library cannot read costs the connection and not the subscription',
  TEST,
  async (t) => {
    const { rabbit, broker, received, channel } = await start(t);
    const states: string[] = [];
    broker.onConnection(({ state }) => states.push(state));
    // py-amqp marks 64-bit integers by a letter that amqplib does not know.
    await python(t, PUBLISH_UNREADABLE, { env: { BROKER_URL: rabbit.url } });
    await until(() => states.includes('disconnected') && states.at(-1) === 'connected', {
      what: () => `the connection to be lost and to come back; it was ${states.join()}`,
    });
    await publish(channel, 3, 1);
    await until(() => received.includes(3), { what: 'the next event' });
  },
);

const PUBLISH_UNREADABLE = `
import os
from kombu import Connection, Exchange
with Connection(os.environ["BROKER_URL"]) as connection:
    connection.Producer().publish(0, exchange=Exchange("celeryev", "topic"), routing_key="task.custom", headers={"big": 2**40})
`;
