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
    .map(({ hostname, status, offlineReason }) => `${hostname} ${status} ${offlineReason ?? ''}`.trim());
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
  const [gone] = roster.take();
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
  assert.equal(roster.take().length, 1);
  roster.merge(startsTask(5), at(4));
  assert.equal(roster.take().length, 0);
  roster.merge(startsTask(6), at(5));
  assert.equal(roster.take()[0]?.lastHeard, 1005);
});

test('workers given back are written again, as they are then', () => {
  const roster = createWorkerRoster([]);
  roster.merge(says('worker-heartbeat', 50), at(0));
  const taken = roster.take();
  roster.merge(says('worker-offline', 51), at(1));
  roster.giveBack(taken);
  assert.deepEqual(statusOf(roster), ['celery@a offline goodbye']);
});

test('workers that are gone for long are forgotten, others are not', () => {
  const roster = createWorkerRoster([
    aWorker({ hostname: 'celery@old', status: 'offline', offlineReason: 'silent', statusSince: 10 }),
    aWorker({ hostname: 'celery@on', statusSince: 10 }),
    aWorker({ hostname: 'celery@new', status: 'offline', offlineReason: 'silent', statusSince: 90 }),
  ]);
  assert.deepEqual(roster.forgetOfflineSince(50), ['celery@old']);
  assert.deepEqual(roster.forgetOfflineSince(50), []);
});

test('a flood of made-up worker names stays bounded', () => {
  const roster = createWorkerRoster([]);
  roster.merge(says('worker-online', 1, 'celery@real'), { nowS: 1e6, listenedS: 0 });
  for (let n = 0; n < 50_000; n++) {
    roster.merge(says('worker-online', 1, `celery@${n}`), { nowS: 1000 + n, listenedS: 0 });
    if (n % 1000 === 0) roster.take();
  }
  roster.take();
  roster.merge(says('worker-heartbeat', 2, 'celery@real'), { nowS: 1e6, listenedS: 0 });
  assert.equal(roster.take().length, 1);
  // Everybody that is still there becomes silent.
  roster.tick({ nowS: 2e6, listenedS: 100 });
  assert.ok(roster.take().length <= 20_000);
});
