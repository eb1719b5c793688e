// Whether a worker on Redis could consume from a queue as `add_consumer` tells it. One that cannot does not say so: it takes the
// error for a lost connection, connects anew, tries again, and does nothing else any more.
import { CeleryError } from '../errors.ts';
import type { ConsumerTarget } from './broker.ts';
import type { RedisKeys } from './redis-keys.ts';
import type { RunRedis } from './redis-queues.ts';

/** @throws CeleryError `bad_argument`; as RedisConnection.run */
export async function requireConsumable(
  run: RunRedis,
  keys: RedisKeys,
  { queue, exchangeType }: ConsumerTarget,
): Promise<void> {
  if (exchangeType === 'headers') {
    throw refusal('exchange_type', 'on Redis there are no exchanges of the type headers');
  }
  for (const key of keys.queueSteps(queue)) {
    const type = await run((redis) => redis.type(key));
    if (type === 'none' || type === 'list') continue;
    throw refusal('queue', `${queue} is no queue: Redis keeps a ${type} under this name`);
  }
}

function refusal(field: string, reason: string): CeleryError {
  return new CeleryError('bad_argument', `${reason}.`, { params: { field } });
}
