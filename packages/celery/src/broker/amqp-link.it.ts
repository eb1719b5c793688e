// Ways to reach RabbitMQ, and what is said when there is none: refusals, failover, TLS, odd names, a server that restarts.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { type RabbitVhost, startRabbit, startWorker, until } from '@umbel/testkit';
import { CeleryError } from '../errors.ts';
import { openAmqpBroker } from './amqp-broker.ts';
import { collectEvents, controlMessage, isError, ping, taskMessage } from './broker.contract.ts';
import type { BrokerOptions } from './broker-options.ts';
import type { Broker } from './broker.ts';

const TEST = { timeout: 120_000 };
const PASSWORD = 'p@ss/w:rd%+ ä';

async function open(t: TestContext, url: string, options: Partial<BrokerOptions> = {}): Promise<Broker> {
  const broker = await openAmqpBroker({ url, commandTimeoutMs: 3_000, ...options });
  t.after(() => broker.close());
  return broker;
}

/** The sentence of a broker that cannot be connected. */
function refusal(broker: Broker): Promise<string> {
  return until(() => broker.connection.state === 'disconnected' && broker.connection.error, {
    what: 'the refusal to be shown',
  });
}

interface Permissions {
  readonly configure?: string;
  readonly write?: string;
  readonly read?: string;
}

/** A user of this vhost, who may do everything unless told otherwise. Returns its URL. */
async function addUser(t: TestContext, rabbit: RabbitVhost, permissions: Permissions = {}): Promise<string> {
  const user = `user-${rabbit.vhost}`;
  await rabbit.api('PUT', `/api/users/${user}`, { password: PASSWORD, tags: '' });
  t.after(() => rabbit.api('DELETE', `/api/users/${user}`));
  const all = { configure: '.*', write: '.*', read: '.*' };
  await rabbit.api('PUT', `/api/permissions/{vhost}/${user}`, { ...all, ...permissions });
  return `amqp://${user}:${encodeURIComponent(PASSWORD)}@${rabbit.host}:${rabbit.port}/${rabbit.vhost}`;
}

test('why RabbitMQ cannot be reached or refuses is said without the password', TEST, async (t) => {
  const { host, port, vhost } = await startRabbit(t);
  const place = `${host}:${port}`;
  const sentences: [string, RegExp][] = [
    [
      `amqp://guest:secret@${place}/${vhost}`,
      /^127\.0\.0\.1:\d+ refused the user "guest": wrong name or password$/,
    ],
    [`amqp://guest:guest@${place}/secret-vhost`, /refused the vhost "secret-vhost" to the user "guest"/],
    [`amqp://guest:secret@127.0.0.1:1/${vhost}`, /^nothing listens at 127\.0\.0\.1:1$/],
    [`amqp://guest:secret@no-such-host.invalid/${vhost}`, /^the host name no-such-host\.invalid cannot be/],
  ];
  for (const [url, sentence] of sentences) {
    const broker = await open(t, url, { commandTimeoutMs: 500 });
    const error = await refusal(broker);
    assert.match(error, sentence);
    assert.doesNotMatch(error + broker.displayUrl, /:secret/);
    await assert.rejects(broker.queueLengths(['q']), (failure) => {
      assert.ok(isError('broker_unavailable')(failure));
      return String(failure).includes(error);
    });
    await broker.close();
  }
});

test('options that no waiting would heal are refused at once', TEST, async () => {
  const url = 'amqp://127.0.0.1:1//';
  await assert.rejects(openAmqpBroker({ url: 'redis://127.0.0.1:1' }), isError('unsupported_transport'));
  for (const eventQueueTtlMs of [0, 1.5, Number.NaN, 2 ** 32]) {
    await assert.rejects(openAmqpBroker({ url, eventQueueTtlMs }), isError('bad_argument'));
  }
});

test('something that is no RabbitMQ is left alone', TEST, async (t) => {
  const { host, managementUrl, vhost } = await startRabbit(t);
  const broker = await open(t, `amqp://guest:guest@${host}:${new URL(managementUrl).port}/${vhost}`);
  assert.match(await refusal(broker), /^127\.0\.0\.1:\d+ gave no answer in time$/);
});

test('events that may not be read are shown, and commands work all the same', TEST, async (t) => {
  const rabbit = await startRabbit(t);
  await rabbit.api('PUT', '/api/exchanges/{vhost}/celeryev', { type: 'topic', durable: true });
  const broker = await open(t, await addUser(t, rabbit, { read: '^umbel' }));
  await broker.consumeEvents(() => undefined);
  const error = await refusal(broker);
  assert.match(error, /^events cannot be read: ACCESS_REFUSED - (access|read access) to exchange 'celeryev'/);
  assert.doesNotMatch(error, /p@ss/);
  await broker.publish({ queue: 'celery' }, taskMessage('shop.add', [1, 1]).message);
  assert.deepEqual(await broker.queueLengths(['celery']), new Map([['celery', 1]]));
  // The permission comes: nothing else is needed.
  await rabbit.api('PUT', `/api/permissions/{vhost}/user-${rabbit.vhost}`, {
    configure: '.*',
    write: '.*',
    read: '.*',
  });
  await until(() => broker.connection.state === 'connected', { what: 'the subscription', timeoutMs: 30_000 });
});

