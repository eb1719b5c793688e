import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { type RabbitVhost, startProxy, startRabbit, until } from '@umbel/testkit';
import type { Channel, Message } from 'amqplib';
import { AmqpKeptChannel } from './amqp-kept-channel.ts';
import { AmqpLink } from './amqp-link.ts';
import { parseBrokerUrl } from './broker-url.ts';
import { isError } from './broker.contract.ts';

const TEST = { timeout: 60_000 };

function openLink(t: TestContext, url: string): AmqpLink {
  const parsed = parseBrokerUrl(url);
  assert.ok(parsed.transport === 'amqp');
  const link = new AmqpLink(parsed.addresses);
  t.after(() => link.close());
  return link;
}

/** A channel that is kept for one queue, and what became of it. */
function keep(link: AmqpLink, declare: (channel: Channel) => Promise<unknown>) {
  const channels: Channel[] = [];
  const kept = new AmqpKeptChannel(link, {
    purpose: 'the test cannot go on',
    setUp: async (channel) => {
      await declare(channel);
      channels.push(channel);
    },
    tearDown: async () => undefined,
  });
  const troubles: string[] = [];
  kept.tracker.listen((state) => {
    if (state.state === 'disconnected') troubles.push(state.error);
  });
  return { kept, channels, troubles };
}

function queueName(): string {
  return `kept-${randomUUID()}`;
}

async function hasQueue(rabbit: RabbitVhost, name: string): Promise<boolean> {
  const queues = (await rabbit.api('GET', '/api/queues/{vhost}')) as { name: string }[];
  return queues.some((queue) => queue.name === name);
}

test('a channel that RabbitMQ ends is shown with its reason and set up again', TEST, async (t) => {
  const rabbit = await startRabbit(t);
  const { kept, channels, troubles } = keep(openLink(t, rabbit.url), (channel) => channel.prefetch(1));
  await kept.ready();
  // Acknowledging what was never delivered ends a channel.
  channels[0]?.ack({ fields: { deliveryTag: 99 } } as Message);
  await until(() => channels.length === 2, { what: 'a second channel' });
  await kept.ready();
  assert.deepEqual(troubles, ['the test cannot go on: PRECONDITION_FAILED - unknown delivery tag 99']);
  assert.equal(kept.tracker.current.state, 'connected');
});

test('a refused declaration is shown and tried again until it works', TEST, async (t) => {
  const rabbit = await startRabbit(t);
  const queue = queueName();
  await rabbit.api('PUT', `/api/queues/{vhost}/${queue}`, { durable: true });
  const { kept, troubles } = keep(openLink(t, rabbit.url), (channel) =>
    channel.assertQueue(queue, { durable: false }),
  );
  await kept.settled();
  assert.match(troubles[0] ?? '', /^the test cannot go on: PRECONDITION_FAILED - inequivalent arg 'durable'/);
  await rabbit.api('DELETE', `/api/queues/{vhost}/${queue}`);
  await kept.ready();
  assert.equal(kept.tracker.current.state, 'connected');
});

test('it is set up anew on every connection', TEST, async (t) => {
  const rabbit = await startRabbit(t);
  const proxy = await startProxy(t, rabbit);
  const queue = queueName();
  const link = openLink(t, proxy.url(rabbit.url));
  const { kept, channels, troubles } = keep(link, (channel) =>
    channel.assertQueue(queue, { exclusive: true }),
  );
  await kept.ready();
  proxy.drop();
  await until(() => channels.length === 2, { what: 'a second channel' });
  await kept.ready();
  assert.ok(await hasQueue(rabbit, queue));
  // The server may have held the old queue a moment longer; that the connection was lost is no trouble of the channel.
  assert.ok(
    troubles.every((trouble) => trouble.includes('RESOURCE_LOCKED')),
    troubles.join(),
  );
});

test('after close nothing is waited for and nothing is set up', TEST, async (t) => {
  const rabbit = await startRabbit(t);
  const proxy = await startProxy(t, rabbit);
  await proxy.cut();
  const link = openLink(t, proxy.url(rabbit.url));
  const { kept, channels } = keep(link, async () => undefined);
  const waiting = kept.ready();
  await kept.close();
  await kept.close();
  await assert.rejects(waiting, isError('closed'));
  await kept.settled();
  await proxy.restore();
  await link.connection();
  assert.equal(channels.length, 0);
});
