import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../../test/http/open-app.ts';
import { taskRecord } from '../../../test/http/recording-desk.ts';
import { StoreError } from '../../store/store.ts';

const PAGES = 3;
const MANY = Array.from({ length: PAGES * 500 - 100 }, (_, n) => taskRecord(`t${n}`, { name: 'shop.add' }));

/** Leads on by places, as a store does. */
async function openMany(t: Parameters<typeof openApp>[0]) {
  const app = await openApp(t, { tasks: MANY });
  app.desk.tasks = async (query) => {
    app.desk.queries.push(query);
    const from = query.at === undefined ? 0 : Number(query.at.place) + 1;
    const tasks = MANY.slice(from, from + query.limit);
    const places = { first: String(from), last: String(from + tasks.length - 1) };
    return { tasks, total: MANY.length, totalKind: 'exact', unseen: 0, places, truncated: false };
  };
  return app;
}

test('a file has every task that matches once, in each format', async (t) => {
  const { call, desk } = await openMany(t);
  const json = await call('GET', '/api/v1/tasks/export?format=json&q=name:shop');
  const { items, complete } = json.json() as { items: { id: string }[]; complete: boolean };
  assert.equal(complete, true);
  assert.deepEqual(
    items.map(({ id }) => id),
    MANY.map(({ uuid }) => uuid),
  );
  assert.equal(desk.queries.length, PAGES);
  assert.equal(desk.queries[2]?.filter.query?.kind, 'text');
  assert.equal(json.headers['x-row-cap'], '1000000');
  const lines = (await call('GET', '/api/v1/tasks/export?format=ndjson')).text.trimEnd().split('\n');
  assert.deepEqual([lines.length, JSON.parse(lines.at(-1) ?? '')['id']], [MANY.length, MANY.at(-1)?.uuid]);
  const csv = await call('GET', '/api/v1/tasks/export');
  assert.match(String(csv.headers['content-type']), /^text\/csv/);
  assert.equal(csv.text.trimEnd().split('\r\n').length, MANY.length + 1);
  const none = await openApp(t);
  assert.deepEqual((await none.call('GET', '/api/v1/tasks/export?format=json')).json(), {
    items: [],
    complete: true,
  });
});

test('columns are chosen and put in order, and ids narrow what matches', async (t) => {
  const { call, desk } = await openApp(t, { tasks: [taskRecord('t1', { name: 'shop.add' })] });
  const { text } = await call('GET', '/api/v1/tasks/export?cols=name,id&ids=t1,t2&q=state:SUCCESS');
  assert.equal(text, 'name,id\r\nshop.add,t1\r\n');
  assert.deepEqual(desk.queries[0]?.filter.query, {
    kind: 'all',
    of: [
      { kind: 'one-of', field: 'state', values: ['SUCCESS'] },
      { kind: 'one-of', field: 'id', values: ['t1', 't2'] },
    ],
  });
});

test('a file that holds not all that matches says so, and one whose reading fails breaks off', async (t) => {
  const { call, desk } = await openApp(t);
  // As many as one asks for, without end.
  let pages = 0;
  const row = taskRecord('t', { name: 'shop.add' });
  const endless: typeof desk.tasks = async ({ limit }) => {
    pages += 1;
    const places = { first: `${pages}`, last: `${pages}` };
    const tasks = Array.from({ length: limit }, () => row);
    return { tasks, total: 1e7, totalKind: 'exact', unseen: 0, places, truncated: false };
  };
  desk.tasks = endless;
  const capped = await call('GET', '/api/v1/tasks/export?format=json');
  assert.equal(pages, 2_000);
  assert.equal(capped.text.endsWith('],"complete":false}\n'), true);
  pages = 0;
  desk.tasks = async (query) => {
    if (pages === 2) throw new StoreError('unavailable', 'the disk is away');
    return endless(query);
  };
  await assert.rejects(call('GET', '/api/v1/tasks/export?format=json'));
  // Nor is a file whole of which nobody looked at a part.
  desk.tasks = async (query) => ({ ...(await endless(query)), unseen: 1 });
  assert.equal((await call('GET', '/api/v1/tasks/export')).status, 503);
});

test('no cell of a file is a formula', async (t) => {
  const { call } = await openApp(t, { tasks: [taskRecord('=1+1', { name: '@SUM(1)', queue: '\tx' })] });
  const [, line = ''] = (await call('GET', '/api/v1/tasks/export')).text.split('\r\n');
  for (const cell of ["'=1+1", "'@SUM(1)", "'\tx"]) assert.ok(line.includes(cell), line);
});

test('what cannot be read is no file, and gives its share back', async (t) => {
  const { call, desk } = await openApp(t);
  for (const query of [
    'format=xml',
    'q=state:',
    'from=soon',
    'sort=x',
    'cols=id,nonsense',
    'cols=,',
    'cols=id&format=json',
    'ids=,',
  ])
    assert.equal((await call('GET', `/api/v1/tasks/export?${query}`)).status, 400, query);
  assert.deepEqual(desk.queries, []);
  desk.tasks = async () => {
    throw new StoreError('unavailable', 'the disk is away');
  };
  for (let n = 0; n < 20; n += 1) assert.equal((await call('GET', '/api/v1/tasks/export')).status, 503);
});
