// Ways to reach a Redis, and what goes wrong on them: credentials, TLS, sockets, failover, servers that cannot serve.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { freePort, type RedisServer, startProxy, startRedis, until } from '@umbel/testkit';
import type { Broker, ConnectionState, Subscription } from './broker.ts';
import type { BrokerOptions } from './broker-options.ts';
import { isError, taskMessage } from './broker.contract.ts';
import { openRedisBroker } from './redis-broker.ts';

const TEST = { timeout: 60_000 };

async function open(t: TestContext, url: string, options: Partial<BrokerOptions> = {}): Promise<Broker> {
  const broker = await openRedisBroker({ url, ...options });
  t.after(() => broker.close());
  return broker;
}

/** The sentence that the broker shows when it cannot connect. */
async function errorOf(t: TestContext, url: string): Promise<string> {
  const broker = await open(t, url);
  const state = await until(() => broker.connection.state === 'disconnected' && broker.connection, {
    what: `no connection to ${broker.displayUrl}`,
  });
  await broker.close();
  return state.state === 'disconnected' ? state.error : '';
}

async function works(broker: Broker): Promise<void> {
  const queue = 'a-queue';
  await broker.publish({ queue }, taskMessage('shop.add', [1, 1]).message);
  assert.ok(((await broker.queueLengths([queue])).get(queue) ?? 0) > 0);
}

test(
  'a password and an ACL user are used, and wrong ones are shown without being repeated',
  TEST,
  async (t) => {
    const redis = await startRedis(t, { password: 'p@ss/word' });
    const client = redis.client();
    await client.acl('SETUSER', 'umbel', 'on', '>s3cret:x', '~*', '&*', '+@all');
    const at = `127.0.0.1:${redis.port}/0`;
    await works(await open(t, redis.url));
    const broker = await open(t, `redis://umbel:s3cret%3Ax@${at}`);
    await works(broker);
    assert.equal(broker.displayUrl, `redis://umbel:***@${at}`);
    assert.match(await errorOf(t, `redis://umbel:wrong@${at}`), /^WRONGPASS (?!.*wrong\b)/);
    assert.match(await errorOf(t, `redis://${at}`), /^NOAUTH/);
  },
);

test('a password that the server does not ask for is no obstacle', TEST, async (t) => {
  const redis = await startRedis(t);
  const texts: string[] = [];
  const log = { info: () => undefined, warn: (_fields: object, text: string) => void texts.push(text) };
  await works(await open(t, `redis://:needless@127.0.0.1:${redis.port}`, { log }));
  assert.ok(texts.some((text) => text.includes('asks for no password')));
});

test('a user who may do little is told what is missing', TEST, async (t) => {
  const redis = await startRedis(t);
  await redis.client().acl('SETUSER', 'reader', 'on', '>pw', '~*', '&*', '+llen');
  const broker = await open(t, `redis://reader:pw@127.0.0.1:${redis.port}`, { commandTimeoutMs: 2_000 });
  assert.deepEqual(await broker.queueLengths(['q']), new Map([['q', 0]]));
  const { message } = taskMessage('shop.add', [1, 1]);
  await assert.rejects(broker.publish({ queue: 'q' }, message), (error: Error) => {
    isError('broker_unavailable')(error);
    assert.match(error.message, /NOPERM/);
    return true;
  });
  const refusals: [string, () => Promise<Subscription>][] = [
    ['psubscribe', () => broker.consumeEvents(() => undefined)],
    ['multi', () => broker.openReplyQueue(() => undefined)],
  ];
  for (const [command, subscribe] of refusals) {
    await until(() => broker.connection.state === 'connected', { what: 'the connection for commands' });
    const states: ConnectionState[] = [];
    const stop = broker.onConnection((state) => states.push(state));
    const subscription = await subscribe();
    const state = await until(() => states.find((s) => s.state === 'disconnected'), {
      what: `the refusal of ${command} to be shown`,
    });
    assert.match(state.state === 'disconnected' ? state.error : '', new RegExp(`NOPERM.*${command}`, 'i'));
    assert.ok(
      states.every((s) => s.state !== 'connected'),
      'never shown as connected',
    );
    stop();
    await subscription.close();
  }
});

test('TLS verifies the certificate and its host as the URL asks', TEST, async (t) => {
  const redis = await startRedis(t, { tls: true, args: ['--bind', '127.0.0.1', '127.0.0.2'] });
  const { port } = redis;
  const ca = encodeURIComponent(redis.certificates?.ca ?? '');
  await works(await open(t, redis.url));
  await works(await open(t, `rediss://localhost:${port}?ssl_ca_certs=${ca}`));
  await works(await open(t, `rediss://127.0.0.2:${port}?ssl_ca_certs=${ca}&ssl_check_hostname=false`));
  await works(await open(t, `rediss://127.0.0.2:${port}?ssl_cert_reqs=none`));
  assert.match(await errorOf(t, `rediss://127.0.0.1:${port}?ssl_cert_reqs=required`), /certificate/);
  assert.match(await errorOf(t, `rediss://127.0.0.2:${port}?ssl_ca_certs=${ca}`), /127\.0\.0\.2/);
  assert.match(
    await errorOf(t, `rediss://127.0.0.1:${port}?ssl_ca_certs=/no/such/file`),
    /ssl_ca_certs.*ENOENT/,
  );
});

test('a bare rediss URL works and is warned of', TEST, async (t) => {
  const redis = await startRedis(t, { tls: true });
  const texts: string[] = [];
  const log = { info: () => undefined, warn: (_fields: object, text: string) => void texts.push(text) };
  await works(await open(t, `rediss://127.0.0.1:${redis.port}`, { log }));
  assert.ok(texts.some((text) => text.includes('not verified')));
});