test('a command that RabbitMQ refuses says what it refused', TEST, async (t) => {
  const rabbit = await startRabbit(t);
  const broker = await open(t, await addUser(t, rabbit, { configure: '^$' }));
  const sending = broker.publish({ queue: 'celery' }, taskMessage('shop.add', [1, 1]).message);
  await assert.rejects(sending, (error) => {
    assert.match(String(error), /ACCESS_REFUSED - .*'celery'/);
    return isError('broker_unavailable')(error);
  });
  assert.equal(broker.connection.state, 'connected');
});

test('of several URLs, each with its own vhost and user, the first that works is used', TEST, async (t) => {
  const rabbit = await startRabbit(t);
  const good = await addUser(t, rabbit);
  const broker = await open(
    t,
    `amqp://guest:guest@127.0.0.1:1//;amqp://a:b@${rabbit.host}:${rabbit.port}//;${good}`,
  );
  await broker.queueLengths(['q']);
  assert.equal(broker.connection.state, 'connected');
  assert.equal(
    broker.displayUrl,
    `amqp://user-${rabbit.vhost}:***@${rabbit.host}:${rabbit.port}/${rabbit.vhost}`,
  );
});

test('a vhost may have any name', TEST, async (t) => {
  const rabbit = await startRabbit(t);
  const vhost = `/${rabbit.vhost} %2F ä`;
  await rabbit.api('PUT', `/api/vhosts/${encodeURIComponent(vhost)}`);
  t.after(() => rabbit.api('DELETE', `/api/vhosts/${encodeURIComponent(vhost)}`));
  const address = `amqp://guest:guest@${rabbit.host}:${rabbit.port}`;
  const broker = await open(t, `${address}/${encodeURIComponent(vhost)}`);
  await broker.publish({ queue: 'here' }, taskMessage('shop.add', [1, 1]).message);
  const queues = (await rabbit.api('GET', `/api/queues/${encodeURIComponent(vhost)}`)) as { name: string }[];
  assert.deepEqual(
    queues.map(({ name }) => name),
    ['here'],
  );
});

test('TLS is verified, and says so when it fails', TEST, async (t) => {
  const rabbit = await startRabbit(t);
  const broker = await open(t, rabbit.tlsUrl);
  await broker.publish({ queue: 'celery' }, taskMessage('shop.add', [1, 1]).message);
  assert.deepEqual(await broker.queueLengths(['celery']), new Map([['celery', 1]]));
  await broker.close();
  assert.match(await refusal(await open(t, rabbit.tlsUrl.split('?')[0] ?? '')), /certificate/);
  assert.match(await refusal(await open(t, `${rabbit.tlsUrl}x`)), /ssl_ca_certs: cannot read .*\.pemx/);
  const unverified = await open(t, `${rabbit.tlsUrl.split('?')[0]}?ssl_cert_reqs=none`);
  assert.equal((await unverified.queueLengths(['celery'])).get('celery'), 1);
});

test(
  'a restarted server is found again, with events, replies and the exchange it has lost',
  TEST,
  async (t) => {
    const rabbit = await startRabbit(t, { private: true });
    const broker = await open(t, rabbit.url);
    const events = await collectEvents(broker);
    await broker.openReplyQueue(() => undefined);
    await broker.broadcast(controlMessage({ method: 'ping' }));
    const sentences: string[] = [];
    broker.onConnection((connection) => {
      if (connection.state === 'disconnected') sentences.push(connection.error);
    });
    await rabbit.restart();
    await until(() => broker.connection.state === 'connected', { what: 'the connection', timeoutMs: 30_000 });
    assert.match(sentences[0] ?? '', /CONNECTION_FORCED - broker forced connection closure/);
    await broker.broadcast(controlMessage({ method: 'ping' })); // its exchange is not durable
    const worker = await startWorker(t, { brokerUrl: rabbit.url });
    await ping(broker, [worker.hostname]);
    await until(() => events.length > 0, { what: 'events' });
  },
);

test(
  'while RabbitMQ is low on memory, commands fail with that reason and nothing else breaks',
  TEST,
  async (t) => {
    const rabbit = await startRabbit(t, { private: true });
    const broker = await open(t, rabbit.url, { commandTimeoutMs: 1_500 });
    const { message } = taskMessage('shop.add', [1, 1]);
    const send = (): Promise<void> => broker.publish({ queue: 'celery' }, message);
    const refused = (outcome: string) => (error: unknown) => {
      assert.ok(error instanceof CeleryError && error.code === 'broker_unavailable', String(error));
      assert.match(error.message, /it takes no messages now \(low on memory\)/);
      return error.params['outcome'] === outcome;
    };
    await send();
    await rabbit.ctl('set_vm_memory_high_watermark', '0.000001');
    // RabbitMQ says so only to those who publish: this one is under way and gets no answer, the next is not even sent.
    await assert.rejects(send(), refused('unknown'));
    await assert.rejects(send(), refused('not_done'));
    await assert.rejects(broker.queueLengths(['celery']), refused('not_done'));
    assert.equal(broker.connection.state, 'connected');
    await rabbit.ctl('set_vm_memory_high_watermark', '0.4');
    await until(() => send().then(() => true), { what: 'messages to be taken again' });

    await rabbit.ctl('set_vm_memory_high_watermark', '0.000001');
    await assert.rejects(send(), refused('unknown'));
    await broker.close(); // does not wait for room
  },
);
