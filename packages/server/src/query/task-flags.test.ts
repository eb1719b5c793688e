import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyTask, type TaskRecord } from '@umbel/celery';
import type { QueryContext } from './query-context.ts';
import { type Flag, FLAGS } from './task-condition.ts';
import { hasFlag } from './task-flags.ts';

/** 2026-08-22T12:00:00Z */
const NOW_S = Date.UTC(2026, 7, 22, 12) / 1_000;

const KNOWN: QueryContext = {
  nowS: NOW_S,
  goneWorkers: new Map([['celery@gone', NOW_S - 60]]),
  slowAboveS: new Map([['shop.charge', 5]]),
  revoking: new Set(['to-revoke']),
};

function isFlagged(fields: Partial<TaskRecord>, flag: Flag): boolean {
  return hasFlag({ ...emptyTask('a'), ...fields }, flag, KNOWN);
}

const STANDS: Readonly<Record<string, Partial<TaskRecord>>> = {
  waiting: { state: 'RECEIVED', worker: 'celery@here', received: 1 },
  pending: { state: 'PENDING', sent: 1 },
  retry: { state: 'RETRY', retried: 3, started: 2, worker: 'celery@gone' },
  scheduled: { state: 'RECEIVED', worker: 'celery@here', eta: '2026-08-22T12:05:00' },
  due: { state: 'RECEIVED', worker: 'celery@here', eta: '2026-08-22T12:00:00' },
  running: { state: 'STARTED', worker: 'celery@here', started: NOW_S - 5 },
  progress: { state: 'PROGRESS', worker: 'celery@here', started: NOW_S - 5 },
  lost: { state: 'STARTED', worker: 'celery@gone', started: NOW_S - 500 },
  lostEarly: { state: 'RECEIVED', worker: 'celery@gone', eta: '2026-08-22T12:05:00' },
  lostProgress: { state: 'PROGRESS', worker: 'celery@gone' },
  requeued: { state: 'REJECTED', worker: 'celery@here', rejected: 2, requeue: true },
  rejected: { state: 'REJECTED', worker: 'celery@here', rejected: 2, requeue: false },
  success: { state: 'SUCCESS', worker: 'celery@gone', succeeded: 3 },
  recovered: { state: 'SUCCESS', worker: 'celery@gone', succeeded: 9, retried: 3, retries: 1 },
  again: { state: 'SUCCESS', succeeded: 9, failed: 3 },
  failure: { state: 'FAILURE', failed: 9, retries: 1 },
  revoking: { uuid: 'to-revoke', state: 'STARTED', started: NOW_S - 1 },
  revoked: { uuid: 'to-revoke', state: 'REVOKED', revoked: 9 },
  cut: { state: 'SUCCESS', succeeded: 3, args: "('a...',)" },
  slow: { name: 'shop.charge', state: 'SUCCESS', succeeded: 9, started: 1, runtime: 5.1 },
  slowRunning: { name: 'shop.charge', state: 'STARTED', started: NOW_S - 6 },
  quick: { name: 'shop.charge', state: 'SUCCESS', succeeded: 9, started: 1, runtime: 5 },
  quickRunning: { name: 'shop.charge', state: 'STARTED', started: NOW_S - 5 },
  lostSlow: { name: 'shop.charge', state: 'STARTED', started: NOW_S - 6, worker: 'celery@gone' },
};

const FLAGGED: Readonly<Record<Flag, readonly string[]>> = {
  running: ['running', 'progress', 'revoking', 'slowRunning', 'quickRunning'],
  waiting: ['waiting', 'pending', 'retry', 'due', 'requeued'],
  scheduled: ['scheduled'],
  lost: ['lost', 'lostEarly', 'lostProgress', 'lostSlow'],
  retried: ['retry', 'recovered', 'failure'],
  recovered: ['recovered', 'again'],
  revoking: ['revoking'],
  cut: ['cut'],
  // Nothing says of a task that it is another one again.
  rerun: [],
  slow: ['slow', 'slowRunning'],
};

test('every flag holds for the tasks it says, and for no other', () => {
  for (const flag of FLAGS) {
    const found = Object.keys(STANDS).filter((name) => isFlagged(STANDS[name] ?? {}, flag));
    assert.deepEqual(found.sort(), [...FLAGGED[flag]].sort(), flag);
  }
});

test('a task runs, waits, is scheduled or lost, and never two of these', () => {
  for (const [name, fields] of Object.entries(STANDS)) {
    const stages = (['running', 'waiting', 'scheduled', 'lost'] as const).filter((flag) =>
      isFlagged(fields, flag),
    );
    assert.ok(stages.length <= 1, name);
  }
});
