import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../../test/http/open-app.ts';
import { taskRecord } from '../../../test/http/recording-desk.ts';
import { parseQuery } from '../../query/parse-query.ts';
import { withoutFacet } from '../without-facet.ts';

const TASKS = [
  taskRecord('t1', {
    name: 'shop.add',
    state: 'FAILURE',
    args: "(1, 'EUR')",
    exception: "KeyError('id')",
    worker: 'celery@web-0',
    sent: 1,
    received: 2,
    started: 3,
    failed: 5.5,
    timestamp: 5.5,
  }),
  taskRecord('t2', { name: 'shop.add', state: 'STARTED', received: 1, started: 1, timestamp: 1 }),
];

test('a page of tasks by a query has the documented shape', async (t) => {
  const { call, desk } = await openApp(t, { tasks: TASKS });
  const page = (await call('GET', '/api/v1/tasks?q=state:FAILURE+OR+is:running&limit=2')).json();
  const [first, second] = page['items'] as Record<string, unknown>[];
  assert.deepEqual(
    { ...first, fp: typeof first?.['fp'] },
    {
      id: 't1',
      name: 'shop.add',
      state: 'FAILURE',
      flags: [],
      args_text: "(1, 'EUR')",
      kwargs_text: null,
      result_text: null,
      exception: { type: 'KeyError', message: "KeyError('id')" },
      fp: 'string',
      queue: null,
      worker: 'celery@web-0',
      group: 'web',
      retries: 0,
      sent: '1970-01-01T00:00:01.000Z',
      received: '1970-01-01T00:00:02.000Z',
      started: '1970-01-01T00:00:03.000Z',
      finished: '1970-01-01T00:00:05.500Z',
      eta: null,
      wait_ms: 2_000,
      wait_from: 'sent',
      run_ms: 2_500,
      parent_id: null,
      root_id: first?.['root_id'],
    },
  );
  assert.deepEqual(second?.['state'], 'STARTED');
  assert.deepEqual(page['total'], { value: 2, kind: 'exact' });
  assert.deepEqual(page['query'], { normal: 'state:FAILURE OR is:running' });
  assert.equal(page['prev'], null);
  assert.equal(desk.queries[0]?.sortBy, 'received');
});

test('next and prev lead both ways through the same list alone', async (t) => {
  const { call, desk } = await openApp(t, { tasks: TASKS });
  const first = (await call('GET', '/api/v1/tasks?limit=1&sort=runtime')).json();
  const second = (
    await call('GET', `/api/v1/tasks?limit=1&sort=runtime&cursor=${String(first['next'])}`)
  ).json();
  assert.deepEqual(desk.queries[1]?.at, { place: 't1', side: 'after' });
  assert.deepEqual([desk.queries[1]?.sortBy, desk.queries[1]?.descending], ['runtime', false]);
  await call('GET', `/api/v1/tasks?limit=1&sort=runtime&cursor=${String(second['prev'])}`);
  assert.deepEqual(desk.queries[2]?.at, { place: 't1', side: 'before' });
  const other = await call('GET', `/api/v1/tasks?limit=1&sort=-runtime&cursor=${String(first['next'])}`);
  assert.equal(other.status, 400);
});

test('a window becomes a part of the query', async (t) => {
  const { call, desk } = await openApp(t, { tasks: TASKS });
  await call('GET', '/api/v1/tasks?q=ok&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&time=finished');
  const from = Date.UTC(2026, 0, 1) / 1_000;
  assert.deepEqual(desk.queries[0]?.filter.query, {
    kind: 'all',
    of: [
      { kind: 'word', text: 'ok' },
      { kind: 'time', field: 'finished', from, to: from + 86_400 },
    ],
  });
  for (const path of ['tasks', 'tasks/facets', 'tasks/histogram'])
    assert.equal((await call('GET', `/api/v1/${path}?from=2026-01-02&to=2026-01-01`)).status, 400, path);
});

test('what cannot be read is a problem with its position', async (t) => {
  const { call } = await openApp(t);
  for (const path of ['tasks', 'tasks/facets', 'tasks/histogram']) {
    const { status, json } = await call('GET', `/api/v1/${path}?q=ok+run:soon`);
    assert.equal(status, 400);
    assert.equal(json()['code'], 'query');
    assert.deepEqual(json()['position'], { from: 7, to: 11 });
  }
  for (const wrong of [
    'tasks?limit=0',
    'tasks?limit=501',
    'tasks?sort=size',
    'tasks?cursor=x',
    'tasks?time=soon',
    `tasks?q=${'x'.repeat(2_049)}`,
    'tasks/facets?fields=state,args',
    'tasks/histogram?buckets=0',
    'tasks/histogram?buckets=501',
    'tasks/histogram?from=soon',
  ])
    assert.equal((await call('GET', `/api/v1/${wrong}`)).status, 400, wrong);
});

test('facets leave out the choice of their own field', async (t) => {
  const { call, desk } = await openApp(t);
  const reply = (
    await call('GET', '/api/v1/tasks/facets?q=state:FAILURE+name:shop&fields=state,name&limit=3')
  ).json();
  assert.deepEqual(reply['fields'], {
    state: { values: [{ value: 'x', count: 2 }], more: 1, approximate: false },
    name: { values: [{ value: 'x', count: 2 }], more: 1, approximate: false },
  });
  assert.deepEqual(
    desk.facetQueries.map(({ field, limit, filter }) => [field, limit, filter.query?.kind]),
    [
      ['state', 3, 'text'],
      ['name', 3, 'one-of'],
    ],
  );
});

test('only choices at the top of a query are left out', () => {
  const without = (text: string, field: 'state' | 'name') =>
    withoutFacet(parseQuery(text, { nowS: 0 }) ?? undefined, field);
  const parse = (text: string) => parseQuery(text, { nowS: 0 }) ?? undefined;
  assert.equal(without('state:FAILURE', 'state'), undefined);
  assert.deepEqual(without('-state:FAILURE a', 'state'), parse('a'));
  assert.deepEqual(without('a state:RETRY b', 'state'), parse('a b'));
  assert.deepEqual(without('a OR state:RETRY', 'state'), parse('a OR state:RETRY'));
  assert.deepEqual(without('name:=x state:RETRY', 'name'), parse('state:RETRY'));
});

test('a histogram without a window is of the last hour', async (t) => {
  const { call, desk } = await openApp(t);
  const reply = (await call('GET', '/api/v1/tasks/histogram?buckets=4&q=ok')).json();
  assert.deepEqual(
    [reply['total'], reply['failed']],
    [
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ],
  );
  const [asked] = desk.histograms;
  assert.equal((asked?.to ?? 0) - (asked?.from ?? 0), 3_600);
  const [first, second] = (reply['at'] as string[]).map((text) => Date.parse(text));
  assert.equal((second ?? 0) - (first ?? 0), 900_000);
});
