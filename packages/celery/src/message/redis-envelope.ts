// A message as one JSON text: queue items and pub/sub payloads of kombu's virtual transports (Redis and others).
// Owns the envelope; what is in the body is body.ts. Format: kombu/transport/virtual/base.py, `Message.serializable`.
import { CeleryError } from '../errors.ts';
import { parseKombuJson, stringifyKombuJson } from './kombu-json.ts';
import type { Message, MessageProperties } from './message.ts';
import { isNestedWithin } from './nesting.ts';

/** Deepest nesting of headers, generous for stamps and users' own headers. Readers walk headers recursively. */
const MAX_HEADER_NESTING = 100;

/** What the envelope says besides the message itself. */
export interface EnvelopeDelivery {
  /** Unique text; kombu's key for the message while it is unacknowledged. */
  readonly deliveryTag: string;
  /** `''` is the default exchange. */
  readonly exchange: string;
  readonly routingKey: string;
}

/**
 * Reads an envelope. As in kombu a missing content type is `application/data`, a missing encoding `utf-8`, and headers
 * may be null; optional properties of a wrong type are left out.
 * @throws CeleryError `undecodable`; `params.reason` is `json` or `nesting`, or the name of the part that is missing or of a wrong type
 */
export function parseEnvelope(text: string): Message {
  const envelope = record(parseJson(text), 'envelope');
  const properties = record(envelope['properties'], 'properties');
  return {
    headers: parseHeaders(envelope['headers']),
    properties: parseProperties(properties),
    contentType: textOr('application/data', envelope['content-type'], 'content-type'),
    contentEncoding: textOr('utf-8', envelope['content-encoding'], 'content-encoding'),
    body: parseBody(envelope['body'], properties['body_encoding']),
  };
}

/** Writes a message as kombu's Redis transport does. Its exchange, routing key and delivery tag are `delivery`'s. */
export function formatEnvelope(message: Message, delivery: EnvelopeDelivery): string {
  const { correlationId, replyTo, deliveryMode, priority, expiration } = message.properties;
  const { buffer, byteOffset, byteLength } = message.body;
  return stringifyKombuJson({
    body: Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
    'content-encoding': message.contentEncoding,
    'content-type': message.contentType,
    headers: message.headers,
    properties: {
      correlation_id: correlationId,
      reply_to: replyTo,
      delivery_mode: deliveryMode ?? 2,
      delivery_info: { exchange: delivery.exchange, routing_key: delivery.routingKey },
      priority: priority ?? 0,
      expiration,
      body_encoding: 'base64',
      delivery_tag: delivery.deliveryTag,
    },
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Perhaps a header holds one of Python's number tokens, which only the dialect knows; or it throws what is wrong.
    return parseKombuJson(text);
  }
}

function parseHeaders(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  const headers = record(value, 'headers');
  if (!isNestedWithin(headers, MAX_HEADER_NESTING)) {
    throw new CeleryError('undecodable', 'The headers of a message are nested too deeply.', {
      params: { reason: 'nesting' },
    });
  }
  return headers;
}

function parseProperties(properties: Record<string, unknown>): MessageProperties {
  const info = record(properties['delivery_info'] ?? {}, 'delivery_info');
  const deliveryMode = properties['delivery_mode'];
  const priority = properties['priority'];
  return {
    correlationId: optionalText(properties['correlation_id']),
    replyTo: optionalText(properties['reply_to']),
    deliveryMode: deliveryMode === 1 || deliveryMode === 2 ? deliveryMode : undefined,
    priority: typeof priority === 'number' ? priority : undefined,
    expiration: optionalText(properties['expiration']),
    exchange: optionalText(info['exchange']),
    routingKey: optionalText(info['routing_key']),
    redelivered: info['redelivered'] === true ? true : undefined,
  };
}

function parseBody(body: unknown, encoding: unknown): Uint8Array {
  if (typeof body !== 'string') throw wrongPart('body');
  switch (encoding) {
    case 'base64':
      return Buffer.from(body, 'base64');
    case undefined:
    case null:
    case 'utf-8':
      return Buffer.from(body, 'utf8');
    default:
      throw wrongPart('body_encoding');
  }
}

function record(value: unknown, part: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrongPart(part);
  return value as Record<string, unknown>;
}

function textOr(absent: string, value: unknown, part: string): string {
  if (value === undefined || value === null) return absent;
  if (typeof value !== 'string') throw wrongPart(part);
  return value;
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function wrongPart(part: string): CeleryError {
  return new CeleryError('undecodable', `The message has no valid ${part}.`, { params: { reason: part } });
}
