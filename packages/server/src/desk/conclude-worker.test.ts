import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerView } from '../../test/http/recording-desk.ts';
import { concludeWorker, forgottenWorkers } from './conclude-worker.ts';

const online = workerView('a@test').worker;
const gone = { ...online, status: 'offline', offlineReason: 'goodbye', statusSince: 1_000 } as const;
const known = { hostname: 'a@test', askedAt: { stats: 900, active: 950 }, replies: { stats: { pid: 7 } } };

test('what its events say of a worker that is online stays', () => {
  assert.equal(concludeWorker(online, known, { sinceS: 1, lastS: 2 }), online);
  assert.equal(concludeWorker(online, undefined, undefined), online);
});

test('a worker that is offline by its events is back when it answers later', () => {
  assert.equal(concludeWorker(gone, known, undefined), gone);
  assert.equal(concludeWorker(gone, known, { sinceS: 500, lastS: 999 }), gone);
  const back = concludeWorker(gone, known, { sinceS: 1_010, lastS: 1_020 });
  assert.deepEqual([back?.status, back?.statusSince, back?.offlineReason], ['online', 1_010, null]);
});

test('a worker without events is known from its answers', () => {
  const there = concludeWorker(undefined, known, { sinceS: 900, lastS: 990 });
  assert.deepEqual(
    [there?.status, there?.statusSince, there?.lastHeard, there?.pid],
    ['online', 900, 990, 7],
  );
  const silent = concludeWorker(undefined, known, undefined);
  assert.deepEqual([silent?.status, silent?.offlineReason, silent?.lastHeard], ['offline', 'silent', 950]);
  assert.equal(concludeWorker(undefined, undefined, { sinceS: 1, lastS: 2 }), undefined);
});

test('a worker of which only answers of more than an hour ago are left is forgotten', () => {
  const quiet = { hostname: 'quiet@test', askedAt: { stats: 1_000 }, replies: {} };
  assert.deepEqual(forgottenWorkers([known, quiet], new Set(['a@test']), 4_601), ['quiet@test']);
  assert.deepEqual(forgottenWorkers([known, quiet], new Set(['a@test']), 4_600), []);
  assert.deepEqual(forgottenWorkers([known, quiet], new Set(), 4_550), []);
});
