// What the REST API must do with real workers: that the running workers are listed, complete, and can be narrowed.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { until } from '@umbel/testkit';
import type { ApiPlace } from './api.contract.ts';
import { expectError, PATIENCE_MS, type Workers } from './api-calls.ts';

export async function workersContract(
  t: TestContext,
  { umbel, prefork, solo, scaling }: ApiPlace,
): Promise<void> {
  await t.test('workers are complete without anybody asking for a refresh', async () => {
    const workers = await until(
      async () => {
        const { json } = await umbel.get<Workers>('/api/workers');
        return (
          [prefork, solo, scaling].every(
            (worker) =>
              json[worker.hostname]?.stats !== undefined && json[worker.hostname]?.load?.length === 3,
          ) && json
        );
      },
      { timeoutMs: PATIENCE_MS, what: 'all three workers with their stats' },
    );
    const worker = workers[prefork.hostname];
    assert.equal(worker?.status, 'online');
    assert.equal(worker?.active, 0);
    assert.equal(worker?.processed, 0);
    assert.equal(worker?.load?.length, 3);
    assert.ok(worker?.registered?.includes('shop.add'));
    assert.deepEqual(
      worker?.active_queues?.map((queue) => queue.name),
      ['celery'],
    );
    assert.equal(worker?.concurrency, 2);
    assert.equal(worker?.stats?.pid, prefork.pid);
  });

  await t.test('the worker list can be narrowed to states or to one name', async () => {
    const states = await umbel.get<Workers>('/api/workers?status=1');
    assert.deepEqual(states.json[solo.hostname], { status: 'online' });
    const one = await umbel.get<Workers>(
      `/api/workers?refresh=1&workername=${encodeURIComponent(solo.hostname)}`,
    );
    assert.deepEqual(Object.keys(one.json), [solo.hostname]);
    expectError(await umbel.get('/api/workers?workername=nobody@test'), 404, /nobody@test/);
  });
}
