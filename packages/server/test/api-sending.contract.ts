// What the REST API must do with real workers: how tasks are sent, what becomes of them in the workers, and what
// is refused.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ApiPlace } from './api.contract.ts';
import { expectError } from './api-calls.ts';

export async function sendingContract(
  t: TestContext,
  { umbel, api, prefork, solo }: ApiPlace,
): Promise<void> {
  await t.test('apply waits for the result', async () => {
    const reply = await umbel.post('/api/task/apply/shop.add', { args: [2, 3] });
    assert.equal(reply.status, 200, reply.text);
    assert.equal(reply.json.state, 'SUCCESS');
    assert.equal(reply.json.result, 5);
    const info = await api.ended(reply.json['task-id']);
    assert.deepEqual(
      [info.name, info.state, info.args, info.kwargs, info.result, info.worker, info.retries],
      ['shop.add', 'SUCCESS', [2, 3], {}, 5, prefork.hostname, 0],
    );
    for (const field of ['received', 'started', 'succeeded', 'runtime'] as const)
      assert.equal(typeof info[field], 'number', field);
  });

  await t.test('the documented body is read as JSON also under a form content type', async () => {
    const reply = await umbel.post('/api/task/apply/shop.add', '{"args": [1], "kwargs": {"y": 2}}', {
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.equal(reply.json.result, 3, reply.text);
  });

  await t.test('integers beyond 2^53 and floats arrive and come back exactly', async () => {
    const value = '[9007199254740993, 1180591620717411303424, 1.0, 0.1, -0.0, "ü☃", null]';
    const reply = await umbel.post('/api/task/apply/shop.same', `{"args": [${value}]}`);
    assert.match(
      reply.text.replaceAll(' ', ''),
      /"result":\[9007199254740993,1180591620717411303424,1\.0,0\.1,-0\.0,"ü☃",null\]/,
    );
    await api.ended(reply.json['task-id']);
    const info = await umbel.get(`/api/task/info/${reply.json['task-id']}`);
    assert.match(info.text.replaceAll(' ', ''), /"args":\[\[9007199254740993,1180591620717411303424,1\.0,/);
    const stored = await umbel.get(`/api/task/result/${reply.json['task-id']}`);
    assert.match(stored.text.replaceAll(' ', ''), /"result":\[9007199254740993,/);
  });

  await t.test('results that JSON has no word for are no server error', async () => {
    for (const [kind, shown] of [
      ['nan', /^NaN$/],
      ['infinity', /^Infinity$/],
      ['datetime', /^2026-01-02T03:04:05/],
    ] as const) {
      const reply = await umbel.post('/api/task/apply/shop.odd', { args: [kind] });
      assert.equal(reply.json.state, 'SUCCESS', reply.text);
      assert.match(String(reply.json.result), shown);
      await api.ended(reply.json['task-id']);
      assert.equal((await umbel.get('/api/tasks?taskname=shop.odd')).status, 200);
    }
  });

  await t.test('a task that expires before a worker is free never runs', async () => {
    await umbel.post('/api/task/async-apply/shop.sleep', { args: [2], queue: 'emails' });
    const late = await umbel.post('/api/task/async-apply/shop.add', {
      args: [1, 1],
      queue: 'emails',
      expires: 0.5,
    });
    const info = await api.ended(late.json['task-id']);
    assert.deepEqual([info.state, info.started], ['REVOKED', null]);
  });

  await t.test('a failing task is a normal answer of apply', async () => {
    const reply = await umbel.post('/api/task/apply/shop.fail', { args: ['out of stock'] });
    assert.equal(reply.status, 200);
    assert.equal(reply.json.state, 'FAILURE');
    assert.match(JSON.stringify(reply.json.result), /out of stock/);
    assert.match(reply.json.traceback ?? '', /ValueError: out of stock/);
    const info = await api.ended(reply.json['task-id']);
    assert.match(info.exception ?? '', /ValueError/);
  });

  await t.test('apply that takes too long is 504 and names the task', async () => {
    const reply = await umbel.post('/api/task/apply/shop.sleep?timeout=0.5', { args: [2] });
    assert.equal(reply.status, 504, reply.text);
    assert.match(reply.text, /[0-9a-f]{8}-[0-9a-f]{4}-/);
  });

  await t.test('a name that no worker has registered is 404, and send-task has no such check', async () => {
    expectError(await umbel.post('/api/task/apply/shop.nope', { args: [] }), 404, /shop\.nope/);
    expectError(await umbel.post('/api/task/async-apply/shop.nope', { args: [] }), 404, /shop\.nope/);
    const sent = await umbel.post('/api/task/send-task/shop.nope', { args: [] });
    assert.equal(sent.status, 200);
    const info = await api.ended(sent.json['task-id']);
    assert.equal(info.state, 'FAILURE');
    assert.match(info.exception ?? '', /NotRegistered/);
    expectError(
      await umbel.post(`/api/task/send-task/${'x'.repeat(1_001)}`, { args: [] }),
      400,
      /1000 bytes/,
    );
  });

  await t.test('send-task reaches the queue that it names', async () => {
    const sent = await umbel.post('/api/task/send-task/shop.add', { args: [1, 1], queue: 'emails' });
    assert.equal((await api.ended(sent.json['task-id'])).worker, solo.hostname);
  });

  await t.test('a retried task counts its retries and keeps its history', async () => {
    const reply = await umbel.post('/api/task/apply/shop.retry_then_succeed', { args: [2, 0.1] });
    assert.equal(reply.json.result, 2, reply.text);
    const info = await api.ended(reply.json['task-id']);
    assert.equal(info.retries, 2);
    const states = info.history?.map((entry) => entry.state) ?? [];
    assert.equal(states.filter((state) => state === 'RETRY').length, 2, states.join(' '));
  });

  await t.test('an eta is carried to the worker, and its task id is used once', async () => {
    const eta = new Date(Date.now() + 3_600_000).toISOString();
    const later = await umbel.post('/api/task/async-apply/shop.add', {
      args: [1, 1],
      eta,
      task_id: 'waits-an-hour',
    });
    assert.equal(later.json['task-id'], 'waits-an-hour', later.text);
    const info = await api.info('waits-an-hour', (task) => task.state === 'RECEIVED');
    assert.equal(Date.parse(info.eta ?? ''), Date.parse(eta));
    expectError(
      await umbel.post('/api/task/async-apply/shop.add', { args: [1, 1], task_id: 'waits-an-hour' }),
      409,
      /waits-an-hour/,
    );
  });
}
