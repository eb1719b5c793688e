// Hands one message to RabbitMQ and waits until it has taken it (publisher confirm). Where to is amqp-sender.ts.
import type { ConfirmChannel } from 'amqplib';
import { CeleryError } from '../errors.ts';
import type { AmqpPublication } from './amqp-message.ts';

export interface AmqpRoute {
  /** `''` is the default exchange. */
  readonly exchange: string;
  readonly routingKey: string;
  /** A message that reaches no queue comes back, instead of being dropped without a word. */
  readonly mandatory: boolean;
}

/**
 * False when the message came back: no queue has it.
 * @param channel used by nobody else now, so that a message which comes back is this one
 * @throws CeleryError `broker_unavailable` when RabbitMQ did not want it; `bad_argument` when its headers are too large
 */
export async function publishConfirmed(
  channel: ConfirmChannel,
  route: AmqpRoute,
  publication: AmqpPublication,
): Promise<boolean> {
  let isReturned = false;
  const onReturn = (): void => {
    isReturned = true;
  };
  channel.on('return', onReturn);
  try {
    await new Promise<void>((resolve, reject) => {
      const onConfirm = (error: unknown): void => {
        if (error instanceof Error) reject(explain(error));
        else resolve();
      };
      const options = { ...publication.options, mandatory: route.mandatory };
      channel.publish(route.exchange, route.routingKey, publication.content, options, onConfirm);
    });
  } catch (error) {
    throw error instanceof RangeError ? tooLarge(error) : error;
  } finally {
    channel.off('return', onReturn);
  }
  return !isReturned;
}

function explain(error: Error): Error {
  if (error.message !== 'message nacked') return error;
  const reason = 'it did not accept the message: the queue is full or not well';
  return new CeleryError('broker_unavailable', `RabbitMQ cannot be used: ${reason}.`, {
    params: { reason, outcome: 'not_done' },
  });
}

/** amqplib has 64 KiB for the table of headers, and says so before it sends anything. */
function tooLarge(cause: RangeError): CeleryError {
  return new CeleryError('bad_argument', 'The message cannot be sent: its headers are larger than 64 KiB.', {
    params: { field: 'headers' },
    cause,
  });
}
