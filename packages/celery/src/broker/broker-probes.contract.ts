// What tests do with a broker: gather events, ask workers, make messages. Used by the contract and by tests of one transport.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { until } from '@umbel/testkit';
import { CeleryError } from '../errors.ts';
import { decodeBody } from '../message/body.ts';
import type { Message, MessageProperties } from '../message/message.ts';
import type { Broker } from './broker.ts';

export type RawEvent = Record<string, unknown> & { type: string; hostname: string };

/** Subscribes, waits for the subscription, and gathers single events, batches taken apart. */
export async function collectEvents(broker: Broker): Promise<RawEvent[]> {
  const events = await collectEventsLater(broker);
  // Redis keeps nothing for a subscription that is not made yet.
  await until(() => broker.connection.state === 'connected', { what: 'the subscription' });
  return events;
}

/** The same without waiting. */
export async function collectEventsLater(broker: Broker): Promise<RawEvent[]> {
  const events: RawEvent[] = [];
  await broker.consumeEvents((message) => {
    const body = decodeBody(message) as RawEvent | RawEvent[];
    events.push(...(Array.isArray(body) ? body : [body]));
  });
  return events;
}

/** Waits until something has been delivered. */
export async function delivering(broker: Broker, messages: Message[]): Promise<void> {
  await until(() => broker.connection.state === 'connected', { what: 'the connection' });
  await until(() => messages.length > 0, { what: 'a first event' });
}

export function succeeded(events: RawEvent[], id: string): RawEvent | undefined {
  return events.find((event) => event.type === 'task-succeeded' && event['uuid'] === id);
}

/** A protocol 2 message with what a worker needs. */
export function taskMessage(
  task: string,
  args: unknown[],
  properties: Partial<MessageProperties> = {},
): { id: string; message: Message } {
  const id = randomUUID();
  const headers = { lang: 'py', task, id, root_id: id, parent_id: null, group: null, retries: 0 };
  return {
    id,
    message: {
      headers: { ...headers, argsrepr: JSON.stringify(args), kwargsrepr: '{}', origin: 'gen1@contract' },
      properties: { correlationId: id, deliveryMode: 2, ...properties },
      contentType: 'application/json',
      contentEncoding: 'utf-8',
      body: Buffer.from(JSON.stringify([args, {}, null])),
    },
  };
}

export function controlMessage(request: Record<string, unknown>): Message {
  return {
    headers: { clock: 1, expires: 0 },
    properties: { deliveryMode: 1 },
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body: Buffer.from(
      JSON.stringify({ arguments: {}, destination: null, pattern: null, matcher: null, ...request }),
    ),
  };
}

interface PingReply {
  readonly ticket: string;
  readonly message: Message;
  readonly value: unknown;
}

/** Opens a reply queue and asks the workers, again and again until one answers: a subscription may be young. */
export async function openMailbox(
  broker: Broker,
): Promise<{ ping(destination: string[]): Promise<PingReply> }> {
  const replies: Message[] = [];
  const queue = await broker.openReplyQueue((message) => replies.push(message));
  return {
    async ping(destination) {
      const ticket = randomUUID();
      const reply_to = { exchange: '', routing_key: queue.routingKey };
      const request = controlMessage({ method: 'ping', destination, ticket, reply_to });
      const message = await until(
        async () => {
          await broker.broadcast(request);
          return until(() => replies.find((m) => m.headers['ticket'] === ticket), {
            what: 'a reply',
            timeoutMs: 3_000,
          });
        },
        { what: 'a reply to ping', timeoutMs: 30_000 },
      );
      return { ticket, message, value: decodeBody(message) };
    },
  };
}

export async function ping(broker: Broker, destination: string[]): Promise<PingReply> {
  const mailbox = await openMailbox(broker);
  return mailbox.ping(destination);
}

export function isError(code: CeleryError['code']): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof CeleryError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  };
}
