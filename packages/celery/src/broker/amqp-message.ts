// Message ◀▶ what amqplib sends and delivers. Owns AMQP's typed headers; what is in the body is message/body.ts.
// Format: AMQP 0-9-1 basic properties; field types as py-amqp (amqp/serialization.py) reads and writes them.
import type { ConsumeMessage, Options } from 'amqplib';
import { CeleryError } from '../errors.ts';
import { fitsShortString, MAX_NAME_BYTES } from '../message/entity-names.ts';
import type { Message, MessageProperties } from '../message/message.ts';
import { readableBytes } from '../message/readable-bytes.ts';
import { MAX_PRIORITY } from '../message/task-message.ts';

/** A message ready for `channel.publish`. */
export interface AmqpPublication {
  readonly content: Buffer;
  readonly options: Options.Publish;
}

/** Deepest nesting of headers, generous for stamps and users' own headers. */
const MAX_HEADER_NESTING = 100;
/** RabbitMQ closes the channel for a longer message TTL, 2^32 - 1 ms. */
const MAX_EXPIRATION_MS = 4_294_967_295;
const INT32_MAX = 2_147_483_647;
const INT64_MAX = 2n ** 63n - 1n;

/** Never fails: what has no place in a Message is left out. 64-bit header integers beyond 2^53 are rounded by amqplib. */
export function decodeAmqpMessage(delivery: ConsumeMessage): Message {
  const { properties, fields } = delivery;
  return {
    headers: decodeHeaders(properties.headers),
    properties: {
      correlationId: optionalText(properties.correlationId),
      replyTo: optionalText(properties.replyTo),
      deliveryMode: deliveryMode(properties.deliveryMode),
      priority: typeof properties.priority === 'number' ? properties.priority : undefined,
      expiration: optionalText(properties.expiration),
      exchange: fields.exchange,
      routingKey: fields.routingKey,
      redelivered: fields.redelivered ? true : undefined,
    },
    // The same defaults as kombu's for messages of foreign senders.
    contentType: optionalText(properties.contentType) ?? 'application/data',
    contentEncoding: optionalText(properties.contentEncoding) ?? 'utf-8',
    body: delivery.content,
  };
}

/**
 * Exactly the message's bytes, content type and encoding; transient only when it says so. An expiration longer than
 * RabbitMQ can count is left out: the worker looks at the `expires` header anyway.
 * @throws CeleryError `bad_argument` for a header or property that AMQP cannot carry; `params.field` names it
 */
export function encodeAmqpMessage(message: Message): AmqpPublication {
  const { correlationId, replyTo, priority, expiration, deliveryMode: mode } = message.properties;
  const { buffer, byteOffset, byteLength } = message.body;
  return {
    content: Buffer.from(buffer, byteOffset, byteLength),
    options: {
      headers: encodeTable(message.headers, 'headers', 0),
      contentType: requireShortString(message.contentType, 'content_type'),
      contentEncoding: requireShortString(message.contentEncoding, 'content_encoding'),
      deliveryMode: mode ?? 2,
      ...(correlationId === undefined
        ? {}
        : { correlationId: requireShortString(correlationId, 'correlation_id') }),
      ...(replyTo === undefined ? {} : { replyTo: requireShortString(replyTo, 'reply_to') }),
      ...(priority === undefined ? {} : { priority: requirePriority(priority) }),
      ...encodeExpiration(expiration),
    },
  };
}

/**
 * @returns the text itself
 * @throws CeleryError `bad_argument` when it is longer than AMQP allows for names, 255 bytes
 */
export function requireShortString(text: string, field: string): string {
  if (fitsShortString(text)) return text;
  throw badArgument(field, `${field} is longer than the ${MAX_NAME_BYTES} bytes that AMQP allows`);
}

function decodeHeaders(headers: unknown): Record<string, unknown> {
  const decoded = decodeValue(headers ?? {});
  return typeof decoded === 'object' && decoded !== null ? (decoded as Record<string, unknown>) : {};
}

