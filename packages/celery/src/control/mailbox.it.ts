// The mailbox against real brokers and workers: late, hostile and unreadable replies, deadlines, lost connections.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { before, describe, test, type TestContext } from 'node:test';
import {
  missing,
  type CeleryWorker,
  type RedisServer,
  startProxy,
  startRabbit,
  startRedis,
  startWorker,
  suiteScope,
  until,
} from '@umbel/testkit';
import type { Broker } from '../broker/broker.ts';
import { openBroker } from '../broker/open-broker.ts';
import { CeleryError } from '../errors.ts';
import { formatEnvelope, parseEnvelope } from '../message/redis-envelope.ts';
import { decodeBody } from '../message/body.ts';
import type { Message } from '../message/message.ts';
import * as commands from './commands.ts';
import { inspectWorkers } from './inspect.ts';
import * as inspect from './inspect-commands.ts';
import { type Mailbox, openMailbox } from './mailbox.ts';

const TEST = { timeout: 60_000 };
/** Longer than any test: a call ends for its own reason, not because time is up. */
const LONG_MS = 55_000;

const fails = (code: string) => (error: unknown) => {
  assert.ok(error instanceof CeleryError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

async function openAll(
  t: TestContext,
  url: string,
  commandTimeoutMs = 5_000,
): Promise<{ broker: Broker; mailbox: Mailbox; dropped: string[] }> {
  const broker = await openBroker({ url, commandTimeoutMs });
  t.after(() => broker.close());
  const dropped: string[] = [];
  const mailbox = await openMailbox(broker, {
    maxReplyBytes: 100_000,
    onUndecodable: (reason) => dropped.push(reason),
  });
  t.after(() => mailbox.close());
  return { broker, mailbox, dropped };
}

interface Request {
  readonly ticket: string;
  readonly destination: string[] | null;
  /** Absent when no reply is wanted. */
  readonly reply_to?: { readonly exchange: string; readonly routing_key: string };
}

/** Listens to control requests as a worker would, and answers each with the given messages. */
async function answerWith(redis: RedisServer, replies: (request: Request) => Message[]): Promise<Request[]> {
  const requests: Request[] = [];
  const [listener, sender] = [redis.client(), redis.client()];
  listener.on('message', (_channel, text) => {
    const request = decodeBody(parseEnvelope(text)) as Request;
    requests.push(request);
    const routingKey = request.reply_to?.routing_key;
    if (routingKey === undefined) return;
    for (const message of replies(request)) {
      const envelope = formatEnvelope(message, { deliveryTag: randomUUID(), exchange: '', routingKey });
      sender.lpush(routingKey, envelope).catch(assert.ifError);
    }
  });
  await listener.subscribe('/0.celery.pidbox');
  return requests;
}

function reply(
  body: string,
  ticket: unknown,
  contentType = 'application/json',
  headers: object = {},
): Message {
  return {
    headers: { ticket, ...headers },
    properties: {},
    contentType,
    contentEncoding: 'utf-8',
    body: Buffer.from(body),
  };
}

describe('a mailbox on Redis', { skip: await missing('redis', 'celery') }, () => {
  const scope = suiteScope();
  let redis: RedisServer;
  let worker: CeleryWorker;
  /** Its task_serializer is pickle, and so are its replies. */
  let pickling: CeleryWorker;
  before(
    async () => {
      redis = await startRedis(scope);
      const CELERY_CONF = JSON.stringify({ task_serializer: 'pickle', accept_content: ['json', 'pickle'] });
      const env = { CELERY_CONF, C_FORCE_ROOT: '1' };
      [worker, pickling] = await Promise.all([
        startWorker(scope, { brokerUrl: redis.url }),
        startWorker(scope, { brokerUrl: redis.url, env }),
      ]);
    },
    { timeout: 180_000 },
  );

  test('a worker that pickles its reply has an error, and the others their answers', TEST, async (t) => {
    const { mailbox, dropped } = await openAll(t, redis.url);
    const workers = [worker.hostname, pickling.hostname];
    const replies = await mailbox.ask({
      ...inspect.ping(),
      destination: workers,
      expected: workers,
      timeoutMs: LONG_MS,
    });
    assert.deepEqual(replies.get(worker.hostname), { ok: 'pong' });
    assert.match(
      (replies.get(pickling.hostname) as { error: string }).error,
      /application\/x-python-serialize/,
    );
    assert.deepEqual(dropped, ['unsupported_content_type']);

    const answers = await inspectWorkers(mailbox, [pickling.hostname], [inspect.stats()], {
      timeoutMs: LONG_MS,
    });
    assert.equal(answers.get(pickling.hostname)?.get('stats')?.outcome, 'error');
  });

  test(
    'when nobody is expected by name, a call with pickled replies only fails by their type',
    TEST,
    async (t) => {
      const { mailbox } = await openAll(t, redis.url);
      const aborting = new AbortController();
      const question = { ...inspect.ping(), destination: null, expected: null, timeoutMs: LONG_MS };
      worker.signal('SIGSTOP');
      try {
        const asking = mailbox.ask({
          ...question,
          signal: AbortSignal.any([aborting.signal, AbortSignal.timeout(2_000)]),
        });
        await assert.rejects(asking, fails('unsupported_content_type'));
      } finally {
        worker.signal('SIGCONT');
      }
    },
  );

  test(
    'a reply after the deadline is read and dropped, and the next call is not confused',
    TEST,
    async (t) => {
      const { mailbox, dropped } = await openAll(t, redis.url);
      const requests = await answerWith(redis, () => []);
      const question = { destination: [worker.hostname], expected: null };
      worker.signal('SIGSTOP');
      const silent = await mailbox
        .ask({ ...inspect.ping(), ...question, timeoutMs: 500 })
        .finally(() => worker.signal('SIGCONT'));
      assert.deepEqual([...silent], []);
      const replies = await mailbox.ask({ ...inspect.clock(), ...question, timeoutMs: LONG_MS });
      assert.equal(typeof (replies.get(worker.hostname) as { clock: number }).clock, 'number');
      await until(() => dropped.includes('late'), { what: 'the late reply' });
      assert.deepEqual(dropped, ['late']);
      const queue = requests[0]?.reply_to?.routing_key ?? assert.fail('no reply queue');
      assert.equal(await redis.client().llen(queue), 0);
    },
  );

  test('many calls at once get their own replies', TEST, async (t) => {
    const { mailbox } = await openAll(t, redis.url);
    const destination = [worker.hostname];
    const requests = Array.from({ length: 100 }, (_, n) => (n % 2 === 0 ? inspect.ping() : inspect.clock()));
    const all = await Promise.all(
      requests.map((request) => mailbox.ask({ ...request, destination, expected: null, timeoutMs: LONG_MS })),
    );
    for (const [n, replies] of all.entries()) {
      const value = replies.get(worker.hostname) as Record<string, unknown>;
      assert.deepEqual(Object.keys(value), [n % 2 === 0 ? 'ok' : 'clock']);
    }
  });

  test(
    'a call ends with what it has when its signal aborts, and sends nothing when it was aborted before',
    TEST,
    async (t) => {
      const { mailbox } = await openAll(t, redis.url);
      const requests = await answerWith(redis, () => []);
      const expected = [worker.hostname, 'nobody@nowhere'];
      const question = { ...inspect.ping(), destination: expected, expected, timeoutMs: LONG_MS };
      assert.deepEqual([...(await mailbox.ask({ ...question, signal: AbortSignal.abort() })).keys()], []);
      const replies = await mailbox.ask({ ...question, signal: AbortSignal.timeout(1_500) });
      assert.deepEqual([...replies.keys()], [worker.hostname]);
      assert.equal(requests.length, 1);
    },
  );
});

test('hostile replies are counted and harm nobody', TEST, async (t) => {
  const redis = await startRedis(t);
  const { mailbox, dropped } = await openAll(t, redis.url);
  const requests = await answerWith(redis, ({ ticket }) => [
    reply('not json', ticket),
    reply('{"a@h": 1, "b@h": 2}', ticket),
    reply('["a@h"]', ticket),
    reply('{}', ticket),
    reply(`{"huge@h": "${'x'.repeat(200_000)}"}`, ticket),
    reply('x', ticket, 'application/x-nonsense'),
    reply('x', ticket, 'application/json', { compression: 'application/x-gzip' }),
    reply('x', ticket, 'application/json', { compression: 7 }),
    reply('{"a@h": 1}', 'a foreign ticket'),
    reply('{"a@h": 1}', null),
    reply('{"a@h": 1}', { toString: 'x' }),
    reply('['.repeat(50_000), ticket),
    reply('{"__proto__": {"ok": "pong"}}', ticket),
    reply('{"good@h": {"ok": "pong"}}', ticket),
    reply('{"good@h": {"ok": "again"}}', ticket),
    reply('{"last@h": null}', ticket),
  ]);
  const replies = await mailbox.ask({
    ...inspect.ping(),
    destination: null,
    // As many as the unreadable ones come to would complete the call before its end.
    expected: ['good@h', 'last@h', ...Array.from({ length: 20 }, (_, n) => `silent${n}@h`)],
    timeoutMs: 2_000,
  });
  assert.deepEqual(
    [...replies].sort(([a], [b]) => (a < b ? -1 : 1)),
    [
      ['__proto__', { ok: 'pong' }],
      ['good@h', { ok: 'pong' }],
      ['last@h', null],
    ],
  );
  const count = new Map<string, number>();
  for (const reason of dropped) count.set(reason, (count.get(reason) ?? 0) + 1);
  assert.deepEqual(Object.fromEntries(count), {
    late: 1,
    no_ticket: 2,
    repeated: 1,
    too_large: 1,
    undecodable: 7,
    unsupported_content_type: 1,
  });
  assert.deepEqual(Object.keys(requests[0] ?? {}).sort(), [
    'arguments',
    'destination',
    'matcher',
    'method',
    'pattern',
    'reply_to',
    'ticket',
  ]);
});

test('what must not be sent is refused before anything is sent', TEST, async (t) => {
  const redis = await startRedis(t);
  const { mailbox } = await openAll(t, redis.url);
  const requests = await answerWith(redis, () => []);
  const base = { destination: null, expected: null, timeoutMs: 1_000 };
  const refused = fails('bad_argument');
  await assert.rejects(mailbox.ask({ ...inspect.ping(), ...base, destination: [] }), refused);
  await assert.rejects(mailbox.ask({ ...inspect.ping(), ...base, destination: [''] }), refused);
  await assert.rejects(mailbox.ask({ ...inspect.ping(), ...base, timeoutMs: Number.NaN }), refused);
  await assert.rejects(mailbox.ask({ ...inspect.ping(), ...base, timeoutMs: 2 ** 40 }), refused);
  for (const method of ['election', 'hello', 'objgraph', '']) {
    await assert.rejects(mailbox.ask({ method, arguments: {}, ...base }), refused);
    await assert.rejects(mailbox.tell({ method, arguments: {}, destination: ['w@h'] }), refused);
  }
  for (const request of [commands.shutdown(), commands.poolGrow(), commands.cancelConsumer('q')]) {
    await assert.rejects(mailbox.tell({ ...request, destination: null }), refused);
    await assert.rejects(mailbox.tell({ ...request, destination: [] }), refused);
  }
  await mailbox.tell({ ...commands.heartbeat(), destination: null });
  await until(() => requests.length > 0, { what: 'the one request that may be sent' });
  assert.equal(requests.length, 1);
});

for (const [transport, startServer] of [
  ['Redis', startRedis],
  ['RabbitMQ', startRabbit],
] as const) {
  test(
    `a broker that is away fails calls by their deadline and is used again later (${transport})`,
    TEST,
    async (t) => {
      const server = await startServer(t);
      const worker = await startWorker(t, { brokerUrl: server.url });
      const proxy = await startProxy(t, server);
      const { mailbox } = await openAll(t, proxy.url(server.url), 20_000);
      const question = { ...inspect.ping(), destination: [worker.hostname], expected: null };
      await until(async () => (await mailbox.ask({ ...question, timeoutMs: 2_000 })).size === 1, {
        what: 'a pong',
      });

      await proxy.cut();
      await assert.rejects(mailbox.ask({ ...question, timeoutMs: 1_000 }), fails('broker_unavailable'));
      await proxy.restore();
      await until(async () => (await mailbox.ask({ ...question, timeoutMs: 2_000 })).size === 1, {
        what: 'a pong',
      });

      // Cut while the worker thinks: nobody can tell whether it did not answer or the answer was lost.
      worker.signal('SIGSTOP');
      try {
        const asking = mailbox.ask({ ...question, timeoutMs: 3_000 });
        asking.catch(() => undefined);
        await until(() => proxy.connections() > 0, { what: 'the connections' });
        await mailbox.ask({ ...question, timeoutMs: 300 }).catch(() => undefined);
        proxy.drop();
        await assert.rejects(asking, fails('broker_unavailable'));
      } finally {
        worker.signal('SIGCONT');
      }
      await until(async () => (await mailbox.ask({ ...question, timeoutMs: 2_000 })).size === 1, {
        what: 'a pong',
      });
    },
  );
}

test('closing ends calls under way, and a closed mailbox says so', TEST, async (t) => {
  const redis = await startRedis(t);
  const { mailbox } = await openAll(t, redis.url);
  const requests = await answerWith(redis, () => []);
  const question = { ...inspect.ping(), destination: null, expected: null, timeoutMs: LONG_MS };
  const asking = mailbox.ask(question);
  asking.catch(() => undefined);
  await until(() => requests.length > 0, { what: 'the request' });
  await Promise.all([mailbox.close(), mailbox.close()]);
  await assert.rejects(asking, fails('closed'));
  await assert.rejects(mailbox.ask(question), fails('closed'));
  await assert.rejects(mailbox.tell({ ...commands.heartbeat(), destination: null }), fails('closed'));
  assert.deepEqual(await redis.client().keys('*reply*'), []);
});
