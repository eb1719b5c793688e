import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  bucketOf,
  bucketStart,
  EMPTY_HISTOGRAM,
  type Histogram,
  histogramCount,
  histogramOf,
  LAST_BUCKET,
  mergeHistograms,
  percentile,
} from './histogram.ts';

const spans = (...seconds: number[]): Histogram =>
  seconds.reduce<Histogram>((sum, span) => mergeHistograms(sum, [[bucketOf(span) ?? -1, 1]]), []);

test('buckets begin where they say', () => {
  assert.deepEqual(
    [0.001, 0.0012, 0.00126, 0.01, 0.1, 1, 9.99, 10, 100].map(bucketOf),
    [0, 0, 1, 10, 20, 30, 39, 40, 50],
  );
  for (let bucket = 0; bucket <= LAST_BUCKET; bucket++) assert.equal(bucketOf(bucketStart(bucket)), bucket);
});

test('spans that cannot be are in the first or the last bucket, and what is no number is in none', () => {
  assert.deepEqual([-5, -0, 0, 1e-9, -Infinity].map(bucketOf), [0, 0, 0, 0, 0]);
  assert.deepEqual([1e300, Infinity].map(bucketOf), [LAST_BUCKET, LAST_BUCKET]);
  assert.equal(bucketOf(NaN), null);
});

test('a percentile is true to an eighth, whatever the spans', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (seconds, share) => {
        const sorted = seconds.toSorted((a, b) => a - b);
        const exact = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
        const read = percentile(spans(...seconds), share) ?? NaN;
        assert.ok(read / exact < 1.13 && read / exact > 0.88, `${read} for ${exact}`);
      },
    ),
  );
});

test('percentiles of nothing, and of what was taken back, are none', () => {
  assert.equal(percentile(EMPTY_HISTOGRAM, 0.5), null);
  assert.equal(percentile([[3, -2]], 0.5), null);
  assert.equal(percentile([[3, 1]], 7), bucketStart(3.5));
});

test('adding up does not depend on the order, and leaves nothing of what is taken back', () => {
  const a: Histogram = [
    [1, 2],
    [5, 1],
  ];
  const b: Histogram = [
    [0, 4],
    [5, -1],
  ];
  assert.deepEqual(mergeHistograms(a, b), [
    [0, 4],
    [1, 2],
  ]);
  assert.deepEqual(mergeHistograms(b, a), mergeHistograms(a, b));
  assert.deepEqual(mergeHistograms(a, EMPTY_HISTOGRAM), a);
  assert.equal(histogramCount(a), 3);
  assert.deepEqual(histogramOf(new Map([[7, 0]])), []);
});