test('a unix socket works, with its database in virtual_host', TEST, async (t) => {
  const redis = await startRedis(t, { unixSocket: true });
  await works(await open(t, redis.url));
  await works(await open(t, `redis+socket://${redis.unixSocket}?virtual_host=5`));
  const client = redis.client();
  await client.select(5);
  assert.equal(await client.llen('a-queue'), 1);
});

test('a failover list is tried in turn, by all connections of a broker together', TEST, async (t) => {
  const [first, second] = [await startRedis(t), await startRedis(t)];
  const proxy = await startProxy(t, first);
  const nobody = await freePort();
  const url = `redis://127.0.0.1:${nobody};redis://127.0.0.1:${proxy.port};redis://127.0.0.1:${second.port}`;
  const broker = await open(t, url);
  await works(broker);
  assert.equal(await first.client().llen('a-queue'), 1);
  assert.equal(broker.displayUrl, `redis://127.0.0.1:${proxy.port}`);

  const events = await openEventCounter(broker);
  await until(async () => (await subscriptions(first.client())) === 1, { what: 'the subscription' });
  await proxy.cut();
  const other = second.client();
  await until(async () => (await subscriptions(other)) === 1, {
    what: 'the subscription at the second server',
  });
  await works(broker);
  assert.equal(broker.displayUrl, `redis://127.0.0.1:${second.port}`);
  await other.publish('/0.celeryev/worker.heartbeat', envelope('{}'));
  await until(() => events.count === 1, { what: 'an event of the second server' });
});

test('a replica is left for the next server of the list', TEST, async (t) => {
  const [replica, master] = [await startRedis(t), await startRedis(t)];
  await replica.client().replicaof('127.0.0.1', await freePort());
  const alone = await open(t, `redis://127.0.0.1:${replica.port}`);
  const { message } = taskMessage('shop.add', [1, 1]);
  await assert.rejects(alone.publish({ queue: 'q' }, message), (error: Error) => {
    isError('broker_unavailable')(error);
    assert.match(error.message, /READONLY/);
    return true;
  });
  const broker = await open(t, `redis://127.0.0.1:${replica.port};redis://127.0.0.1:${master.port}`);
  await assert.rejects(broker.publish({ queue: 'q' }, message), isError('broker_unavailable'));
  await until(() => broker.publish({ queue: 'q' }, message).then(() => true), {
    what: 'the master to be used',
  });
  assert.equal(await master.client().llen('q'), 1);
});

test('a frozen Redis fails commands in time, is shown, and is used again when it wakes', TEST, async (t) => {
  const redis = await startRedis(t);
  const broker = await open(t, redis.url, { commandTimeoutMs: 1_000 });
  await works(broker);
  const { pid } = redis;
  process.kill(pid, 'SIGSTOP');
  const { message } = taskMessage('shop.add', [1, 1]);
  await assert.rejects(broker.publish({ queue: 'frozen' }, message), (error: Error) => {
    isError('broker_unavailable')(error);
    assert.match(error.message, /no answer/);
    return true;
  });
  await until(() => broker.connection.state === 'disconnected', {
    what: 'the frozen server to be noticed',
    timeoutMs: 25_000,
  });
  process.kill(pid, 'SIGCONT');
  await until(() => broker.connection.state === 'connected', { what: 'the connection to come back' });
  await works(broker);
  // It may have read the request when it woke, or never: it has not been sent twice.
  assert.ok((await redis.client().llen('frozen')) <= 1);
});

test('a restarted Redis is found again by everything that was open', TEST, async (t) => {
  const redis = await startRedis(t);
  const broker = await open(t, redis.url);
  const events = await openEventCounter(broker);
  const replies: unknown[] = [];
  const queue = await broker.openReplyQueue((message) => replies.push(message));
  await until(() => broker.connection.state === 'connected', { what: 'the connection' });
  await redis.restart();
  const client = redis.client();
  await until(async () => (await subscriptions(client)) === 1, { what: 'the subscription' });
  await client.publish('/0.celeryev/worker.heartbeat', envelope('{}'));
  await client.lpush(queue.routingKey, envelope('{}'));
  await until(() => events.count === 1 && replies.length === 1, { what: 'event and reply' });
});

test('commands that wait for a broker that never comes are bounded in number and time', TEST, async (t) => {
  const broker = await open(t, `redis://127.0.0.1:${await freePort()}`, { commandTimeoutMs: 500 });
  const outcomes = await Promise.allSettled(Array.from({ length: 1_200 }, () => broker.queueLengths(['q'])));
  const reasons = outcomes.map((outcome) =>
    outcome.status === 'rejected' ? String(outcome.reason) : 'fulfilled',
  );
  assert.equal(reasons.filter((reason) => reason.includes('too many')).length, 200);
  assert.equal(reasons.filter((reason) => reason.includes('ECONNREFUSED')).length, 1_000);
});

/** How many PSUBSCRIBE patterns a server has. */
async function subscriptions(client: ReturnType<RedisServer['client']>): Promise<number> {
  return Number(await client.call('PUBSUB', 'NUMPAT'));
}

async function openEventCounter(broker: Broker): Promise<{ count: number }> {
  const events = { count: 0 };
  await broker.consumeEvents(() => {
    events.count += 1;
  });
  return events;
}

function envelope(body: string): string {
  return JSON.stringify({
    body: Buffer.from(body).toString('base64'),
    'content-type': 'application/json',
    'content-encoding': 'utf-8',
    headers: {},
    properties: { body_encoding: 'base64', delivery_tag: 'x', delivery_info: {} },
  });
}
