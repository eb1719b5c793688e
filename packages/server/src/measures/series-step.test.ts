import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SERIES_STEPS, seriesWindow } from './series-step.ts';

const HOUR_S = 3_600;
const DAY_S = 86_400;
/** Noon, and a bit. */
const NOW = 20_000 * DAY_S + 12 * HOUR_S + 90;

test('the step is the shortest of which there are not too many', () => {
  const step = (lengthS: number, most = 400) =>
    seriesWindow({ from: NOW - lengthS, to: NOW, most }, NOW).stepS;
  assert.deepEqual(
    [900, HOUR_S, 6 * HOUR_S, DAY_S, 7 * DAY_S, 30 * DAY_S, 300 * DAY_S].map((length) => step(length)),
    [60, 60, 60, 300, HOUR_S, 7_200, DAY_S],
  );
  assert.deepEqual([step(HOUR_S, 30), step(DAY_S, 30)], [300, HOUR_S]);
});

test('stretches hold the whole window and begin at multiples of their length', () => {
  for (const stepS of SERIES_STEPS) {
    const { from, at } = seriesWindow({ from: NOW - 1.7 * DAY_S, to: NOW, stepS, most: 1 }, NOW);
    assert.equal(from, at[0]);
    assert.ok(from <= NOW - 1.7 * DAY_S && from > NOW - 1.7 * DAY_S - stepS);
    assert.ok((at.at(-1) ?? 0) < NOW && (at.at(-1) ?? 0) >= NOW - stepS);
    for (const [index, begin] of at.entries())
      assert.deepEqual([begin % stepS, begin], [0, from + index * stepS]);
  }
});

test('where only longer stretches are kept, those are taken', () => {
  const step = (days: number) =>
    seriesWindow({ from: NOW - days * DAY_S, to: NOW, stepS: 60, most: 1 }, NOW).stepS;
  assert.deepEqual([step(1), step(3), step(30), step(40)], [60, HOUR_S, HOUR_S, DAY_S]);
});

test('nothing is asked of what is forgotten or still to come', () => {
  const all = seriesWindow({ from: 0, to: 1e11, most: 400 }, NOW);
  assert.equal(all.stepS, DAY_S);
  assert.ok(all.at.length <= 402 && all.to === NOW);
  assert.deepEqual(seriesWindow({ from: NOW + 60, to: NOW + 120, most: 9 }, NOW).at, []);
  assert.deepEqual(seriesWindow({ from: 5, to: 10, most: 9 }, NOW).at, []);
});
