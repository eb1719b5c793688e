import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKept, keptFrom, startOf } from './kept-step.ts';
import { sumTallies } from './sum-tallies.ts';
import type { Tally } from './tally.ts';

const tally = (at: number, received: number, fields: Partial<Tally> = {}): Tally => ({
  kind: 'name',
  label: 'n',
  at,
  counts: { received, started: 0, succeeded: 0, failed: 0, retried: 0, revoked: 0 },
  runSeconds: 0.1,
  run: [[20, 1]],
  wait: [],
  ...fields,
});

test('minutes are summed into the hours that hold them', () => {
  const sums = sumTallies(
    [tally(3_600, 1), tally(7_140, 2), tally(7_200, 4), tally(60, 8, { label: 'm' })],
    3_600,
  );
  assert.deepEqual(
    sums.map(({ label, at, counts, runSeconds, run }) => [label, at, counts.received, runSeconds, run]),
    [
      ['m', 0, 8, 0.1, [[20, 1]]],
      ['n', 3_600, 3, 0.2, [[20, 2]]],
      ['n', 7_200, 4, 0.1, [[20, 1]]],
    ],
  );
});

test('what comes to nothing is left out, down to the last fraction of a second', () => {
  const spans = [0.1, 0.2, 0.3, 0.7].map((runSeconds) => tally(0, 1, { runSeconds }));
  const back = tally(0, -4, { runSeconds: -1.3, run: [[20, -4]] });
  assert.deepEqual(sumTallies([...spans, back]), []);
});

test('stretches are kept while they are young, and never cut in two', () => {
  const now = 1_795_346_417;
  assert.equal(keptFrom(0, now) % 3_600, 0);
  assert.equal(keptFrom(1, now) % 86_400, 0);
  assert.ok(now - keptFrom(0, now) >= 2 * 86_400 && now - keptFrom(0, now) < 2 * 86_400 + 3_600);
  assert.ok(isKept(now - 399 * 86_400, now) && !isKept(now - 402 * 86_400, now));
  assert.ok(isKept(now + 3_600, now) && !isKept(now + 2 * 86_400, now));
  assert.equal(startOf(7_199, 3_600), 3_600);
});
