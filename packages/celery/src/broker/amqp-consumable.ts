// Whether RabbitMQ would let a worker declare what `add_consumer` makes it declare. A worker that is refused does not say so: it
// ends. Nothing is made here: what does not exist yet the worker will make.
import { CeleryError } from '../errors.ts';
import type { AmqpChannelPool } from './amqp-channel-pool.ts';
import {
  ACCESS_REFUSED,
  describeOperationError,
  NOT_FOUND,
  PRECONDITION_FAILED,
  replyCode,
  RESOURCE_LOCKED,
} from './amqp-errors.ts';
import type { ConsumerTarget } from './broker.ts';

/** Exchanges that RabbitMQ has from the start; workers use them without declaring them. */
const RESERVED = /^amq\./;

/**
 * The arguments of an existing queue are not looked at: a worker may be configured to declare all of its queues as quorum or
 * priority queues, which cannot be seen from here.
 * @throws CeleryError `bad_argument`, in RabbitMQ's words; as AmqpChannelPool.use
 */
export async function requireConsumable(
  pool: AmqpChannelPool,
  { queue, exchange = queue, exchangeType = 'direct' }: ConsumerTarget,
  deadlineMs: number,
): Promise<void> {
  try {
    const exists = await pool
      .use(deadlineMs, (channel) => channel.checkExchange(exchange))
      .then(() => true, isMissing);
    if (!exists && RESERVED.test(exchange)) {
      throw refusal(`RabbitMQ has no exchange ${exchange}, and makes none whose name begins with "amq.".`);
    }
    if (exists && !RESERVED.test(exchange)) {
      // Equivalent to what is there, this changes nothing.
      const flags = { durable: true, autoDelete: false };
      await pool.use(deadlineMs, (channel) => channel.assertExchange(exchange, exchangeType, flags));
    }
    await pool.use(deadlineMs, (channel) => channel.checkQueue(queue)).catch(isMissing);
  } catch (error) {
    const code = replyCode(error);
    if (code !== PRECONDITION_FAILED && code !== RESOURCE_LOCKED && code !== ACCESS_REFUSED) throw error;
    throw refusal(`a worker cannot consume from ${queue} so: ${describeOperationError(error)}.`, error);
  }
}

/** False for "there is none". @throws any other error */
function isMissing(error: unknown): false {
  if (replyCode(error) === NOT_FOUND) return false;
  throw error;
}

function refusal(reason: string, cause?: unknown): CeleryError {
  return new CeleryError('bad_argument', reason, { params: { field: 'queue' }, cause });
}
