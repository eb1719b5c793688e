import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionState } from './broker.ts';
import { createConnectionTracker, worstConnection } from './connection-tracker.ts';

test('a state is entered once and keeps its time while only the error changes', () => {
  let nowMs = 1;
  const seen: ConnectionState[] = [];
  const tracker = createConnectionTracker(() => nowMs);
  const stop = tracker.listen((state) => seen.push(state));
  nowMs = 2;
  tracker.enter({ state: 'connecting' });
  tracker.enter({ state: 'disconnected', error: 'a' });
  nowMs = 3;
  tracker.enter({ state: 'disconnected', error: 'a' });
  tracker.enter({ state: 'disconnected', error: 'b' });
  nowMs = 4;
  tracker.enter({ state: 'connected' });
  stop();
  tracker.enter({ state: 'disconnected', error: 'c' });
  assert.deepEqual(seen, [
    { state: 'disconnected', error: 'a', sinceMs: 2 },
    { state: 'disconnected', error: 'b', sinceMs: 2 },
    { state: 'connected', sinceMs: 4 },
  ]);
  assert.deepEqual(tracker.current, { state: 'disconnected', error: 'c', sinceMs: 4 });
});

test('several connections are as good as the worst of them', () => {
  const connected: ConnectionState = { state: 'connected', sinceMs: 1 };
  const connecting: ConnectionState = { state: 'connecting', sinceMs: 1 };
  const broken: ConnectionState = { state: 'disconnected', sinceMs: 1, error: 'x' };
  assert.equal(worstConnection([connected, connected]).state, 'connected');
  assert.equal(worstConnection([connected, connecting]).state, 'connecting');
  assert.equal(worstConnection([connecting, broken, connected]).state, 'disconnected');
});
