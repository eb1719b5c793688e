import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CeleryEvent, WorkerEvent } from '@umbel/celery';
import { aWorker } from '../../test/store/sample-records.ts';
import { createWorkerRoster, type WorkerRoster } from './worker-roster.ts';

function says(type: WorkerEvent['type'], timestamp: number, hostname = 'celery@a'): WorkerEvent {
  return {
    type,
    hostname,
    timestamp,
    clock: 1,
    pid: 7,
    freq: 2,
    active: 1,
    processed: 5,
    loadavg: [1, 2, 3],
  };
}

function startsTask(timestamp: number, hostname = 'celery@a'): CeleryEvent {
  return { type: 'task-started', hostname, timestamp, clock: 1, uuid: 'u' };
}

/** Moments at which Umbel has listened all the time. */
const at = (seconds: number) => ({ nowS: 1000 + seconds, listenedS: seconds });

function statusOf(roster: WorkerRoster): string[] {
  return roster
    .take()
    .workers.map(({ hostname, status, offlineReason }) =>
      `${hostname} ${status} ${offlineReason ?? ''}`.trim(),
    );
}

test('a worker that speaks is online, and offline when it is silent for too long', () => {
  const roster = createWorkerRoster([]);
  roster.merge(says('worker-heartbeat', 50), at(0));
  assert.deepEqual(statusOf(roster), ['celery@a online']);
  assert.equal(roster.tick(at(9)), false);
  assert.equal(roster.tick(at(11)), true);
  roster.tick(at(20));
  assert.deepEqual(statusOf(roster), []);
  roster.tick(at(21));
  const [gone] = roster.take().workers;
  assert.equal(gone?.status, 'offline');
  assert.equal(gone?.offlineReason, 'silent');
  assert.equal(gone?.statusSince, 1021);
  assert.equal(gone?.lastHeard, 1000);
  roster.merge(startsTask(71), at(22));
  assert.deepEqual(statusOf(roster), ['celery@a online']);
});

test('time in which Umbel did not listen makes nobody silent', () => {
  const roster = createWorkerRoster([]);
  roster.merge(says('worker-heartbeat', 50), at(0));
  roster.take();
  roster.tick({ nowS: 5000, listenedS: 3 });
  assert.deepEqual(statusOf(roster), []);
});

test('after a new connection all silence begins anew', () => {
  const roster = createWorkerRoster([]);
  roster.merge(says('worker-heartbeat', 50), at(0));
  roster.take();
  roster.restart(at(19));
  roster.tick(at(38));
  assert.deepEqual(statusOf(roster), []);
  roster.tick(at(40));
  assert.deepEqual(statusOf(roster), ['celery@a offline silent']);
});

test('a goodbye takes effect at once; late news of tasks does not take it back, a newer greeting does', () => {
  const roster = createWorkerRoster([]);
  roster.merge(says('worker-heartbeat', 50), at(0));
  roster.merge(says('worker-offline', 51), at(1));
  assert.deepEqual(statusOf(roster), ['celery@a offline goodbye']);
  roster.merge(startsTask(50.5), at(2));
  roster.merge(says('worker-heartbeat', 49), at(2));
  assert.deepEqual(statusOf(roster), ['celery@a offline goodbye']);
  roster.merge(says('worker-online', 60), at(3));
  assert.deepEqual(statusOf(roster), ['celery@a online']);
});

test('a goodbye that arrives after the newer greeting does not count', () => {
  const roster = createWorkerRoster([]);
  roster.merge(says('worker-online', 60), at(0));
  roster.merge(says('worker-offline', 59), at(1));
  assert.deepEqual(statusOf(roster), ['celery@a online']);
});

test('a worker whose clock was set back after its goodbye is online again when it goes on speaking, and can say goodbye again', () => {
  const roster = createWorkerRoster([]);
  roster.merge(says('worker-heartbeat', 9_000), at(0));
  roster.merge(says('worker-offline', 9_001), at(1));
  roster.merge(says('worker-online', 50), at(2));
  assert.deepEqual(statusOf(roster), ['celery@a offline goodbye']);
  roster.merge(says('worker-heartbeat', 70), at(22));
  assert.deepEqual(statusOf(roster), ['celery@a online']);
  roster.tick(at(40));
  roster.merge(says('worker-offline', 89), at(41));
  assert.deepEqual(statusOf(roster), ['celery@a offline goodbye']);
});

test('times of its own that Umbel noted while its clock was ahead are put right', () => {
  const roster = createWorkerRoster([
    aWorker({
      hostname: 'celery@a',
      status: 'offline',
      offlineReason: 'silent',
      statusSince: 9e9,
      lastHeard: 9e9,
    }),
    aWorker({ hostname: 'celery@b', statusSince: 900, lastHeard: 9e9 }),
  ]);
  roster.forgetOfflineFor(100, 1_000);
  assert.deepEqual(
    roster.take().workers.map(({ hostname, statusSince, lastHeard }) => [hostname, statusSince, lastHeard]),
    [
      ['celery@a', 1_000, 1_000],
      ['celery@b', 900, 1_000],
    ],
  );
  roster.forgetOfflineFor(100, 1_101);
  assert.deepEqual(roster.take().forgottenWorkers, ['celery@a']);
});

