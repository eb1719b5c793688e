// More events than the store takes: how tasks went in between is given up, how they ended is not.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { startRedis, until } from '@umbel/testkit';
import { publishEvents } from '../../test/collector/publish-events.ts';
import { collect, folderFor, taskEvents } from '../../test/collector/running-collector.ts';

const TASKS = 400;

test('while the store cannot keep up intermediate states are left out, and every end is kept', {
  timeout: 90_000,
}, async (t) => {
  const redis = await startRedis(t);
  const dbPath = join(folderFor(t), 'umbel.db');
  const { store, collector, warnings } = await collect(t, redis.url, dbPath);
  const client = redis.client();
  const locker = new DatabaseSync(dbPath);
  t.after(() => locker.close());
  locker.exec('BEGIN IMMEDIATE');
  const lives = Array.from({ length: TASKS }, (_, n) => taskEvents(`t${n}`, 'x'.repeat(50_000)));
  const progress = (uuid: string) => ({
    type: 'task-progress',
    uuid,
    hostname: 'celery@flood',
    timestamp: Date.now() / 1000,
    clock: 9,
    pid: 1,
  });
  const beginnings = lives.flatMap(([received]) => (received === undefined ? [] : [received]));
  for (let n = 0; n < TASKS; n += 50) await publishEvents(client, beginnings.slice(n, n + 50));
  await until(() => collector.status().buffered.bytes > 33 * 1024 * 1024, {
    timeoutMs: 30_000,
    what: 'much to wait for the store',
  });
  await publishEvents(
    client,
    lives.flatMap(([, ...rest], n) => [progress(`t${n}`), ...rest]),
  );
  await until(() => collector.status().events.leftOut === TASKS, {
    timeoutMs: 30_000,
    what: () => `what is left out; ${JSON.stringify(collector.status())}`,
  });
  assert.equal(collector.status().buffered.paused, false);
  assert.ok(warnings.some((text) => text.startsWith('there are more events than can be written')));
  locker.exec('ROLLBACK');
  await until(async () => (await store.countByState()).get('SUCCESS') === TASKS, {
    timeoutMs: 30_000,
    what: 'the end of every task',
  });
  const record = (await store.readTasks(['t7'])).get('t7');
  assert.deepEqual([record?.custom, record?.args?.length], [null, 50_000]);
  await until(
    async () => {
      await publishEvents(client, [progress('t-later')]);
      return (await store.readTasks(['t-later'])).get('t-later')?.state === 'PROGRESS';
    },
    { timeoutMs: 20_000, everyMs: 500, what: 'states of their own to be kept again' },
  );
});
