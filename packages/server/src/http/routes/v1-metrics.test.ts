import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../../test/http/open-app.ts';
import { IN_LAST_HOUR, LAST_HOUR, tallyOf, timeText } from '../../../test/http/sample-tallies.ts';
import { HEALTHY } from '../../../test/http/recording-desk.ts';
import { MEASURES } from '../../measures/measure.ts';
import { SERIES_STEPS } from '../../measures/series-step.ts';
import { STEP_SECONDS, TASK_MEASURES } from '../../contract/v1-metrics.ts';
import { OTHER_LABEL } from '../../measures/tally.ts';

const TASKS = '/api/v1/metrics/tasks';
const TALLIES = [
  tallyOf('all', '', 0, { succeeded: 6, failed: 2, retried: 1, ran: [1, 1, 1, 1, 1, 1, 10, 10] }),
  tallyOf('all', '', 59, { succeeded: 4, ran: [2, 2, 2, 2] }),
  tallyOf('name', 'a', 0, { succeeded: 5, ran: [1, 1, 1, 1, 1] }),
  tallyOf('name', 'b', 0, { failed: 2, retried: 1, ran: [10, 10] }),
  tallyOf('name', 'b', 59, { succeeded: 1, ran: [2] }),
  tallyOf('name', OTHER_LABEL, 59, { succeeded: 3, ran: [2, 2, 2] }),
  tallyOf('worker', 'celery@web-0', 0, { succeeded: 1 }),
  tallyOf('worker', 'celery@web-1', 0, { succeeded: 2 }),
  tallyOf('worker', 'celery@etl-0', 59, { succeeded: 4 }),
];

interface Reply {
  readonly step_ms: number;
  readonly at: string[];
  readonly gaps: [string, string][];
  readonly series: { key: string | null; series: string; points: (number | null)[] }[];
  readonly other: { series: string; points: (number | null)[] }[] | null;
}

async function asking(t: Parameters<typeof openApp>[0], contents: Parameters<typeof openApp>[1] = {}) {
  const { call, desk } = await openApp(t, { tallies: TALLIES, ...contents });
  const ask = async (query: string): Promise<Reply> => {
    const reply = await call('GET', `${TASKS}?${query}`);
    assert.equal(reply.status, 200, `${query}: ${reply.text}`);
    return reply.json() as unknown as Reply;
  };
  const lines = async (query: string) =>
    (await ask(`${IN_LAST_HOUR}&step=30m&${query}`)).series.map((one) => [
      one.key,
      one.series,
      ...one.points,
    ]);
  return { call, desk, ask, lines };
}

test('the contract knows the measures and steps that there are', () => {
  assert.deepEqual([...TASK_MEASURES].sort(), [...MEASURES].sort());
  assert.deepEqual(Object.values(STEP_SECONDS), [...SERIES_STEPS]);
});

test('without more the tasks that finished in each minute of the last hour', async (t) => {
  const { ask } = await asking(t);
  const { step_ms, at, series, other } = await ask(IN_LAST_HOUR);
  assert.deepEqual([step_ms, at.length, at[0], other], [60_000, 60, timeText(LAST_HOUR), null]);
  const [only] = series;
  assert.deepEqual([series.length, only?.key, only?.series], [1, null, 'finished']);
  assert.deepEqual(only?.points, [8, ...Array.from({ length: 58 }, () => 0), 4]);
});

test('counts, shares and spans are read off the same stretches; what nobody measured is null', async (t) => {
  const { lines } = await asking(t);
  const asked = 'series=finished,failed_pct,retried,run_mean,run_p95,wait_p95';
  assert.deepEqual(await lines(asked), [
    [null, 'finished', 8, 4],
    [null, 'failed_pct', 25, 0],
    [null, 'retried', 1, 0],
    [null, 'run_mean', 3_250, 2_000],
    [null, 'run_p95', 11_220, 2_239],
    [null, 'wait_p95', null, null],
  ]);
});

