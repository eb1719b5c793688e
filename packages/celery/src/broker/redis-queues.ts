// Looks at the queues on Redis: how long they are, and which there are. Changes nothing.
import type { Redis } from 'ioredis';
import { CeleryError } from '../errors.ts';
import type { RedisKeys } from './redis-keys.ts';

/** Runs a command within its deadline; see `RedisConnection.run`. */
export type RunRedis = <T>(command: (redis: Redis) => Promise<T>) => Promise<T>;

/** Keys looked at by one SCAN step: a millisecond or two of the server's time. */
const SCAN_COUNT = 5_000;

/** A database that also holds results may have millions of keys. */
const SCAN_LIMIT_MS = 30_000;

/** Commands in one pipeline. */
const BATCH = 500;

/** Names that kombu and Celery give to queues of control, events and `Broadcast`; on Redis nothing ever waits in the latter two. */
const NO_TASK_QUEUE = /\.pidbox$|^celeryev\.|^bcast\./;

/** Messages waiting in each queue, all priorities together; 0 for a queue that does not exist. */
export async function readQueueLengths(
  run: RunRedis,
  keys: RedisKeys,
  queues: readonly string[],
): Promise<Map<string, number>> {
  const lists = queues.flatMap((queue) => keys.queueSteps(queue).map((key) => ({ queue, key })));
  const lengths = new Map(queues.map((queue) => [queue, 0]));
  for (const batch of batches(lists)) {
    const answers = await run((redis) =>
      pipelined(
        redis,
        batch.map(({ key }) => ['llen', key]),
      ),
    );
    for (const [i, { queue }] of batch.entries()) {
      const length = answers[i];
      if (typeof length === 'number') lengths.set(queue, (lengths.get(queue) ?? 0) + length);
    }
  }
  return lengths;
}

/** Names of the task queues that are bound to any exchange, sorted; queues of control and events are left out. */
export async function readBoundQueues(
  run: RunRedis,
  keys: RedisKeys,
  eventExchange: string,
): Promise<string[]> {
  const sets = [...(await scanKeys(run, keys.bindingsGlob))].filter((key) => {
    const exchange = keys.exchangeOf(key);
    return exchange !== eventExchange && !exchange.endsWith('.pidbox');
  });
  const queues = new Set<string>();
  for (const batch of batches(sets)) {
    const answers = await run((redis) =>
      pipelined(
        redis,
        batch.map((key) => ['smembers', key]),
      ),
    );
    for (const member of answers.flat()) {
      const queue = typeof member === 'string' ? keys.parseBinding(member)?.queue : undefined;
      if (queue !== undefined && !NO_TASK_QUEUE.test(queue)) queues.add(queue);
    }
  }
  return [...queues].sort();
}

/**
 * All keys of a glob pattern, by SCAN.
 * @throws CeleryError `timeout` when there are too many keys to look through
 */
export async function scanKeys(run: RunRedis, glob: string): Promise<Set<string>> {
  const found = new Set<string>();
  const deadlineMs = performance.now() + SCAN_LIMIT_MS;
  let cursor = '0';
  do {
    if (performance.now() > deadlineMs) {
      throw new CeleryError('timeout', `Redis holds too many keys to look through in ${SCAN_LIMIT_MS} ms.`);
    }
    const from = cursor;
    const [next, keys] = await run((redis) => redis.scan(from, 'MATCH', glob, 'COUNT', SCAN_COUNT));
    for (const key of keys) found.add(key);
    cursor = next;
  } while (cursor !== '0');
  return found;
}

/** Answers in order. A key of another type counts as no answer (null), as in kombu; any other refusal is thrown. */
async function pipelined(redis: Redis, commands: string[][]): Promise<unknown[]> {
  const results = (await redis.pipeline(commands).exec()) ?? [];
  return results.map(([error, answer]) => {
    if (error && !error.message.startsWith('WRONGTYPE')) throw error;
    return error ? null : answer;
  });
}

function* batches<T>(items: readonly T[]): Generator<T[]> {
  for (let start = 0; start < items.length; start += BATCH) yield items.slice(start, start + BATCH);
}
