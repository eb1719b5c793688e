// What the REST API must do with real workers: workers that fall silent, are shut down and die. The last part:
// it leaves few of them.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { ApiPlace } from './api.contract.ts';
import { expectError } from './api-calls.ts';

export async function endsContract(
  t: TestContext,
  { umbel, api, prefork, solo, scaling }: ApiPlace,
): Promise<void> {
  await t.test('a command to a worker that does not answer is 504 and names it', async () => {
    solo.signal('SIGSTOP');
    const reply = await umbel.post(`/api/worker/queue/add-consumer/${solo.hostname}?queue=x`);
    solo.signal('SIGCONT');
    expectError(reply, 504, /solo@test/);
  });

  await t.test('shutdown ends the worker, and it shows as offline', async () => {
    const reply = await umbel.post(`/api/worker/shutdown/${scaling.hostname}`);
    assert.equal(reply.status, 200, reply.text);
    await scaling.exited;
    await api.status(scaling, 'offline');
  });

  await t.test('processed and active agree with the worker itself', async () => {
    const worker = await api.worker(prefork);
    const total = Object.values(worker.stats?.total ?? {}).reduce((sum, count) => sum + count, 0);
    assert.equal(worker.processed, total);
    assert.equal(worker.active, 0);
  });

  await t.test('a worker that dies without a word is offline within 30 seconds', async () => {
    await prefork.kill();
    await api.status(prefork, 'offline');
  });
}
