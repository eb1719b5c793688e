// What kombu's Redis transport publishes for an event: the envelope around a JSON body.

/** @param body JSON text */
export function redisEnvelope(body: string, routingKey: string): string {
  return JSON.stringify({
    body: Buffer.from(body).toString('base64'),
    'content-encoding': 'utf-8',
    'content-type': 'application/json',
    headers: { hostname: 'celery@worker-1.example' },
    properties: {
      delivery_mode: 1,
      delivery_info: { exchange: 'celeryev', routing_key: routingKey },
      priority: 0,
      body_encoding: 'base64',
      delivery_tag: crypto.randomUUID(),
    },
  });
}
