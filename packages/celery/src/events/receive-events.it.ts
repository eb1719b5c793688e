import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { python, startRabbit, startRedis, startWorker, until } from '@umbel/testkit';
import type { Broker } from '../broker/broker.ts';
import { openBroker } from '../broker/open-broker.ts';
import type { CeleryEvent } from './celery-event.ts';
import { receiveEvents } from './receive-events.ts';

/** Listens on a broker, and answers what came so far. */
async function listen(
  t: TestContext,
  url: string,
): Promise<{ broker: Broker; events: CeleryEvent[]; dropped: string[] }> {
  const broker = await openBroker({ url });
  t.after(() => broker.close());
  const events: CeleryEvent[] = [];
  const dropped: string[] = [];
  await receiveEvents(broker, {
    onEvents: (some) => events.push(...some),
    onDropped: (reason) => dropped.push(reason),
  });
  return { broker, events, dropped };
}

const SERVERS = { Redis: startRedis, RabbitMQ: startRabbit } as const;

for (const [name, start] of Object.entries(SERVERS)) {
  test(`the events of a task on ${name} arrive decoded`, async (t) => {
    const { url } = await start(t);
    const { events, dropped } = await listen(t, url);
    const worker = await startWorker(t, { brokerUrl: url });
    const heard = (type: CeleryEvent['type']): boolean =>
      events.some((event) => event.type === type && event.hostname === worker.hostname);
    // Whoever hears a worker go online was listening before the task.
    await until(() => heard('worker-online') || heard('worker-heartbeat'), { what: 'a word of the worker' });
    await python(t, 'from shop import add; add.delay(2, 3)', { env: { BROKER_URL: url } });
    await until(() => heard('task-succeeded'), { what: 'task-succeeded' });
    const types = events.filter((event) => 'uuid' in event).map((event) => event.type);
    assert.deepEqual(types.toSorted(), ['task-received', 'task-sent', 'task-started', 'task-succeeded']);
    assert.deepEqual(dropped, []);
  });
}

/** Celery's own dispatcher of events, told to compress. */
const SEND_COMPRESSED = `
import sys
from shop import app
with app.connection_for_write() as connection:
    dispatcher = app.events.Dispatcher(connection, hostname="python@test")
    for compression in sys.argv[1:]:
        dispatcher.producer.compression = compression
        dispatcher.send("task-succeeded", uuid=compression, result="Zoë 🌱 " * 500, runtime=0.5)
    dispatcher.close()
`;

for (const [name, start] of Object.entries(SERVERS)) {
  test(`events compressed by Celery arrive decoded on ${name}`, async (t) => {
    const { url } = await start(t);
    const { broker, events, dropped } = await listen(t, url);
    await until(() => broker.connection.state === 'connected', { what: 'the subscription' });
    // kombu's names; gzip is its other name for zlib.
    const compressions = ['zlib', 'gzip', 'bzip2', 'zstd'];
    await python(t, SEND_COMPRESSED, { args: compressions, env: { BROKER_URL: url } });
    await until(() => events.length + dropped.length >= compressions.length, { what: 'the events' });
    assert.deepEqual(dropped, []);
    assert.deepEqual(
      events.map((event) => event.type === 'task-succeeded' && [event.uuid, event.result]),
      compressions.map((compression) => [compression, 'Zoë 🌱 '.repeat(500)]),
    );
  });
}

test('what is no event is counted, and the next event still arrives', async (t) => {
  const redis = await startRedis(t);
  const { events, dropped } = await listen(t, redis.url);
  const client = redis.client();
  const publish = (payload: string): Promise<number> => client.publish('/0.celeryev/task.multi', payload);
  const envelope = (body: string, contentType = 'application/json'): string =>
    JSON.stringify({
      body: Buffer.from(body).toString('base64'),
      'content-type': contentType,
      'content-encoding': 'utf-8',
      headers: {},
      properties: {
        body_encoding: 'base64',
        delivery_info: { exchange: 'celeryev', routing_key: 'task.multi' },
      },
    });
  await until(async () => (await publish('not a message')) > 0, { what: 'the subscription' });
  await publish(envelope('not json'));
  await publish(envelope('x', 'application/x-python-serialize'));
  await publish(envelope('[{"type": "task-started"}]'));
  const good = { type: 'task-started', uuid: 'a', hostname: 'w@h', timestamp: 1_790_000_000, clock: 1 };
  await publish(envelope(JSON.stringify([good])));
  await until(() => events.length > 0, { what: 'the good event' });
  assert.deepEqual(dropped, ['not_message', 'not_json', 'unsupported_content_type', 'missing_hostname']);
});
