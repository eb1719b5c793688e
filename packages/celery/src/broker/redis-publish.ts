// Puts messages on Redis: control requests on their channel, tasks on the lists of their queues. On Redis the sender routes:
// it reads an exchange's bindings and pushes to each queue itself. Format: kombu/transport/redis.py `_put`, `_queue_bind`,
// kombu/transport/virtual/exchange.py.
import { randomUUID } from 'node:crypto';
import { CeleryError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import { formatEnvelope } from '../message/redis-envelope.ts';
import type { PublishTarget } from './broker.ts';
import type { Binding, RedisKeys } from './redis-keys.ts';
import type { RunRedis } from './redis-queues.ts';
import { matchesTopic } from './redis-topic.ts';

/** Publishes on a fanout exchange. Nobody listening is no error. */
export async function publishFanout(
  run: RunRedis,
  keys: RedisKeys,
  { exchange, routingKey }: { exchange: string; routingKey: string },
  message: Message,
): Promise<void> {
  const envelope = formatEnvelope(message, { deliveryTag: randomUUID(), exchange, routingKey });
  await run((redis) => redis.publish(keys.channel(exchange, routingKey), envelope));
}

/** @throws CeleryError `bad_argument` when the exchange is unknown or has no queue for the routing key */
export async function publishTask(
  run: RunRedis,
  keys: RedisKeys,
  target: PublishTarget,
  message: Message,
): Promise<void> {
  if (target.exchange) {
    await publishToExchange(run, keys, target.exchange, target.routingKey ?? target.queue, message);
  } else {
    await publishToQueue(run, keys, target.queue, message);
  }
}

/** Declares the queue as a worker of kombu 5.7 does for a queue that does not expire, a member of both sets, and pushes. */
async function publishToQueue(
  run: RunRedis,
  keys: RedisKeys,
  queue: string,
  message: Message,
): Promise<void> {
  const binding = keys.formatBinding({ routingKey: queue, pattern: '', queue });
  if (queue === '' || keys.parseBinding(binding)?.queue !== queue) {
    throw new CeleryError('bad_argument', 'This cannot be the name of a queue.', {
      params: { field: 'queue' },
    });
  }
  const list = keys.queue(queue, message.properties.priority ?? 0);
  const envelope = formatEnvelope(message, { deliveryTag: randomUUID(), exchange: '', routingKey: queue });
  await pushAll(
    run,
    [['lpush', list, envelope]],
    [
      ['sadd', keys.bindings(queue), binding],
      ['sadd', keys.permanentBindings(queue), binding],
    ],
  );
}

async function publishToExchange(
  run: RunRedis,
  keys: RedisKeys,
  exchange: string,
  routingKey: string,
  message: Message,
): Promise<void> {
  const members = await run((redis) => redis.smembers(keys.bindings(exchange)));
  const bindings = members.flatMap((member) => keys.parseBinding(member) ?? []);
  if (bindings.length === 0) {
    throw new CeleryError('bad_argument', `There is no exchange "${exchange}" with a queue on this broker.`, {
      params: { field: 'exchange' },
    });
  }
  const push = (command: string, key: string): string[] => [
    command,
    key,
    // Each copy has a tag of its own: it is the key under which a worker keeps what it has not acknowledged.
    formatEnvelope(message, { deliveryTag: randomUUID(), exchange, routingKey }),
  ];
  if (isFanout(bindings)) {
    // A fanout exchange does not look at the routing key; on Redis each queue listens at the channel of its own.
    const channels = new Set(bindings.map((binding) => keys.channel(exchange, binding.routingKey)));
    return pushAll(
      run,
      [...channels].map((channel) => push('publish', channel)),
    );
  }
  const queues = new Set(
    bindings.filter((binding) => accepts(binding, routingKey)).map(({ queue }) => queue),
  );
  if (queues.size === 0) {
    throw new CeleryError(
      'bad_argument',
      `The exchange "${exchange}" has no queue for the routing key "${routingKey}".`,
      { params: { field: 'routing_key' } },
    );
  }
  const priority = message.properties.priority ?? 0;
  await pushAll(
    run,
    [...queues].map((queue) => push('lpush', keys.queue(queue, priority))),
  );
}

/**
 * Redis does not record the type of an exchange; Celery's senders know it from their configuration. Taken for fanout is one whose
 * queues are all of kombu's `Broadcast` or bound without a key; any other is direct, or topic where a binding has a pattern.
 */
function isFanout(bindings: readonly Binding[]): boolean {
  return bindings.every(
    ({ routingKey, pattern, queue }) => pattern === '' && (routingKey === '' || queue.startsWith('bcast.')),
  );
}

function accepts(binding: Binding, routingKey: string): boolean {
  return binding.pattern === ''
    ? binding.routingKey === routingKey
    : matchesTopic(binding.routingKey, routingKey);
}

/**
 * Declares, then pushes, in one round trip. What counts is whether the messages are on their lists: a user who may not write
 * bindings can still reach queues that exist. No MULTI: where that alone is forbidden, the pushes would be done all the same and
 * be reported as refused.
 */
async function pushAll(run: RunRedis, pushes: string[][], declarations: string[][] = []): Promise<void> {
  await run(async (redis) => {
    const results = (await redis.pipeline([...declarations, ...pushes]).exec()) ?? [];
    const refusals = results.slice(declarations.length).flatMap(([error]) => error ?? []);
    if (refusals.length === 0) return;
    if (refusals.length === pushes.length) throw refusals[0];
    throw new Error(`the task reached only some of its queues: ${refusals[0]?.message}`);
  });
}
