// Results in a real Redis, written by real Celery workers.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { missing, python, startRedis, startWorker, until } from '@umbel/testkit';
import { document, fails, open, store } from '../../test/results/redis-documents.ts';
import { openRedisBroker } from '../broker/redis-broker.ts';
import { CeleryError } from '../errors.ts';
import { sendTask } from '../send/send-task.ts';
import { openRedisResults } from './redis-results.ts';
import { testResultBackend } from './result-backend.contract.ts';

const TEST = { timeout: 120_000 };

testResultBackend('redis', await missing('redis', 'celery'), async (scope) => {
  const redis = await startRedis(scope);
  const resultBackend = redis.url.replace(/\/0$/, '/3');
  const broker = await openRedisBroker({ url: redis.url });
  const backend = await openRedisResults(resultBackend);
  scope.after(() => Promise.all([backend.close(), broker.close()]).then(() => undefined));
  return { brokerUrl: redis.url, resultBackend, broker, backend };
});

test('the parts of a chord and its body are read', TEST, async (t) => {
  const redis = await startRedis(t);
  await startWorker(t, { brokerUrl: redis.url, resultBackend: redis.url });
  const backend = await open(t, redis.url);
  const script = `
import json
from celery import chord, group
from shop import add, total
body = chord([add.s(1, 1), add.s(2, 2)])(total.s())
many = group(add.s(n, n) for n in range(3)).apply_async()
chained = (add.s(1, 2) | add.s(10)).apply_async()
print(json.dumps({"body": body.id, "header": [r.id for r in body.parent.results], "header_group": body.parent.id,
                  "group": many.id, "members": [r.id for r in many.results], "chain": [chained.parent.id, chained.id]}))
`;
  const env = { BROKER_URL: redis.url, RESULT_BACKEND: redis.url };
  const ids = JSON.parse(await python(t, script, { env })) as {
    body: string;
    header: string[];
    header_group: string;
    group: string;
    members: string[];
    chain: [string, string];
  };
  const wait = (id: string) => backend.wait(id, new AbortController().signal);
  assert.equal((await wait(ids.body)).result, 6);
  const header = await Promise.all(ids.header.map(wait));
  assert.deepEqual(
    header.map((r) => r.result),
    [2, 4],
  );
  assert.deepEqual(
    header.map((r) => r.groupId),
    [ids.header_group, ids.header_group],
  );
  const members = await Promise.all(ids.members.map(wait));
  assert.deepEqual(
    members.map((r) => [r.result, r.groupId]),
    [0, 2, 4].map((sum) => [sum, ids.group]),
  );
  const [first, last] = await Promise.all(ids.chain.map(wait));
  assert.equal(last?.result, 13);
  assert.equal(last?.parentId, ids.chain[0]);
  assert.deepEqual(first?.children, [ids.chain[1]]);
});

test('a key prefix is joined as Celery joins it', TEST, async (t) => {
  const redis = await startRedis(t);
  for (const [globalKeyprefix, key] of [
    ['app', 'app_celery-task-meta-'],
    ['app:', 'app:celery-task-meta-'],
  ] as const) {
    const CELERY_CONF = JSON.stringify({
      result_backend_transport_options: { global_keyprefix: globalKeyprefix },
    });
    const env = { BROKER_URL: redis.url, RESULT_BACKEND: redis.url, CELERY_CONF };
    const taskId = `prefixed-${globalKeyprefix}`;
    await python(t, `import shop; shop.app.backend.store_result("${taskId}", 7, "SUCCESS")`, { env });
    assert.equal(await redis.client().exists(key + taskId), 1);
    const backend = await open(t, redis.url, { globalKeyprefix });
    assert.equal((await backend.get(taskId)).result, 7);
    assert.equal((await backend.wait(taskId, AbortSignal.timeout(10_000))).result, 7);
  }
});

test('compressed documents of Celery are read, also while waiting', TEST, async (t) => {
  const redis = await startRedis(t);
  const backend = await open(t, redis.url);
  for (const compression of ['gzip', 'bzip2']) {
    const CELERY_CONF = JSON.stringify({ result_compression: compression });
    const env = { BROKER_URL: redis.url, RESULT_BACKEND: redis.url, CELERY_CONF };
    const wait = backend.wait(compression, AbortSignal.timeout(60_000));
    await python(t, `import shop; shop.app.backend.store_result("${compression}", "ü" * 1000, "SUCCESS")`, {
      env,
    });
    assert.equal((await redis.client().getBuffer(`celery-task-meta-${compression}`))?.[0], 0);
    assert.equal((await wait).result, 'ü'.repeat(1000));
  }
});

