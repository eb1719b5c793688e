// Results that real Celery workers send to the reply queue of a real broker.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import {
  missing,
  startProxy,
  startRabbit,
  startRedis,
  startWorker,
  type TestScope,
  until,
} from '@umbel/testkit';
import { openBroker } from '../broker/open-broker.ts';
import { CeleryError } from '../errors.ts';
import { sendTask } from '../send/send-task.ts';
import { type ResultBackendSetup, testResultBackend } from './result-backend.contract.ts';
import { openRpcResults } from './rpc-results.ts';

const TEST = { timeout: 120_000 };

async function setUp(scope: TestScope, brokerUrl: string): Promise<ResultBackendSetup> {
  const broker = await openBroker({ url: brokerUrl });
  const backend = await openRpcResults(broker);
  scope.after(() => backend.close().then(() => broker.close()));
  return { brokerUrl, resultBackend: 'rpc://', broker, backend };
}

testResultBackend('rpc over Redis', await missing('redis', 'celery'), async (scope) =>
  setUp(scope, (await startRedis(scope)).url),
);
testResultBackend('rpc over RabbitMQ', await missing('rabbit', 'celery'), async (scope) =>
  setUp(scope, (await startRabbit(scope)).url),
);

test('results that nobody announced are not kept, and what is kept is bounded', TEST, async (t) => {
  const { url } = await startRedis(t);
  await startWorker(t, { brokerUrl: url, resultBackend: 'rpc://' });
  const broker = await openBroker({ url });
  t.after(() => broker.close());
  const backend = await openRpcResults(broker, { maxCount: 2 });
  t.after(() => backend.close());
  const send = async (announced: boolean): Promise<string> => {
    const taskId = randomUUID();
    if (announced) backend.expect(taskId);
    return sendTask(
      broker,
      { name: 'shop.add', args: [1, 1], taskId },
      { replyTo: backend.replyTo ?? undefined },
    );
  };
  const silent = await send(false);
  const announced = await Promise.all([send(true), send(true), send(true)]);
  // The worker runs one task at a time: when the last has ended, all have.
  assert.equal((await backend.wait(announced[2] ?? '', new AbortController().signal)).state, 'SUCCESS');
  assert.equal((await backend.get(silent)).state, 'PENDING');
  assert.deepEqual(await Promise.all(announced.map(async (id) => (await backend.get(id)).state)), [
    'PENDING',
    'SUCCESS',
    'SUCCESS',
  ]);
});

test('a result in another serializer ends the wait with its type', TEST, async (t) => {
  const { url } = await startRedis(t);
  const CELERY_CONF = JSON.stringify({ result_serializer: 'pickle', accept_content: ['json', 'pickle'] });
  await startWorker(t, { brokerUrl: url, resultBackend: 'rpc://', env: { CELERY_CONF, C_FORCE_ROOT: '1' } });
  const broker = await openBroker({ url });
  t.after(() => broker.close());
  const backend = await openRpcResults(broker);
  t.after(() => backend.close());
  const taskId = randomUUID();
  backend.expect(taskId);
  await sendTask(
    broker,
    { name: 'shop.add', args: [1, 1], taskId },
    { replyTo: backend.replyTo ?? undefined },
  );
  await assert.rejects(backend.wait(taskId, new AbortController().signal), (error) => {
    assert.ok(error instanceof CeleryError);
    assert.deepEqual(
      [error.code, error.params['contentType']],
      ['unsupported_content_type', 'application/x-python-serialize'],
    );
    return true;
  });
});

for (const [transport, startServer] of [
  ['Redis', startRedis],
  ['RabbitMQ', startRabbit],
] as const) {
  test(`results come again after the connection was lost (${transport})`, TEST, async (t) => {
    const server = await startServer(t);
    await startWorker(t, { brokerUrl: server.url, resultBackend: 'rpc://' });
    const proxy = await startProxy(t, server);
    const broker = await openBroker({ url: proxy.url(server.url), commandTimeoutMs: 20_000 });
    t.after(() => broker.close());
    const backend = await openRpcResults(broker);
    t.after(() => backend.close());
    const add = async (): Promise<unknown> => {
      const taskId = randomUUID();
      backend.expect(taskId);
      await sendTask(
        broker,
        { name: 'shop.add', args: [1, 1], taskId },
        { replyTo: backend.replyTo ?? undefined },
      );
      return (await backend.wait(taskId, new AbortController().signal)).result;
    };
    assert.equal(await add(), 2);
    await proxy.cut();
    await until(() => broker.connection.state === 'disconnected', { what: 'the loss to be noticed' });
    const early = backend.wait(randomUUID(), AbortSignal.timeout(100));
    assert.equal((await early).state, 'PENDING');
    await proxy.restore();
    await until(() => broker.connection.state === 'connected', { what: 'the connection' });
    assert.equal(await add(), 2);
  });
}

test('tasks cannot be aborted', TEST, async (t) => {
  const { url } = await startRedis(t);
  const broker = await openBroker({ url });
  t.after(() => broker.close());
  const backend = await openRpcResults(broker);
  t.after(() => backend.close());
  await assert.rejects(backend.abort('x'), { code: 'bad_argument' });
});
