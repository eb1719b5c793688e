// Reaching the results in a real Redis, and waiting for them while the connection fails.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { startProxy, startRedis, until } from '@umbel/testkit';
import { document, fails, open, store } from '../../test/results/redis-documents.ts';

const TEST = { timeout: 120_000 };

test('a wait survives a cut connection and an end that came meanwhile', TEST, async (t) => {
  const redis = await startRedis(t);
  const proxy = await startProxy(t, redis);
  const backend = await open(t, proxy.url(redis.url), { commandTimeoutMs: 1_000 });
  const client = redis.client();
  const waits = ['cut-1', 'cut-2'].map((id) => backend.wait(id, AbortSignal.timeout(60_000)));
  await until(async () => (await client.pubsub('NUMSUB', 'celery-task-meta-cut-2'))[1] === 1, {
    what: 'the subscription',
  });
  await proxy.cut();
  await store(redis, 'celery-task-meta-cut-1', document('SUCCESS', 1));
  await assert.rejects(backend.get('cut-1'), fails('backend_unavailable'));
  await proxy.restore();
  assert.equal((await waits[0])?.result, 1);
  await store(redis, 'celery-task-meta-cut-2', document('FAILURE'));
  assert.equal((await waits[1])?.state, 'FAILURE');
});

test('a wait survives a frozen connection', TEST, async (t) => {
  const redis = await startRedis(t);
  const proxy = await startProxy(t, redis);
  const backend = await open(t, proxy.url(redis.url), { commandTimeoutMs: 1_000 });
  const wait = backend.wait('frozen', AbortSignal.timeout(60_000));
  await until(async () => (await redis.client().pubsub('NUMSUB', 'celery-task-meta-frozen'))[1] === 1, {
    what: 'the subscription',
  });
  proxy.freeze();
  await store(redis, 'celery-task-meta-frozen', document('SUCCESS', 1));
  await assert.rejects(backend.get('frozen'), fails('backend_unavailable'));
  proxy.thaw();
  assert.equal((await wait).result, 1);
});

test('a wait that would have read again in a second leaves no timer behind', TEST, async (t) => {
  const redis = await startRedis(t);
  const client = redis.client();
  const key = 'celery-task-meta-unreadable';
  await client.lpush(key, 'a list, which cannot be read as a document');
  const backend = await open(t, redis.url);
  const made = t.mock.method(globalThis, 'setTimeout');
  const cleared = t.mock.method(globalThis, 'clearTimeout');
  const wait = backend.wait('unreadable', new AbortController().signal);
  await until(async () => (await client.info('commandstats')).includes('cmdstat_getrange:'), {
    what: 'the first reading',
  });
  await client.del(key);
  await store(redis, key, document('SUCCESS', 1));
  assert.equal((await wait).result, 1);
  const timers = made.mock.calls.filter((call) => call.arguments[1] === 1_000).map((call) => call.result);
  assert.ok(timers.length > 0);
  const gone = new Set(cleared.mock.calls.map((call) => call.arguments[0]));
  assert.ok(timers.every((timer) => gone.has(timer)));
});

test('a backend that is away at the start fails its calls and is there later', TEST, async (t) => {
  const redis = await startRedis(t);
  const proxy = await startProxy(t, redis);
  await proxy.cut();
  const backend = await open(t, proxy.url(redis.url), { commandTimeoutMs: 500 });
  await assert.rejects(backend.get('x'), fails('backend_unavailable'));
  await assert.rejects(backend.wait('x', new AbortController().signal), fails('backend_unavailable'));
  await assert.rejects(backend.abort('x'), fails('backend_unavailable'));
  await proxy.restore();
  await until(async () => (await backend.get('x')).state === 'PENDING', { what: 'the backend' });
});

test('subscriptions end with their waits', TEST, async (t) => {
  const redis = await startRedis(t);
  const backend = await open(t, redis.url);
  const client = redis.client();
  const aborting = new AbortController();
  const waits = Array.from({ length: 50 }, (_, n) => backend.wait(`w${n % 25}`, aborting.signal));
  const channels = async () => (await client.pubsub('CHANNELS', 'celery-task-meta-*')).length;
  await until(async () => (await channels()) === 25, { what: 'one subscription a task' });
  await store(redis, 'celery-task-meta-w0', document('SUCCESS', 1));
  assert.equal((await waits[0])?.state, 'SUCCESS');
  assert.equal((await waits[25])?.state, 'SUCCESS');
  await until(async () => (await channels()) === 24, { what: 'the subscription to end' });
  aborting.abort();
  assert.ok((await Promise.all(waits)).slice(1, 25).every((r) => r.state === 'PENDING'));
  await until(async () => (await channels()) === 0, { what: 'all subscriptions to end' });
});

test('a unix socket, a password and TLS are reached', TEST, async (t) => {
  for (const options of [{ unixSocket: true }, { password: 'p@ss/w:rd' }, { tls: true }]) {
    const redis = await startRedis(t, options);
    await store(redis, 'celery-task-meta-there', document('SUCCESS', randomUUID()));
    const backend = await open(t, redis.url);
    assert.equal((await backend.get('there')).state, 'SUCCESS', JSON.stringify(options));
    assert.ok(!backend.displayUrl.includes('p%40ss'), backend.displayUrl);
  }
});

test('a server whose certificate nobody vouches for is refused unless the URL says so', TEST, async (t) => {
  const redis = await startRedis(t, { tls: true });
  const plain = redis.url.replace(/\?.*/, '');
  const careful = await open(t, plain, { commandTimeoutMs: 2_000 });
  await assert.rejects(careful.get('x'), fails('backend_unavailable'));
  const trusting = await open(t, `${plain}?ssl_cert_reqs=none`);
  assert.equal((await trusting.get('x')).state, 'PENDING');
});

test('a wrong password is told, and not shown', TEST, async (t) => {
  const redis = await startRedis(t, { password: 'right' });
  const backend = await open(t, redis.url.replace('right', 'wr0ng-one'), { commandTimeoutMs: 1_000 });
  await assert.rejects(backend.get('x'), (error) => {
    assert.ok(fails('backend_unavailable')(error));
    assert.match(String(error), /WRONGPASS|invalid/i);
    assert.ok(!`${String(error)}${JSON.stringify(error)}${backend.displayUrl}`.includes('wr0ng-one'));
    return true;
  });
});
