// Umbel on a disk whose fsync takes 0.5 to 2 seconds, while workers work: it is late and says so, and that is all.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { startRedis, until } from '@umbel/testkit';
import { publishEvents } from './collector/publish-events.ts';
import { taskEvents } from './collector/running-collector.ts';
import { startUmbel, type WorkerBody } from './start-umbel.ts';

const SLOW_DISK = pathToFileURL(join(import.meta.dirname, 'store/slow-disk.ts')).href;
const WORKERS = 20;
/** Longer than any worker may be silent. */
const ROUNDS = 50;
const ROUND_MS = 500;
const TASKS_A_ROUND = 150;

test('on a slow disk nothing is lost, no worker is called offline, the lag is told, and the end comes in time', {
  timeout: 120_000,
}, async (t) => {
  const redis = await startRedis(t);
  const umbel = await startUmbel(t, {
    broker: redis.url,
    env: { NODE_OPTIONS: `--import=${SLOW_DISK}` },
  });
  await until(async () => (await umbel.get('/readyz')).status === 200, { what: 'Umbel to listen' });
  const client = redis.client();
  const beats = () =>
    Array.from({ length: WORKERS }, (_, n) => ({
      type: 'worker-heartbeat',
      hostname: `celery@w${n}`,
      timestamp: Date.now() / 1000,
      utcoffset: 0,
      pid: n,
      clock: 1,
      freq: 2,
      active: 1,
      processed: 1,
    }));
  let sent = 0;
  const tasks = () => Array.from({ length: TASKS_A_ROUND }, () => taskEvents(`t${sent++}`)).flat();
  const lag = async () =>
    (await umbel.get<{ events: { lag_seconds: number } }>('/readyz')).json.events.lag_seconds;

  let mostLag = 0;
  let seen = 0;
  for (let round = 0; round < ROUNDS; round++) {
    await publishEvents(client, [...tasks(), ...beats()]);
    await sleep(ROUND_MS);
    mostLag = Math.max(mostLag, await lag());
    const rows = Object.entries((await umbel.get<Record<string, WorkerBody>>('/api/workers')).json);
    const beating = rows.filter(([name]) => name.startsWith('celery@w'));
    seen = Math.max(seen, beating.length);
    assert.deepEqual(
      beating.filter(([, { status }]) => status !== 'online'),
      [],
      `round ${round}`,
    );
  }
  assert.equal(seen, WORKERS);
  // Two seconds at its worst, looked at twice a second.
  assert.ok(mostLag > 1, `the lag was at most ${mostLag} s`);
  assert.ok(peakRssMb(umbel.process.pid) < 400, `${peakRssMb(umbel.process.pid)} MB`);
  await until(async () => (await umbel.get('/api/tasks?limit=1')).json.total === sent, {
    timeoutMs: 30_000,
    what: 'all tasks to be there',
  });

  // What was heard when the end is asked for is written, slowly, before it comes.
  await publishEvents(client, tasks());
  await until(async () => (await umbel.get(`/api/task/info/t${sent - 1}`)).status === 200, {
    timeoutMs: 30_000,
    what: 'the last task',
  });
  assert.equal(await umbel.stop(), 0, umbel.process.log());
  assert.doesNotMatch(umbel.process.log(), /is lost|are lost|does not end/);
  const file = new DatabaseSync(umbel.db, { readOnly: true });
  t.after(() => file.close());
  assert.equal(file.prepare('SELECT count(*) AS tasks FROM tasks').get()?.['tasks'], sent);
});

/** The most memory that a process has had. */
function peakRssMb(pid: number): number {
  const line = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(line?.[1]) / 1024;
}