test('by type come those that matter most for what is asked, and the rest together', async (t) => {
  const { ask, lines, desk } = await asking(t);
  assert.deepEqual(await lines('by=name'), [
    ['a', 'finished', 5, 0],
    ['b', 'finished', 2, 1],
  ]);
  const one = await ask(`${IN_LAST_HOUR}&step=30m&by=name&series=run_mean,failed&top=1`);
  assert.deepEqual(
    one.series.map(({ key, series, points }) => [key, series, ...points]),
    [
      ['b', 'run_mean', 10_000, 2_000],
      ['b', 'failed', 2, 0],
    ],
  );
  // What is in none: a type, what is beyond the most types, and what has no type.
  assert.deepEqual(one.other, [
    { series: 'run_mean', points: [1_000, 2_000] },
    { series: 'failed', points: [0, 0] },
  ]);
  assert.deepEqual(desk.tallyQueries.at(-1)?.labels, ['b']);
});

test('by deployment workers are added up, by state it is counted how many came to each', async (t) => {
  const { lines } = await asking(t);
  assert.deepEqual(await lines('by=group'), [
    ['etl', 'finished', 0, 4],
    ['web', 'finished', 3, 0],
  ]);
  assert.deepEqual(await lines('by=state'), [
    ['SUCCESS', 'succeeded', 6, 4],
    ['FAILURE', 'failed', 2, 0],
    ['RETRY', 'retried', 1, 0],
    ['REVOKED', 'revoked', 0, 0],
  ]);
});

test('named types, queues or workers are asked about alone', async (t) => {
  const { lines, ask } = await asking(t);
  assert.deepEqual(await lines('name=a,b'), [[null, 'finished', 7, 1]]);
  assert.deepEqual(await lines('name=b&by=state'), [
    ['SUCCESS', 'succeeded', 0, 1],
    ['FAILURE', 'failed', 2, 0],
    ['RETRY', 'retried', 1, 0],
    ['REVOKED', 'revoked', 0, 0],
  ]);
  assert.deepEqual(await lines('name=b,unknown&by=name'), [
    ['b', 'finished', 2, 1],
    ['unknown', 'finished', 0, 0],
  ]);
  assert.deepEqual(await lines('worker=celery@web-0,celery@web-1&by=group'), [['web', 'finished', 3, 0]]);
  assert.equal((await ask(`${IN_LAST_HOUR}&name=b&by=name`)).other, null);
});

test('stretches in which not all was recorded are told', async (t) => {
  const at = LAST_HOUR;
  const gaps = [
    { from: at + 3_000, to: at + 9_000, slices: 1 },
    { from: at + 60, to: at + 61.5, slices: 2 },
    { from: at - 60, to: at, slices: 2 },
  ];
  const { ask } = await asking(t, { health: { ...HEALTHY, sharing: { collectors: 1, unheld: 0, gaps } } });
  assert.deepEqual((await ask(IN_LAST_HOUR)).gaps, [
    [timeText(at + 60), timeText(at + 61.5)],
    [timeText(at + 3_000), timeText(at + 9_000)],
  ]);
});

test('what cannot be asked is a problem that names the parameter', async (t) => {
  const { call } = await asking(t);
  const most = Array.from({ length: 51 }, (_, n) => `n${n}`).join(',');
  for (const [query, name] of [
    ['step=7m', 'step'],
    ['step=1m&from=-26h', 'step'],
    ['from=soon', 'from'],
    ['from=-1h&to=-2h', 'from'],
    ['series=finished,size', 'series'],
    ['series=failed&by=state', 'series'],
    ['series=failed,finished&by=name&top=26', 'series'],
    ['by=size', 'by'],
    ['top=51', 'top'],
    ['top=0', 'top'],
    [`name=${most}`, 'name'],
    ['name=a&queue=b', 'queue'],
    ['name=a&by=queue', 'by'],
    ['step_s=60', 'step_s'],
    ['form=-1h', 'form'],
  ] as const) {
    const { status, json } = await call('GET', `${TASKS}?${query}`);
    assert.equal(status, 400, query);
    assert.equal(json()['code'], 'bad_request');
    assert.match(String(json()['detail']), new RegExp(`\\b${name}\\b`), query);
  }
});

test('an odd name is only a name', async (t) => {
  const { lines } = await asking(t);
  for (const name of ['__proto__', "'; DROP TABLE tallies; --", '\u0000other', '%F0%9F%90%8D'])
    assert.equal((await lines(`by=name&name=${encodeURIComponent(name)}`)).length, 1, name);
});