test('a clock that is set back does not stop the writing of who was heard', () => {
  const roster = createWorkerRoster([]);
  roster.merge(startsTask(1), { nowS: 9e9, listenedS: 0 });
  roster.take();
  roster.merge(startsTask(2), { nowS: 1_000, listenedS: 1 });
  assert.equal(roster.take().workers[0]?.lastHeard, 1_000);
});

test('workers of an earlier run keep their status until Umbel has listened for itself', () => {
  const stored = [
    aWorker({ hostname: 'celery@a', lastHeard: 10, statusSince: 5 }),
    aWorker({ hostname: 'celery@b', status: 'offline', offlineReason: 'silent', lastHeard: 10 }),
  ];
  const roster = createWorkerRoster(stored);
  roster.tick({ nowS: 100_000, listenedS: 19 });
  assert.deepEqual(statusOf(roster), []);
  roster.tick({ nowS: 100_001, listenedS: 21 });
  assert.deepEqual(statusOf(roster), ['celery@a offline silent']);
});

test('clients are no workers', () => {
  const roster = createWorkerRoster([]);
  roster.merge(startsTask(1, 'gen123@web'), at(0));
  assert.deepEqual(statusOf(roster), []);
});

test('news of tasks alone is written no more often than every five seconds', () => {
  const roster = createWorkerRoster([]);
  roster.merge(startsTask(1), at(0));
  assert.equal(roster.take().workers.length, 1);
  roster.merge(startsTask(5), at(4));
  assert.equal(roster.take().workers.length, 0);
  roster.merge(startsTask(6), at(5));
  assert.equal(roster.take().workers[0]?.lastHeard, 1005);
});

test('workers given back are written again, as they are then', () => {
  const roster = createWorkerRoster([]);
  roster.merge(says('worker-heartbeat', 50), at(0));
  const taken = roster.take();
  roster.merge(says('worker-offline', 51), at(1));
  roster.giveBack(taken);
  assert.deepEqual(statusOf(roster), ['celery@a offline goodbye']);
});

test('workers that are gone for long are forgotten, here and in the store, others are not', () => {
  const roster = createWorkerRoster([
    aWorker({ hostname: 'celery@old', status: 'offline', offlineReason: 'silent', statusSince: 10 }),
    aWorker({ hostname: 'celery@on', statusSince: 10, lastHeard: 90 }),
    aWorker({
      hostname: 'celery@new',
      status: 'offline',
      offlineReason: 'silent',
      statusSince: 90,
      lastHeard: 90,
    }),
  ]);
  roster.forgetOfflineFor(50, 100);
  assert.deepEqual(roster.take(), { workers: [], forgottenWorkers: ['celery@old'] });
  roster.forgetOfflineFor(50, 100);
  assert.deepEqual(roster.take(), { workers: [], forgottenWorkers: [] });
});

test('what the store did not forget yet is told again; who comes back meanwhile is not', () => {
  const stored = ['celery@a', 'celery@b'].map((hostname) =>
    aWorker({ hostname, status: 'offline', offlineReason: 'silent', statusSince: 10 }),
  );
  const roster = createWorkerRoster(stored);
  roster.forgetOfflineFor(50, 100);
  const taken = roster.take();
  roster.merge(says('worker-online', 60, 'celery@b'), at(0));
  roster.giveBack(taken);
  const again = roster.take();
  assert.deepEqual(again.forgottenWorkers, ['celery@a']);
  assert.deepEqual(
    again.workers.map(({ hostname }) => hostname),
    ['celery@b'],
  );
});

test('a worker forgotten while the store writes it is forgotten there afterwards', () => {
  const roster = createWorkerRoster([]);
  roster.merge(says('worker-offline', 1), at(0));
  const taken = roster.take();
  roster.forgetOfflineFor(0, 1002);
  roster.settle(taken);
  assert.deepEqual(roster.take().forgottenWorkers, ['celery@a']);
});

test('a flood of made-up worker names stays bounded, here and in the store', () => {
  const roster = createWorkerRoster([]);
  const inStore = new Set<string>();
  const write = () => {
    const changes = roster.take();
    for (const hostname of changes.forgottenWorkers) inStore.delete(hostname);
    for (const { hostname } of changes.workers) inStore.add(hostname);
    roster.settle(changes);
  };
  roster.merge(says('worker-online', 1, 'celery@real'), { nowS: 1e6, listenedS: 0 });
  for (let n = 0; n < 50_000; n++) {
    roster.merge(says('worker-online', 1, `celery@${n}`), { nowS: 1000 + n, listenedS: 0 });
    if (n % 1000 === 0) write();
  }
  write();
  assert.ok(inStore.size <= 20_000, `${inStore.size} in the store`);
  roster.merge(says('worker-heartbeat', 2, 'celery@real'), { nowS: 1e6, listenedS: 0 });
  assert.equal(roster.take().workers.length, 1);
  // Everybody that is still there becomes silent: all that the store has, and nobody else.
  roster.tick({ nowS: 2e6, listenedS: 100 });
  assert.deepEqual(new Set(roster.take().workers.map(({ hostname }) => hostname)), inStore);
});

test('of too many workers of earlier runs the longest unheard are forgotten', () => {
  const stored = Array.from({ length: 20_005 }, (_, n) => aWorker({ hostname: `celery@${n}`, lastHeard: n }));
  const roster = createWorkerRoster(stored);
  assert.deepEqual(
    roster.take().forgottenWorkers,
    [0, 1, 2, 3, 4].map((n) => `celery@${n}`),
  );
});
