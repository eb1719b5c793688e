// Captures what real workers of two Celery versions put on the wire as events, on Redis and on RabbitMQ, into
// packages/celery/src/events/fixtures: one file a version and broker, one JSON line a message, in the order of arrival.
// Tests read these bytes; run this again when a Celery version is added:
//   node --conditions=source scripts/capture-event-fixtures.ts
import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type CeleryVersion, python, startRabbit, startRedis, startWorker, until } from '@umbel/testkit';
import { connect } from 'amqplib';

const folder = resolve(import.meta.dirname, '../packages/celery/src/events/fixtures');

/** Redis: what was published. RabbitMQ: what was delivered; `body` is base64. */
type Captured =
  | { channel: string; payload: string }
  | { routingKey: string; properties: object; body: string };

/** What has arrived so far. */
interface Capture {
  readonly captured: Captured[];
  /** The event objects in a captured message. */
  eventsOf(message: Captured): { type: string; uuid?: string }[];
}

/** Sends one task of every kind, each with an id that says what it is. */
const SEND = `
from shop import add, app, big, echo, fail, progress, retry_then_succeed, same, sleep
from celery import chain
add.apply_async((2, 3), task_id="add")
fail.apply_async(("broken",), task_id="fail")
retry_then_succeed.apply_async((2,), task_id="retry")
progress.apply_async((2, 0.05), task_id="progress")
echo.apply_async(("Zoë 🌱", "it's"), {"note": "two\\nlines"}, task_id="texts")
same.apply_async(("NUL \\x00, lone \\ud800",), task_id="odd-characters", argsrepr="<hidden>")
big.apply_async((5000,), task_id="big")
add.apply_async((1, 1), task_id="expired", countdown=1.5, expires=0.5)
add.apply_async((1, 1), task_id="revoked", countdown=4)
sleep.apply_async((60,), task_id="time-limit", time_limit=1)
sleep.apply_async((60,), task_id="terminated")
app.send_task("shop.unknown", task_id="unknown")
chain(add.s(1, 2).set(task_id="chain-1"), add.s(3).set(task_id="chain-2")).apply_async()
`;
const REVOKE_WAITING = `
from shop import app
app.control.revoke("revoked")
app.control.broadcast("heartbeat")
`;
const TERMINATE = `
from shop import app
app.control.revoke("terminated", terminate=True)
`;
/** How each task ends; Celery 5.7 ends the unknown one only with an event. */
const ENDS: readonly (readonly [uuid: string, type: string])[] = [
  ['add', 'task-succeeded'],
  ['fail', 'task-failed'],
  ['retry', 'task-succeeded'],
  ['progress', 'task-succeeded'],
  ['texts', 'task-succeeded'],
  ['odd-characters', 'task-succeeded'],
  ['big', 'task-succeeded'],
  ['expired', 'task-revoked'],
  ['revoked', 'task-revoked'],
  ['time-limit', 'task-failed'],
  ['terminated', 'task-revoked'],
  ['unknown', 'task-failed'],
  ['chain-2', 'task-succeeded'],
];

for (const celery of ['5.7', '5.2'] as const) {
  for (const broker of ['redis', 'rabbitmq'] as const) await capture(celery, broker);
}

async function capture(celery: CeleryVersion, broker: 'redis' | 'rabbitmq'): Promise<void> {
  const cleanUps: (() => void | Promise<void>)[] = [];
  const t = { after: (cleanUp: () => void | Promise<void>) => void cleanUps.push(cleanUp) };
  try {
    const { brokerUrl, heard } =
      broker === 'redis' ? await listenOnRedis(t.after) : await listenOnRabbit(t.after);
    const options = { celery, env: { BROKER_URL: brokerUrl, RESULT_BACKEND: 'rpc://' } };
    const worker = await startWorker(t, {
      brokerUrl,
      celery,
      name: 'fixture@worker',
      pool: 'prefork',
      concurrency: 2,
      args: ['--without-gossip', '--without-mingle'],
    });
    const seen = (uuid: string | undefined, type: string): boolean =>
      heard.captured.some((message) =>
        heard.eventsOf(message).some((event) => event.type === type && event.uuid === uuid),
      );
    await python(t, SEND, options);
    await python(t, REVOKE_WAITING, options);
    await until(() => seen('terminated', 'task-started'), {
      what: 'the task to be terminated',
      timeoutMs: 30_000,
    });
    await python(t, TERMINATE, options);
    for (const [uuid, type] of ENDS) {
      await until(() => seen(uuid, type), { what: `${type} of ${uuid}`, timeoutMs: 30_000 });
    }
    await worker.stop();
    await until(() => seen(undefined, 'worker-offline'), { what: 'worker-offline' });

    const version = (await python(t, 'import celery; print(celery.__version__)', options)).trim();
    const path = resolve(folder, `celery-${version}-${broker}.jsonl`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path, heard.captured.map((message) => `${JSON.stringify(message)}\n`).join(''));
    process.stdout.write(`${path}: ${heard.captured.length} messages\n`);
  } finally {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  }
}

interface Listening {
  readonly brokerUrl: string;
  readonly heard: Capture;
}

type After = (cleanUp: () => void | Promise<void>) => void;

async function listenOnRedis(after: After): Promise<Listening> {
  const redis = await startRedis({ after });
  const captured: Captured[] = [];
  const client = redis.client();
  client.on('pmessage', (_pattern: string, channel: string, payload: string) => {
    captured.push({ channel, payload });
  });
  await client.psubscribe('/0.celeryev/*');
  const eventsOf = (message: Captured): ReturnType<Capture['eventsOf']> => {
    if (!('payload' in message)) return [];
    const { body } = JSON.parse(message.payload) as { body: string };
    return parseBody(Buffer.from(body, 'base64'));
  };
  return { brokerUrl: redis.url, heard: { captured, eventsOf } };
}

async function listenOnRabbit(after: After): Promise<Listening> {
  const rabbit = await startRabbit({ after });
  const captured: Captured[] = [];
  const connection = await connect(rabbit.url);
  after(() => connection.close());
  const channel = await connection.createChannel();
  await channel.assertExchange('celeryev', 'topic', { durable: true });
  const { queue } = await channel.assertQueue('', { exclusive: true });
  await channel.bindQueue(queue, 'celeryev', '#');
  await channel.consume(
    queue,
    (delivery) => {
      if (!delivery) return;
      const { fields, properties, content } = delivery;
      captured.push({ routingKey: fields.routingKey, properties, body: content.toString('base64') });
    },
    { noAck: true },
  );
  const eventsOf = (message: Captured): ReturnType<Capture['eventsOf']> =>
    'body' in message ? parseBody(Buffer.from(message.body, 'base64')) : [];
  return { brokerUrl: rabbit.url, heard: { captured, eventsOf } };
}

function parseBody(body: Buffer): { type: string; uuid?: string }[] {
  const parsed = JSON.parse(body.toString('utf8')) as { type: string }[] | { type: string };
  return Array.isArray(parsed) ? parsed : [parsed];
}
