import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { histogramOf } from '../../measures/histogram.ts';
import { decodeTally, encodeTally } from './tallies-encoding.ts';

const NONE = { received: 0, started: 0, succeeded: 0, failed: 0, retried: 0, revoked: 0 };

test('any counts come back from their bytes', () => {
  const count = fc.integer({ min: -(2 ** 50), max: 2 ** 50 });
  const histogram = fc
    .array(fc.tuple(fc.integer({ min: 0, max: 120 }), count), { maxLength: 121 })
    .map((buckets) => histogramOf(new Map(buckets)));
  const tally = fc.record(
    {
      counts: fc.record(
        { received: count, started: count, succeeded: count, failed: count, retried: count, revoked: count },
        { noNullPrototype: true },
      ),
      runSeconds: fc.integer({ min: 0, max: 2 ** 50 }).map((microseconds) => microseconds / 1e6),
      run: histogram,
      wait: histogram,
    },
    { noNullPrototype: true },
  );
  fc.assert(fc.property(tally, (values) => assert.deepEqual(decodeTally(encodeTally(values)), values)));
});

test('the counts of an ordinary minute take some 20 bytes', () => {
  const values = {
    counts: { ...NONE, received: 30, started: 31, succeeded: 29 },
    runSeconds: 4.2,
    run: [
      [18, 12],
      [21, 17],
    ],
    wait: [
      [5, 20],
      [9, 11],
    ],
  } as const;
  assert.equal(encodeTally(values).length, 19);
});

test('what nobody can have counted up to is refused', () => {
  const counts = { ...NONE, received: 2 ** 60 };
  assert.throws(() => encodeTally({ counts, runSeconds: 0, run: [], wait: [] }), RangeError);
  assert.throws(() => encodeTally({ counts: NONE, runSeconds: NaN, run: [], wait: [] }), RangeError);
});
