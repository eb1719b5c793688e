// What every Store must do: counts of stretches of time add up, whatever length they are kept in, and samples of gauges come back.
// Folding goes by the store's own clock, so times are said as so long ago.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aTask } from '../../test/store/sample-records.ts';
import { keptFrom, startOf } from '../measures/kept-step.ts';
import { MOST_LABELS, OTHER_LABEL, type Tally } from '../measures/tally.ts';
import type { Gauge, TallyQuery } from './measures.ts';
import type { OpenStore } from './store.contract.ts';
import type { Store } from './store.ts';

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

const aTally = (
  at: number,
  fields: Partial<Tally> & { readonly received?: number | undefined } = {},
): Tally => {
  const { received = 1, ...rest } = fields;
  return {
    kind: 'name',
    label: 'n',
    at,
    counts: { received, started: 0, succeeded: 1, failed: 0, retried: 0, revoked: 0 },
    runSeconds: 0.25,
    run: [[23, 1]],
    wait: [
      [0, 1],
      [7, 2],
    ],
    ...rest,
  };
};
const back = (tally: Tally): Tally => ({
  ...tally,
  counts: { ...tally.counts, received: -tally.counts.received, succeeded: -tally.counts.succeeded },
  runSeconds: -tally.runSeconds,
  run: tally.run.map(([bucket, count]) => [bucket, -count]),
  wait: tally.wait.map(([bucket, count]) => [bucket, -count]),
});

const count = (store: Store, tallies: readonly Tally[]) => store.write({ tasks: [], workers: [], tallies });
const ask = async (store: Store, query: Partial<TallyQuery> = {}) =>
  store.tallies({ kind: 'name', from: 0, to: 1e10, stepS: MINUTE_S, ...query });
/** Label, begin, length and number received. */
const received = async (store: Store, query: Partial<TallyQuery> = {}) =>
  (await ask(store, query)).map(({ label, at, stepS, counts }) => [label, at, stepS, counts.received]);

async function tidyUp(store: Store): Promise<void> {
  for (let steps = 0; await store.tidy(); steps++) assert.ok(steps < 10_000, 'upkeep comes to an end');
}

