// Publishes events on a real Redis as workers do, for tests that need events which no worker can be made to send.
import type { RedisServer } from '@umbel/testkit';

type RedisClient = ReturnType<RedisServer['client']>;

/** An event as a worker publishes it on Redis. */
function envelope(event: Record<string, unknown>): string {
  return JSON.stringify({
    body: Buffer.from(JSON.stringify(event)).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: { hostname: event['hostname'] },
    properties: {
      delivery_mode: 1,
      delivery_info: { exchange: 'celeryev', routing_key: String(event['type']).replaceAll('-', '.') },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: crypto.randomUUID(),
    },
  });
}

/** Publishes events as one pipeline. Answers when the server has them. */
export async function publishEvents(
  redis: RedisClient,
  events: readonly Record<string, unknown>[],
): Promise<void> {
  const pipeline = redis.pipeline();
  for (const event of events)
    pipeline.publish(`/0.celeryev/${String(event['type']).replaceAll('-', '.')}`, envelope(event));
  await pipeline.exec();
}
