// Puts task and worker events on a Redis broker as a worker would, so that an attacker can say in them whatever they like.
import { randomUUID } from 'node:crypto';
import type { RedisServer } from '@umbel/testkit';

export type CeleryEvent = Readonly<Record<string, unknown>> & { readonly type: string };

/** Publishes each as a message of its own, with `hostname`, `timestamp` and the rest where they are not given. */
export async function publishEvents(redis: RedisServer, events: readonly CeleryEvent[]): Promise<void> {
  const client = redis.client();
  for (const [index, event] of events.entries()) {
    const body = {
      hostname: 'celery@honest',
      utcoffset: 0,
      pid: 1,
      clock: index + 1,
      timestamp: Date.now() / 1_000,
      ...event,
    };
    const routingKey = event.type.replace('-', '.');
    const envelope = {
      body: Buffer.from(JSON.stringify(body)).toString('base64'),
      'content-encoding': 'utf-8',
      'content-type': 'application/json',
      headers: { hostname: body.hostname },
      properties: {
        delivery_mode: 1,
        delivery_info: { exchange: 'celeryev', routing_key: routingKey },
        priority: 0,
        body_encoding: 'base64',
        delivery_tag: randomUUID(),
      },
    };
    await client.publish(`/0.celeryev/${routingKey}`, JSON.stringify(envelope));
  }
}
