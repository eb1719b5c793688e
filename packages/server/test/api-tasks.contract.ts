// What the REST API must do with real workers: tasks that wait are counted; those that came are listed, searched
// and paged.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { until } from '@umbel/testkit';
import type { ApiPlace } from './api.contract.ts';
import { expectError, PATIENCE_MS } from './api-calls.ts';

export async function tasksContract(t: TestContext, { umbel, solo }: ApiPlace): Promise<void> {
  await t.test('queue lengths count what waits', async () => {
    await umbel.post('/api/task/async-apply/shop.sleep', { args: [3], queue: 'emails' });
    for (let n = 0; n < 5; n += 1)
      await umbel.post('/api/task/async-apply/shop.sleep', { args: [0], queue: 'emails', priority: n });
    const { json } = await umbel.get<Record<string, number>>('/api/queues/length');
    assert.ok((json.emails ?? 0) >= 3, JSON.stringify(json));
    assert.equal(json.celery, 0);
    await until(
      async () => (await umbel.get<Record<string, number>>('/api/queues/length')).json.emails === 0,
      {
        timeoutMs: PATIENCE_MS,
        what: 'an empty queue',
      },
    );
  });

  await t.test('tasks are listed, filtered, sorted, searched and paged', async () => {
    const all = (await umbel.get('/api/tasks?limit=1000')).json;
    assert.equal(all.total, all.tasks?.length);
    const received = all.tasks?.map((task) => task.received).filter((time) => typeof time === 'number') ?? [];
    assert.deepEqual(
      received,
      [...received].sort((a, b) => b - a),
    );
    const failed = (await umbel.get('/api/tasks?state=FAILURE&taskname=shop.fail')).json;
    assert.deepEqual(
      failed.tasks?.map((task) => task.name),
      ['shop.fail'],
    );
    assert.equal(
      (await umbel.get(`/api/tasks?workername=${solo.hostname}`)).json.tasks?.every(
        (task) => task.worker === solo.hostname,
      ),
      true,
    );
    assert.equal((await umbel.get('/api/tasks?search=OUT+of+stock')).json.total, 1);
    const page = (await umbel.get('/api/tasks?limit=2&offset=1&sort_by=name')).json;
    assert.deepEqual([page.limit, page.offset, page.tasks?.length], [2, 1, 2]);
    const beyond = (await umbel.get('/api/tasks?offset=100000')).json;
    assert.deepEqual(beyond.tasks, []);
    assert.ok((beyond.total ?? 0) >= (all.total ?? 0), 'the true total, also beyond the end');
    expectError(await umbel.get('/api/tasks?sort_by=colour'), 400, /sort_by/);
    expectError(await umbel.get('/api/tasks?limit=many'), 400, /limit/);
  });

  await t.test('task types are listed', async () => {
    const types = (await umbel.get('/api/task/types')).json['task-types'] ?? [];
    for (const type of ['shop.add', 'shop.sleep', 'shop.fail']) assert.ok(types.includes(type), type);
  });
}
