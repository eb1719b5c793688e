// Which texts can be the name of a queue, exchange or routing key, or an id that travels in a property of a message: the one
// owner of that rule. It is AMQP's, and holds for Redis too, so that a task can move from one to the other.
import { CeleryError } from '../errors.ts';

/** AMQP counts the length of its short strings in one byte: names, routing keys, ids, content types. In UTF-8 bytes. */
export const MAX_NAME_BYTES = 255;

/** Whether AMQP can carry the text as a short string at all. */
export function fitsShortString(text: string): boolean {
  return Buffer.byteLength(text) <= MAX_NAME_BYTES;
}

/** A name: 1 to 255 bytes, valid Unicode, no control characters. */
export function isEntityName(value: unknown): value is string {
  return nameFault(value, 1, MAX_NAME_BYTES) === null;
}

/**
 * Gives the name back when it is one. `minBytes: 0` allows the empty one, which means the default exchange.
 * @throws CeleryError `bad_argument`; `params.field` is `field`
 */
export function checkEntityName(
  field: string,
  value: unknown,
  { minBytes = 1, maxBytes = MAX_NAME_BYTES } = {},
): string {
  const fault = nameFault(value, minBytes, maxBytes);
  if (fault !== null) throw badName(field, fault);
  return value as string;
}

/**
 * The same for a queue that shall be declared. RabbitMQ keeps names beginning with `amq.` for itself and closes the channel of
 * whoever declares one, be it ours or that of a worker we told to.
 * @throws CeleryError `bad_argument`; `params.field` is `field`
 */
export function checkQueueName(field: string, value: unknown): string {
  const name = checkEntityName(field, value);
  if (name.startsWith('amq.')) throw badName(field, 'must not begin with "amq.", which RabbitMQ reserves');
  return name;
}

function nameFault(value: unknown, minBytes: number, maxBytes: number): string | null {
  if (typeof value !== 'string') return 'must be a text';
  const bytes = Buffer.byteLength(value);
  if (bytes < minBytes) return 'must not be empty';
  if (bytes > maxBytes) return `must not be longer than ${maxBytes} bytes`;
  if (/\p{Cc}/u.test(value)) return 'must not hold control characters';
  return value.isWellFormed() ? null : 'must be valid Unicode';
}

function badName(field: string, fault: string): CeleryError {
  return new CeleryError('bad_argument', `${field} ${fault}`, { params: { field } });
}
