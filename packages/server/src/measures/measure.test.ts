import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bucketOf } from './histogram.ts';
import { MEASURES, measureOf, NOTHING_COUNTED, restOf, weightOf } from './measure.ts';
import { addTallies, isNothing, type TallyValues } from './sum-tallies.ts';

const bucket = (seconds: number): number => bucketOf(seconds) ?? -1;
const SOME: TallyValues = {
  counts: { received: 9, started: 9, succeeded: 6, failed: 2, retried: 1, revoked: 1 },
  runSeconds: 20,
  run: [
    [bucket(1), 7],
    [bucket(10), 1],
  ],
  wait: [[bucket(0.05), 9]],
};

test('each measure is read off the counts', () => {
  const read = Object.fromEntries(MEASURES.map((measure) => [measure, measureOf(measure, SOME)]));
  assert.deepEqual(
    [read['finished'], read['failed_pct'], read['received'], read['revoked'], read['run_mean']],
    [8, 25, 9, 1, 2.5],
  );
  // The middle of a bucket is at most an eighth off.
  const near = (value: unknown, wanted: number) => assert.ok(Math.abs(Number(value) / wanted - 1) < 0.13);
  near(read['run_p50'], 1);
  near(read['run_p95'], 10);
  near(read['wait_p50'], 0.05);
});

test('where nothing happened counts are 0, and nothing else is known', () => {
  for (const measure of MEASURES) {
    const isCount = !/_/.test(measure);
    assert.equal(measureOf(measure, NOTHING_COUNTED), isCount ? 0 : null, measure);
    assert.equal(weightOf(measure, NOTHING_COUNTED), 0, measure);
  }
});

test('the rest of a sum is what the others leave of it, and never less than nothing', () => {
  const twice = addTallies(SOME, SOME);
  assert.deepEqual(restOf(twice, [SOME]), SOME);
  assert.ok(isNothing(restOf(SOME, [twice])));
  assert.deepEqual(restOf(SOME, []), SOME);
});
