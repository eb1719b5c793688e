// Workers that send no events at all, or none of their own accord: known from what they answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRedis, startWorker, until } from '@umbel/testkit';
import { startUmbel, type WorkerBody } from './start-umbel.ts';

const QUIET = ['--without-heartbeat', '--without-gossip', '--without-mingle'];

test('a worker without events is shown complete, follows commands, and is missed when it dies', {
  timeout: 180_000,
}, async (t) => {
  const redis = await startRedis(t);
  const umbel = await startUmbel(t, { broker: redis.url, resultBackend: redis.url });
  const worker = await startWorker(t, {
    brokerUrl: redis.url,
    resultBackend: redis.url,
    name: 'quiet@test',
    events: false,
    args: QUIET,
    env: { CELERY_CONF: JSON.stringify({ task_default_queue: 'quiet' }) },
  });
  const shown = (accept: (row: WorkerBody) => boolean, what: string) =>
    until(
      async () => {
        const row = (await umbel.get<Record<string, WorkerBody>>('/api/workers')).json['quiet@test'];
        return row !== undefined && accept(row) && row;
      },
      { timeoutMs: 30_000, what },
    );

  const row = await shown(({ stats, registered, active_queues }) => {
    return stats !== undefined && registered !== undefined && active_queues !== undefined;
  }, 'the worker, complete');
  assert.deepEqual([row.status, row.active, row.processed, row.stats?.pid], ['online', 0, 0, worker.pid]);

  // Nobody names a queue: the worker's own is taken.
  const applied = await umbel.post('/api/task/apply/shop.add', { args: [1, 2] });
  assert.equal(applied.json.result, 3, applied.text);

  await umbel.post('/api/worker/queue/add-consumer/quiet@test', { queue: 'extra' });
  await shown(
    ({ active_queues: queues }) => queues?.at(-1)?.name === 'extra',
    'the new queue, without refresh',
  );

  await worker.kill();
  await shown(({ status }) => status === 'offline', 'the worker to be offline');
});