export function measuringContract(open: OpenStore): void {
  const now = startOf(Date.now() / 1000, MINUTE_S);

  test('counts add up by stretch and label, and come back as they were counted', async (t) => {
    const store = await open(t);
    const tally = aTally(now);
    await count(store, [
      tally,
      aTally(now, { label: 'm' }),
      aTally(now - 60),
      aTally(now, { kind: 'all', label: '' }),
    ]);
    await count(store, [tally]);
    const twice: Tally = {
      ...tally,
      counts: { ...tally.counts, received: 2, succeeded: 2 },
      runSeconds: 0.5,
      run: [[23, 2]],
      wait: [
        [0, 2],
        [7, 4],
      ],
    };
    const answer = await ask(store);
    assert.deepEqual(answer, [
      { ...aTally(now - 60), stepS: 60 },
      { ...aTally(now, { label: 'm' }), stepS: 60 },
      { ...twice, stepS: 60 },
    ]);
    assert.deepEqual(await received(store, { labels: ['m', 'unknown'] }), [['m', now, 60, 1]]);
    assert.deepEqual(await received(store, { kind: 'all' }), [['', now, 60, 1]]);
    assert.deepEqual(await received(store, { labels: [] }), []);
  });

  test('a window holds the stretches that begin in it', async (t) => {
    const store = await open(t);
    const hour = startOf(now, HOUR_S) - HOUR_S;
    await count(
      store,
      [-60, 0, 60, 299, 300, 3_540, 3_600].map((after) => aTally(hour + after)),
    );
    const begins = async (query: Partial<TallyQuery>) =>
      (await ask(store, query)).map(({ at, counts }) => [at - hour, counts.received]);
    assert.deepEqual(await begins({ from: hour, to: hour + 120 }), [
      [0, 1],
      [60, 1],
    ]);
    assert.deepEqual(await begins({ from: hour + 1, to: hour + 61 }), [[60, 1]]);
    assert.deepEqual(await begins({ from: hour, to: hour + HOUR_S, stepS: 300 }), [
      [0, 3],
      [300, 1],
      [3_300, 1],
    ]);
    assert.deepEqual(await begins({ from: hour, to: hour + HOUR_S, stepS: HOUR_S }), [[0, 5]]);
    // Hours of which some minutes are summed up already, and some are not.
    await tidyUp(store);
    assert.deepEqual(await begins({ from: hour, to: hour + HOUR_S, stepS: HOUR_S }), [[0, 5]]);
    assert.deepEqual(await begins({ from: hour, to: hour + 1, stepS: MINUTE_S }), [[0, 1]]);
  });

  test('what is taken back is gone, and never becomes less than nothing', async (t) => {
    const store = await open(t);
    const tally = aTally(now);
    await count(store, [tally, back(tally)]);
    assert.deepEqual(await ask(store), []);
    await count(store, [tally]);
    await count(store, [back(tally), back(tally)]);
    assert.deepEqual(await ask(store), []);
    await count(store, [tally]);
    assert.deepEqual(await ask(store), []);
    await count(store, [tally]);
    assert.deepEqual(await received(store), [['n', now, 60, 1]]);
  });

  test('old minutes come as hours, old hours as days, and what is older is forgotten', async (t) => {
    const store = await open(t);
    const ages = [0.5, 1, 3, 3, 30, 40, 40, 399, 405];
    const times = ages.map((days, index) => startOf(now - days * DAY_S, HOUR_S) + index * MINUTE_S);
    await count(
      store,
      times.map((at) => aTally(at)),
    );
    const expected = [
      [startOf(times[7] ?? 0, DAY_S), DAY_S, 1],
      [startOf(times[5] ?? 0, DAY_S), DAY_S, 2],
      [startOf(times[4] ?? 0, HOUR_S), HOUR_S, 1],
      [startOf(times[2] ?? 0, HOUR_S), HOUR_S, 2],
      [times[1], MINUTE_S, 1],
      [times[0], MINUTE_S, 1],
    ].map((row) => ['n', ...row]);
    assert.deepEqual(await received(store), expected);
    await tidyUp(store);
    assert.deepEqual(await received(store), expected);
    assert.equal(await store.tidy(), false);
    const days = async () =>
      (await received(store, { stepS: DAY_S })).map(([, at, stepS, number]) => [at, stepS, number]);
    const byDay = new Map<number, number>();
    for (const at of times.slice(0, -1))
      byDay.set(startOf(at, DAY_S), (byDay.get(startOf(at, DAY_S)) ?? 0) + 1);
    const inDays = [...byDay].sort(([a], [b]) => a - b).map(([at, number]) => [at, DAY_S, number]);
    assert.deepEqual(await days(), inDays);

    // What is counted, or taken back, long afterwards.
    await count(
      store,
      times.map((at) => aTally(at)),
    );
    assert.deepEqual(
      await received(store),
      expected.map(([label, at, stepS, number]) => [label, at, stepS, 2 * Number(number)]),
    );
    await count(
      store,
      times.flatMap((at) => [back(aTally(at)), back(aTally(at))]),
    );
    assert.deepEqual(await ask(store), []);
    assert.deepEqual(await days(), []);
  });

  test('what happens in a clock’s far future or past is not counted', async (t) => {
    const store = await open(t);
    await count(store, [
      aTally(0),
      aTally(60),
      aTally(253_402_300_740),
      aTally(now + 3 * DAY_S),
      aTally(now + HOUR_S),
    ]);
    assert.deepEqual(await received(store), [['n', now + HOUR_S, 60, 1]]);
  });

  test('the labels of a stretch are bounded; the others count together', async (t) => {
    const store = await open(t);
    const old = keptFrom(0, now) - HOUR_S;
    for (const at of [now, old]) {
      const many = Array.from({ length: MOST_LABELS + 50 }, (_, n) => aTally(at, { label: `n${n}` }));
      await count(store, many.slice(0, 600));
      await count(store, many);
      await tidyUp(store);
      const rows = await received(store, { from: at, to: at + 1 });
      assert.equal(rows.length, MOST_LABELS + 1);
      const others = rows.filter(([label]) => label === OTHER_LABEL).map(([, , , number]) => number);
      assert.deepEqual(others, [50]);
      assert.equal(
        rows.reduce((sum, [, , , number]) => sum + Number(number), 0),
        MOST_LABELS + 650,
      );
      // Who is counted by its own name stays so.
      await count(store, [aTally(at, { label: 'n3' }), aTally(at, { label: 'late' })]);
      assert.deepEqual(
        (await received(store, { from: at, to: at + 1, labels: ['n3', OTHER_LABEL] })).map(
          ([, , , number]) => number,
        ),
        [51, 3],
      );
    }
  });

  test('counts are written with their tasks, or not at all', async (t) => {
    const store = await open(t);
    await assert.rejects(
      store.write({
        tasks: [{ ...aTask({ uuid: 'a', received: now }), timestamp: null as unknown as number }],
        workers: [],
        tallies: [aTally(now)],
      }),
    );
    assert.deepEqual(await ask(store), []);
    await store.write({ tasks: [aTask({ uuid: 'a', received: now })], workers: [], tallies: [aTally(now)] });
    await store.prune({ before: now + 1, limit: 10 });
    assert.deepEqual(await received(store), [['n', now, 60, 1]]);
  });

  test('samples of gauges come back: of each label the newest of each stretch', async (t) => {
    const store = await open(t);
    const queue = (label: string, at: number, depth: number): Gauge => ({
      kind: 'queue',
      label,
      at,
      values: { depth },
    });
    const worker: Gauge = {
      kind: 'worker',
      label: 'w',
      at: now + 0.5,
      values: { active: 1, slots: 4, load1: 0.25 },
    };
    const samples = [0, 5, 59.5, 60].flatMap((after) => [
      queue('b', now + after, after),
      queue('a', now + after, after),
    ]);
    await store.writeGauges([worker, ...samples]);
    await store.writeGauges([queue('b', now + 60, 61)]);
    const window = { from: now, to: now + 61, stepS: 1 };
    assert.deepEqual(await store.gauges({ kind: 'worker', ...window }), [worker]);
    assert.deepEqual(
      await store.gauges({ kind: 'queue', ...window, labels: ['a'] }),
      samples.filter(({ label }) => label === 'a'),
    );
    const perMinute = (await store.gauges({ kind: 'queue', ...window, stepS: 60 })).map(
      ({ label, at, values }) => [label, at - now, values['depth']],
    );
    assert.deepEqual(perMinute, [
      ['a', 59.5, 59.5],
      ['b', 59.5, 59.5],
      ['a', 60, 60],
      ['b', 60, 61],
    ]);
    assert.deepEqual(await store.gauges({ kind: 'queue', ...window, to: now }), []);
  });

  test('samples are thinned as they age, and forgotten in the end', async (t) => {
    const store = await open(t);
    const every = (stepS: number, days: number, number: number): Gauge[] =>
      Array.from({ length: number }, (_, n) => ({
        kind: 'queue',
        label: 'q',
        at: startOf(now - days * DAY_S, DAY_S) + n * stepS,
        values: { depth: n, consumers: 1 },
      }));
    const day = [every(5, 1, 24), every(600, 3, 12), every(HOUR_S, 40, 24), every(5, 405, 3)];
    await store.writeGauges(day.flat());
    // So fresh that nothing is thinned yet.
    const fresh: Gauge[] = [1, 6].map((ago) => ({
      kind: 'queue',
      label: 'q',
      at: now - ago,
      values: { depth: ago },
    }));
    await store.writeGauges(fresh);
    await tidyUp(store);
    const left = await store.gauges({ kind: 'queue', from: 0, to: 1e10, stepS: 1 });
    const expected = [
      day[2]?.[23],
      day[1]?.[5],
      day[1]?.[11],
      day[0]?.[11],
      day[0]?.[23],
      fresh[1],
      fresh[0],
    ];
    assert.deepEqual(left, expected);
  });
}
