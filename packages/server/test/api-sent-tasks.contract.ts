// What the REST API must do with real workers: tasks that were sent are revoked, aborted and waited for.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ApiPlace } from './api.contract.ts';
import { expectError } from './api-calls.ts';

export async function sentTasksContract(t: TestContext, { umbel, api }: ApiPlace): Promise<void> {
  await t.test('revoke keeps a waiting task from running', async () => {
    await umbel.post('/api/task/async-apply/shop.sleep', { args: [2], queue: 'emails' });
    const waiting = await umbel.post('/api/task/async-apply/shop.add', {
      args: [1, 1],
      queue: 'emails',
      countdown: 3,
    });
    const id = waiting.json['task-id'];
    await api.info(id, (task) => task.state === 'RECEIVED');
    const revoked = await umbel.post(`/api/task/revoke/${id}`);
    assert.equal(revoked.status, 200, revoked.text);
    assert.equal((await api.ended(id)).state, 'REVOKED');
  });

  await t.test('revoke with terminate ends a running task', async () => {
    const running = await umbel.post('/api/task/async-apply/shop.sleep', { args: [120] });
    const id = running.json['task-id'];
    await api.info(id, (task) => task.state === 'STARTED');
    assert.equal((await umbel.get(`/api/task/result/${id}`)).json.state, 'STARTED');
    expectError(await umbel.post(`/api/task/revoke/${id}?terminate=true&signal=SIGNOPE`), 400, /signal/);
    assert.equal((await umbel.post(`/api/task/revoke/${id}?terminate=true&signal=SIGKILL`)).status, 200);
    const info = await api.ended(id);
    assert.equal(info.state, 'REVOKED');
  });

  await t.test('abort tells an abortable task to stop', async () => {
    const running = await umbel.post('/api/task/async-apply/shop.abortable', { args: [60] });
    const id = running.json['task-id'];
    await api.info(id, (task) => task.state === 'STARTED');
    assert.equal((await umbel.post(`/api/task/abort/${id}`)).status, 200);
    const result = await umbel.get(`/api/task/result/${id}?timeout=20`);
    assert.equal(result.json.result, 'aborted', result.text);
  });

  await t.test('a result wait ends when the task ends, and at once when it already has', async () => {
    const running = await umbel.post('/api/task/async-apply/shop.sleep', { args: [1] });
    const waited = await umbel.get(`/api/task/result/${running.json['task-id']}?timeout=30`);
    assert.deepEqual([waited.json.state, waited.json.result], ['SUCCESS', 1]);
    const again = await umbel.get(`/api/task/result/${running.json['task-id']}?timeout=30`);
    assert.equal(again.json.state, 'SUCCESS');
    for (const query of ['', '?timeout=0.0005']) {
      assert.deepEqual((await umbel.get(`/api/task/result/unknown-id${query}`)).json, {
        'task-id': 'unknown-id',
        state: 'PENDING',
      });
    }
  });
}
