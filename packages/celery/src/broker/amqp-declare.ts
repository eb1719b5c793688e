// Finds or makes exchanges and task queues with exactly the flags that Celery gives them. Looks passively first: declaring
// what exists with other flags or arguments is an error, and Umbel must never be the one that made a queue another kind.
// Flags: recorded declarations of Celery 5.2 … 5.7.
import type { ConfirmChannel } from 'amqplib';
import { ACCESS_REFUSED, NOT_FOUND, PRECONDITION_FAILED, replyCode, RESOURCE_LOCKED } from './amqp-errors.ts';
import type { AmqpChannelPool } from './amqp-channel-pool.ts';

export interface ExchangeFlags {
  readonly name: string;
  readonly type: 'topic' | 'fanout' | 'direct';
  readonly durable: boolean;
}

/**
 * Makes sure that the exchange exists, whatever its flags are.
 * @throws as AmqpChannelPool.use
 */
export async function ensureExchange(
  pool: AmqpChannelPool,
  exchange: ExchangeFlags,
  deadlineMs: number,
): Promise<void> {
  const exists = await succeeds(pool, deadlineMs, (channel) => channel.checkExchange(exchange.name), {
    except: [NOT_FOUND],
  });
  if (exists) return;
  // Somebody may make it otherwise in the same moment; then it exists too.
  await succeeds(pool, deadlineMs, (channel) => declareExchange(channel, exchange), {
    except: [PRECONDITION_FAILED],
  });
}

/**
 * Makes sure that the task queue exists; when it does, its arguments are left alone (quorum, priority, whatever). A new one is
 * durable and bound to a direct exchange of the same name, as workers declare the queues they were not told more about.
 * @throws as AmqpChannelPool.use
 */
export async function ensureTaskQueue(
  pool: AmqpChannelPool,
  queue: string,
  deadlineMs: number,
): Promise<void> {
  const exists = await succeeds(pool, deadlineMs, (channel) => channel.checkQueue(queue), {
    except: [NOT_FOUND],
    locked: true,
  });
  if (exists) return;
  await succeeds(pool, deadlineMs, (channel) => channel.assertQueue(queue, { durable: true }), {
    except: [PRECONDITION_FAILED],
    locked: true,
  });
  // Tasks reach the queue through the default exchange. The binding is for those who route by exchange, so that an exchange of
  // that name which is of another kind or somebody else's is no reason not to send.
  await succeeds(pool, deadlineMs, (channel) => bindToOwnExchange(channel, queue), {
    except: [PRECONDITION_FAILED, ACCESS_REFUSED, NOT_FOUND],
  });
}

async function bindToOwnExchange(channel: ConfirmChannel, queue: string): Promise<void> {
  await declareExchange(channel, { name: queue, type: 'direct', durable: true });
  await channel.bindQueue(queue, queue, queue);
}

function declareExchange(channel: ConfirmChannel, exchange: ExchangeFlags): Promise<unknown> {
  return channel.assertExchange(exchange.name, exchange.type, {
    durable: exchange.durable,
    autoDelete: false,
  });
}

/** False when RabbitMQ answered with one of the codes in `except`. With `locked` somebody's exclusive queue counts as there. */
async function succeeds(
  pool: AmqpChannelPool,
  deadlineMs: number,
  work: (channel: ConfirmChannel) => Promise<unknown>,
  { except, locked = false }: { except: readonly number[]; locked?: boolean },
): Promise<boolean> {
  try {
    await pool.use(deadlineMs, work);
    return true;
  } catch (error) {
    const code = replyCode(error);
    if (code === RESOURCE_LOCKED && locked) return true;
    if (code !== null && except.includes(code)) return false;
    throw error;
  }
}
