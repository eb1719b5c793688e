// How many messages wait in queues, asked by passive declares.
import { fitsShortString } from '../message/entity-names.ts';
import type { AmqpChannelPool } from './amqp-channel-pool.ts';
import { ACCESS_REFUSED, NOT_FOUND, replyCode, RESOURCE_LOCKED } from './amqp-errors.ts';

/** Fewer than the pool has channels, so that long lists leave some to other commands. */
const PARALLEL = 8;

/**
 * Queues that do not exist, or that nobody else may look at (exclusive, no permission), are left out.
 * @throws as AmqpChannelPool.use
 */
export async function readQueueLengths(
  pool: AmqpChannelPool,
  queues: readonly string[],
  deadlineMs: number,
): Promise<Map<string, number>> {
  // An empty name means "the queue declared last" to RabbitMQ.
  const names = [...new Set(queues)].filter((name) => name !== '' && fitsShortString(name));
  const lengths = new Map<string, number>();
  const left = names.values();
  const ask = async (): Promise<void> => {
    for (const name of left) {
      const length = await readQueueLength(pool, name, deadlineMs);
      if (length !== null) lengths.set(name, length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(PARALLEL, names.length) }, ask));
  return lengths;
}

async function readQueueLength(
  pool: AmqpChannelPool,
  queue: string,
  deadlineMs: number,
): Promise<number | null> {
  try {
    const { messageCount } = await pool.use(deadlineMs, (channel) => channel.checkQueue(queue));
    return messageCount;
  } catch (error) {
    const code = replyCode(error);
    if (code === NOT_FOUND || code === RESOURCE_LOCKED || code === ACCESS_REFUSED) return null;
    throw error;
  }
}