/** Recursion is bounded by the frame: RabbitMQ never sends headers larger than the negotiated 128 KiB. */
function decodeValue(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return readableBytes(value);
  if (Array.isArray(value)) return value.map(decodeValue);
  if (typeof value !== 'object' || value === null) return value;
  return (
    decodeTypedValue(value as Record<string, unknown>) ??
    Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, decodeValue(inner)]))
  );
}

/** amqplib hands what JavaScript has no type for over as `{'!': type, value}`. Texts as kombu's JSON would have them. */
function decodeTypedValue(typed: Record<string, unknown>): string | null {
  const { '!': type, value } = typed;
  if (type === 'timestamp' && typeof value === 'number') {
    const date = new Date(value * 1000);
    return Number.isNaN(date.getTime()) ? String(value) : date.toISOString().replace('.000Z', '+00:00');
  }
  if (type === 'decimal' && typeof value === 'object' && value !== null) {
    const { places, digits } = value as { places: number; digits: number };
    const text = String(digits).padStart(places + 1, '0');
    return places === 0 ? text : `${text.slice(0, -places)}.${text.slice(-places)}`;
  }
  return null;
}

function encodeTable(table: object, field: string, depth: number): Record<string, unknown> {
  if (depth > MAX_HEADER_NESTING) throw badArgument(field, 'the headers are nested too deeply');
  return Object.fromEntries(
    Object.entries(table)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => {
        const path = `${field}.${name}`;
        // To amqplib this name is a mark of a typed value, not a name.
        if (name === '!') throw badArgument(path, 'a header cannot be named "!"');
        return [requireShortString(name, field), encodeValue(value, path, depth + 1)];
      }),
  );
}

function encodeValue(value: unknown, field: string, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isInteger(value) ? encodeInteger(BigInt(value), field) : encodeFloat(value, field);
    case 'bigint':
      return encodeInteger(value, field);
    case 'object':
      break;
    default:
      throw badArgument(field, `${field} is no value that a header can have`);
  }
  if (value === null) return null;
  if (JSON.isRawJSON(value)) {
    const { rawJSON } = value;
    return /^-?\d+$/.test(rawJSON)
      ? encodeInteger(BigInt(rawJSON), field)
      : encodeFloat(Number(rawJSON), field);
  }
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) {
    if (depth > MAX_HEADER_NESTING) throw badArgument(field, 'the headers are nested too deeply');
    return value.map((inner) => encodeValue(inner ?? null, field, depth + 1));
  }
  return encodeTable(value, field, depth);
}

/**
 * 32 or 64 bits, never less: left to itself amqplib writes 300 as a 16-bit integer, whose mark py-amqp before 5.4 reads as
 * a short string. Such a header makes an older worker drop its connection.
 */
function encodeInteger(value: bigint, field: string): unknown {
  if (value > INT64_MAX || value < -INT64_MAX - 1n)
    throw badArgument(field, `${field} is larger than 64 bits`);
  const isInt32 = value <= INT32_MAX && value >= -INT32_MAX - 1;
  return isInt32 ? { '!': 'int32', value: Number(value) } : { '!': 'int64', value };
}

function encodeFloat(value: number, field: string): unknown {
  // RabbitMQ ends the sender's session for a NaN or an infinity in a header.
  if (!Number.isFinite(value)) throw badArgument(field, `${field} is no finite number`);
  return { '!': 'float64', value };
}

function encodeExpiration(expiration: string | undefined): { expiration?: string } {
  if (expiration === undefined) return {};
  if (!/^\d+$/.test(expiration)) {
    throw badArgument('expiration', 'expiration must be a whole number of milliseconds, as text');
  }
  return Number(expiration) > MAX_EXPIRATION_MS ? {} : { expiration };
}

function requirePriority(priority: number): number {
  if (Number.isInteger(priority) && priority >= 0 && priority <= MAX_PRIORITY) return priority;
  throw badArgument('priority', `priority must be a whole number from 0 to ${MAX_PRIORITY}`);
}

function deliveryMode(value: unknown): MessageProperties['deliveryMode'] {
  return value === 1 || value === 2 ? value : undefined;
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function badArgument(field: string, reason: string): CeleryError {
  return new CeleryError('bad_argument', `The message cannot be sent: ${reason}.`, { params: { field } });
}
