// What the REST API must do with real workers: commands to workers, for their pools, their queues and the
// limits of their tasks.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { type CeleryWorker, until } from '@umbel/testkit';
import type { ApiPlace } from './api.contract.ts';
import { expectError, PATIENCE_MS } from './api-calls.ts';

export async function commandsContract(
  t: TestContext,
  { umbel, api, prefork, solo, scaling }: ApiPlace,
): Promise<void> {
  await t.test('the pool grows and shrinks', async () => {
    const path = (verb: string) => `/api/worker/pool/${verb}/${prefork.hostname}?n=1`;
    const size = async () => (await api.worker(prefork)).stats?.pool?.processes?.length;
    assert.equal((await umbel.post(path('grow'))).status, 200);
    assert.equal(await api.settles(size, 3), 3);
    assert.equal((await umbel.post(path('shrink'))).status, 200);
    assert.equal(await api.settles(size, 2), 2);
    // Celery starts processes later than it says so; they count already.
    assert.equal((await umbel.post(path('grow').replace('n=1', 'n=2'))).status, 200);
    assert.equal((await umbel.post(path('shrink').replace('n=1', 'n=2'))).status, 200);
    expectError(await umbel.post(path('shrink').replace('n=1', 'n=2')), 409, /at least one must stay/);
    assert.equal(await api.settles(size, 2), 2);
    expectError(await umbel.post(`/api/worker/pool/grow/${prefork.hostname}?n=many`), 400, /n/);
    expectError(await umbel.post('/api/worker/pool/grow/nobody@test?n=1'), 404, /nobody@test/);
  });

  await t.test('the pool restarts with new processes', async () => {
    const pids = async () => JSON.stringify((await api.worker(prefork)).stats?.pool?.processes);
    const before = await pids();
    assert.equal((await umbel.post(`/api/worker/pool/restart/${prefork.hostname}`)).status, 200);
    await until(async () => (await pids()) !== before, {
      timeoutMs: PATIENCE_MS,
      what: 'new pool processes',
    });
  });

  await t.test('autoscale changes the limits where the worker has it, and says so where not', async () => {
    const reply = await umbel.post(`/api/worker/pool/autoscale/${scaling.hostname}?min=2&max=5`);
    assert.equal(reply.status, 200, reply.text);
    const autoscaler = async () => (await api.worker(scaling)).stats?.autoscaler;
    assert.deepEqual([(await autoscaler())?.min, (await autoscaler())?.max], [2, 5]);
    const refused = await umbel.post(`/api/worker/pool/autoscale/${prefork.hostname}?min=1&max=2`);
    assert.match(refused.json.error ?? '', /Autoscale not enabled/);
    expectError(
      await umbel.post(`/api/worker/pool/autoscale/${scaling.hostname}?min=5&max=2`),
      400,
      /min|max/,
    );
    expectError(await umbel.post(`/api/worker/pool/autoscale/${scaling.hostname}?min=5`), 400, /max/);
  });

  await t.test('a consumer is added, gets work, and is cancelled', async () => {
    const queues = async () =>
      ((await api.worker(prefork)).active_queues ?? [])
        .map((queue) => queue.name)
        .sort()
        .join();
    assert.equal(
      (await umbel.post(`/api/worker/queue/add-consumer/${prefork.hostname}?queue=extra`)).status,
      200,
    );
    assert.equal(await api.settles(queues, 'celery,extra'), 'celery,extra');
    const sent = await umbel.post('/api/task/send-task/shop.add', { args: [1, 1], queue: 'extra' });
    assert.equal((await api.ended(sent.json['task-id'])).worker, prefork.hostname);
    assert.equal(
      (await umbel.post(`/api/worker/queue/cancel-consumer/${prefork.hostname}?queue=extra`)).status,
      200,
    );
    assert.equal(await api.settles(queues, 'celery'), 'celery');
  });

  await t.test('a missing or empty queue is refused before any worker hears of it', async () => {
    for (const verb of ['add-consumer', 'cancel-consumer']) {
      expectError(await umbel.post(`/api/worker/queue/${verb}/${prefork.hostname}`), 400, /queue/);
      expectError(await umbel.post(`/api/worker/queue/${verb}/${prefork.hostname}?queue=`), 400, /queue/);
    }
    assert.ok(prefork.running());
  });

  await t.test('a rate limit is set on one worker or on all', async () => {
    const listed = async (worker: CeleryWorker) =>
      ((await api.worker(worker)).registered ?? []).find((line) => line.startsWith('shop.add'));
    const one = await umbel.post(
      '/api/task/rate-limit/shop.add',
      new URLSearchParams({ workername: solo.hostname, ratelimit: '600/m' }),
    );
    assert.equal(one.status, 200, one.text);
    assert.match((await listed(solo)) ?? '', /600\/m/);
    assert.doesNotMatch((await listed(prefork)) ?? '', /600/);
    assert.equal((await umbel.post('/api/task/rate-limit/shop.add', { ratelimit: '0' })).status, 200);
    assert.doesNotMatch((await listed(solo)) ?? '', /600/);
    expectError(await umbel.post('/api/task/rate-limit/shop.add', { ratelimit: 'often' }), 400, /ratelimit/);
  });

  await t.test('time limits are accepted by the workers', async () => {
    const reply = await umbel.post(
      '/api/task/timeout/shop.sleep',
      new URLSearchParams({ soft: '30', hard: '60', workername: prefork.hostname }),
    );
    assert.equal(reply.status, 200, reply.text);
    assert.match(reply.text, /time limits set successfully/);
    expectError(await umbel.post('/api/task/timeout/shop.sleep', { soft: 'soon' }), 400, /soft/);
  });
}