test('documents of other serializers are refused by name', TEST, async (t) => {
  const redis = await startRedis(t);
  const backend = await open(t, redis.url);
  const env = { BROKER_URL: redis.url, RESULT_BACKEND: redis.url };
  const script = `
import sys
import shop
from kombu.serialization import registry
meta = {"status": "SUCCESS", "result": {"a": 1}, "traceback": None, "children": [], "date_done": None, "task_id": "x"}
for name in sys.argv[1:]:
    payload = registry.dumps(meta, name)[2]
    shop.app.backend.client.set("celery-task-meta-" + name, payload)
`;
  await python(t, script, { env, args: ['pickle'] });
  await assert.rejects(backend.get('pickle'), (error) => {
    assert.ok(error instanceof CeleryError);
    assert.equal(error.code, 'unsupported_content_type');
    assert.equal(error.params['contentType'], 'application/x-python-serialize');
    return true;
  });
  await assert.rejects(
    backend.wait('pickle', AbortSignal.timeout(10_000)),
    fails('unsupported_content_type'),
  );
});

test('a document beyond the limit is refused and not fetched whole', TEST, async (t) => {
  const redis = await startRedis(t);
  const backend = await open(t, redis.url, { maxDocumentBytes: 1_000 });
  await store(redis, 'celery-task-meta-big', document('SUCCESS', 'x'.repeat(2_000_000)));
  await assert.rejects(backend.get('big'), fails('too_large'));
  await store(redis, 'celery-task-meta-fit', document('SUCCESS', 'x'.repeat(800)));
  assert.equal((await backend.get('fit')).state, 'SUCCESS');
});

test('a task is aborted unless it has ended, and learns of it', TEST, async (t) => {
  const redis = await startRedis(t);
  await startWorker(t, { brokerUrl: redis.url, resultBackend: redis.url });
  const broker = await openRedisBroker({ url: redis.url });
  t.after(() => broker.close());
  const backend = await open(t, redis.url);
  const taskId = await sendTask(broker, { name: 'shop.abortable', args: [100] });
  await until(async () => (await backend.get(taskId)).state === 'STARTED', { what: 'the task to start' });
  assert.equal(await backend.abort(taskId), true);
  assert.equal((await backend.wait(taskId, AbortSignal.timeout(30_000))).result, 'aborted');
  assert.equal(await backend.abort(taskId), false);
  assert.equal((await backend.get(taskId)).state, 'SUCCESS');
});

test('an abort of an unknown task is stored for a while and published', TEST, async (t) => {
  const redis = await startRedis(t);
  const backend = await open(t, redis.url, { resultExpiresS: 500 });
  const published: string[] = [];
  const subscriber = redis.client();
  subscriber.on('message', (_channel, text) => published.push(text));
  await subscriber.subscribe('celery-task-meta-later');
  assert.equal(await backend.abort('later'), true);
  const client = redis.client();
  const stored = await client.get('celery-task-meta-later');
  assert.deepEqual(JSON.parse(stored ?? ''), {
    status: 'ABORTED',
    result: null,
    traceback: null,
    children: null,
    date_done: null,
    task_id: 'later',
  });
  const ttl = await client.ttl('celery-task-meta-later');
  assert.ok(ttl > 400 && ttl <= 500, `ttl ${ttl}`);
  await until(() => published.length > 0, { what: 'the publication' });
  assert.deepEqual(published, [stored]);
});

test('an abort keeps the life time that the task’s document has', TEST, async (t) => {
  const redis = await startRedis(t);
  const backend = await open(t, redis.url);
  const client = redis.client();
  await client.set('celery-task-meta-forever', document('STARTED'));
  await client.setex('celery-task-meta-short', 50, document('STARTED'));
  assert.equal(await backend.abort('forever'), true);
  assert.equal(await backend.abort('short'), true);
  await client.set('celery-task-meta-empty', '');
  assert.equal(await backend.abort('empty'), true);
  assert.equal(await client.ttl('celery-task-meta-forever'), -1);
  assert.ok((await client.ttl('celery-task-meta-short')) <= 50);
});

test('an abort never overwrites an end that comes at the same time', TEST, async (t) => {
  const redis = await startRedis(t);
  const backend = await open(t, redis.url);
  const client = redis.client();
  for (let round = 0; round < 200; round += 1) {
    const key = `celery-task-meta-race-${round}`;
    await client.set(key, document('STARTED'));
    const ending = client.set(key, document('SUCCESS', round));
    const [aborted] = await Promise.all([backend.abort(`race-${round}`), ending]);
    const { state } = await backend.get(`race-${round}`);
    // Redis keeps one order: either the abort was first and the end replaced it, or it saw the end and did nothing.
    assert.equal(state, 'SUCCESS', `round ${round}, aborted: ${aborted}`);
  }
});

test('the script that aborts compares by the SHA-1 that Redis computes', TEST, async (t) => {
  const redis = await startRedis(t);
  const text = document('STARTED', 'ä');
  const hash = await redis.client().eval('return redis.sha1hex(ARGV[1])', 0, text);
  assert.equal(hash, createHash('sha1').update(text).digest('hex'));
});
