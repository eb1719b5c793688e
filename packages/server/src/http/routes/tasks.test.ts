import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../../test/http/open-app.ts';
import { taskRecord, workerView } from '../../../test/http/recording-desk.ts';
import type { WorkerReply } from '../../desk/desk.ts';

const TASKS = [
  taskRecord('t1', {
    name: 'shop.add',
    state: 'SUCCESS',
    args: '(1, 2)',
    result: '3',
    received: 2,
    timestamp: 3,
  }),
  taskRecord('t2', { name: 'shop.fail', state: 'FAILURE', parentId: 't1', received: 1, timestamp: 2 }),
];

test('a page of tasks has the documented shape and echoes what was asked', async (t) => {
  const { call, desk } = await openApp(t, { tasks: TASKS });
  const page = (await call('GET', '/api/tasks?limit=1&offset=1')).json();
  assert.deepEqual(Object.keys(page), ['tasks', 'total', 'next', 'offset', 'limit']);
  assert.deepEqual([page['total'], page['offset'], page['limit']], [2, 1, 1]);
  assert.equal((page['tasks'] as { uuid: string }[])[0]?.uuid, 't2');
  assert.deepEqual((await call('GET', '/api/tasks')).json()['limit'], 1_000);
  assert.deepEqual(desk.queries[1], {
    filter: {
      names: undefined,
      workers: undefined,
      states: undefined,
      receivedFrom: undefined,
      receivedTo: undefined,
      query: undefined,
    },
    sortBy: 'received',
    descending: true,
    limit: 1_000,
    offset: 0,
    at: undefined,
    withinMs: 1_000,
  });
});

test('a page that ends early says so, whatever limit was asked for', async (t) => {
  const { call } = await openApp(t, { tasks: TASKS, truncated: true });
  const page = (await call('GET', '/api/tasks?limit=7')).json();
  assert.deepEqual([page['truncated'], page['limit']], [true, 7]);
});

test('every filter reaches the history as it was meant', async (t) => {
  const { call, desk } = await openApp(t, { tasks: TASKS });
  const query = new URLSearchParams({
    workername: 'w1@test',
    taskname: 'shop.add, really',
    state: 'SUCCESS, FAILURE',
    received_start: '2026-01-31 12:00',
    received_end: '2026-01-31T13:00:00+01:00',
    search: `Größe 100%_<b> "a"`,
    sort_by: '-runtime',
    limit: '0',
  });
  assert.equal((await call('GET', `/api/tasks?${query.toString()}`)).status, 200);
  const noon = Date.UTC(2026, 0, 31, 12) / 1_000;
  assert.deepEqual(desk.queries[0], {
    filter: {
      names: ['shop.add, really'],
      workers: ['w1@test'],
      states: ['SUCCESS', 'FAILURE'],
      receivedFrom: noon,
      receivedTo: noon,
      query: {
        kind: 'all',
        of: ['Größe', '100%_<b>', 'a'].map((word) => ({ kind: 'word', text: word })),
      },
    },
    sortBy: 'runtime',
    descending: true,
    limit: 0,
    offset: 0,
    at: undefined,
    withinMs: 1_000,
  });
  await call('GET', '/api/tasks', { state: ['A'], search: 4711 });
  assert.deepEqual(desk.queries[1]?.filter.states, ['A']);
  assert.deepEqual(desk.queries[1]?.filter.query, { kind: 'word', text: '4711' });
  await call('GET', '/api/tasks?state=,&search=+&received_start=&workername=');
  assert.equal(desk.queries[2]?.filter.states, undefined);
  assert.equal(desk.queries[2]?.filter.query, undefined);
});

test('wrong filters are 400 and name the parameter', async (t) => {
  const { call, desk } = await openApp(t);
  for (const query of [
    'limit=',
    'limit=-1',
    'limit=10001',
    'limit=1.5',
    'limit=many',
    'offset=-1',
    'offset=99999999999999999999',
    'sort_by=',
    'sort_by=colour',
    'received_start=tomorrow',
    'received_end=2026-02-30',
    'search=%ff',
    `search=${'x'.repeat(2_049)}`,
  ]) {
    const { status, json } = await call('GET', `/api/tasks?${query}`);
    assert.equal(status, 400, query);
    if (query !== 'search=%ff')
      assert.ok(String(json()['error']).startsWith(query.split('=')[0] ?? ''), query);
  }
  assert.deepEqual(desk.queries, []);
});

test('a task is shown with all that is known, an unknown one is 404', async (t) => {
  const { call } = await openApp(t, { tasks: TASKS });
  const info = (await call('GET', '/api/task/info/t1')).json();
  assert.deepEqual([info['uuid'], info['args'], info['result'], info['children']], ['t1', [1, 2], 3, ['t2']]);
  for (const path of ['nope', '', 'a/b', '%2F', "'%20OR%20''='"]) {
    assert.equal((await call('GET', `/api/task/info/${path}`)).status, 404, path);
  }
  assert.deepEqual((await call('GET', '/api/task/types')).json(), {
    'task-types': ['shop.add', 'shop.echo'],
  });
});

test('a result is told now, or waited for within bounds', async (t) => {
  const results = new Map([
    ['done', { state: 'SUCCESS', result: JSON.rawJSON('9007199254740993') }],
    ['bad', { state: 'FAILURE', result: { exc_type: 'E', exc_message: ['no'] }, traceback: 'tb' }],
  ]);
  const { call, desk } = await openApp(t, { results });
  assert.equal(
    (await call('GET', '/api/task/result/done')).text,
    '{"task-id":"done","state":"SUCCESS","result":9007199254740993}',
  );
  assert.deepEqual((await call('GET', '/api/task/result/bad?timeout=1.5')).json(), {
    'task-id': 'bad',
    state: 'FAILURE',
    result: "E('no')",
    traceback: 'tb',
  });
  assert.deepEqual((await call('GET', '/api/task/result/unknown')).json(), {
    'task-id': 'unknown',
    state: 'PENDING',
  });
  assert.deepEqual(
    desk.waits.map(({ timeoutMs }) => timeoutMs),
    [0, 1_500, 0],
  );
  for (const timeout of ['nan', 'inf', '-1', '3601', '', 'x', '1e999']) {
    assert.equal((await call('GET', `/api/task/result/done?timeout=${timeout}`)).status, 400, timeout);
  }
  const without = await openApp(t, { results: null });
  assert.equal((await without.call('GET', '/api/task/result/done')).status, 503);
  assert.equal((await without.call('POST', '/api/task/abort/done')).status, 503);
});

test('revoke tells all workers, with a signal from the list', async (t) => {
  const { call, desk } = await openApp(t);
  const reply = await call('POST', '/api/task/revoke/a%2Fb');
  assert.deepEqual([reply.status, reply.json()['message']], [200, "Revoked 'a/b'"]);
  await call('POST', '/api/task/revoke/t1?terminate=true&signal=kill');
  await call('POST', '/api/task/revoke/t1', { terminate: true });
  assert.deepEqual(desk.commands, [
    { method: 'revoke', args: { task_id: ['a/b'], terminate: false }, to: null },
    { method: 'revoke', args: { task_id: ['t1'], terminate: true, signal: 'SIGKILL' }, to: null },
    { method: 'revoke', args: { task_id: ['t1'], terminate: true, signal: 'SIGTERM' }, to: null },
  ]);
  for (const query of ['signal=SIGNOPE', 'signal=9', 'signal=SIGSTOP', 'terminate=xx', 'terminate=']) {
    assert.equal((await call('POST', `/api/task/revoke/t1?${query}`)).status, 400, query);
  }
  assert.equal(desk.commands.length, 3);
});

test('with no worker online nobody revokes, and that is said', async (t) => {
  const { call } = await openApp(t, { workers: [] });
  assert.equal((await call('POST', '/api/task/revoke/t1')).status, 503);
});

test('a command to all workers succeeds when one did it, and tells of each', async (t) => {
  const answers: Record<string, WorkerReply> = {
    a: { worker: 'a', outcome: 'ok', message: 'new rate limit set successfully', value: null },
    b: { worker: 'b', outcome: 'error', message: 'unknown task' },
    c: { worker: 'c', outcome: 'no_reply' },
  };
  const workers = ['a', 'b', 'c'].map((name) => workerView(name));
  const { call } = await openApp(t, { workers, answer: (name) => answers[name] as WorkerReply });
  const all = await call('POST', '/api/task/rate-limit/shop.add', { ratelimit: '10/m' });
  assert.equal(all.status, 200);
  assert.deepEqual(all.json(), {
    message: 'new rate limit set successfully',
    replies: {
      a: { ok: 'new rate limit set successfully' },
      b: { error: 'unknown task' },
      c: { error: 'no answer in time' },
    },
  });
  assert.equal((await call('POST', '/api/task/rate-limit/shop.add?ratelimit=1&workername=b')).status, 409);
  assert.equal((await call('POST', '/api/task/rate-limit/shop.add?ratelimit=1&workername=c')).status, 504);
});

test('rate and time limits are checked before anybody is told', async (t) => {
  const { call, desk } = await openApp(t);
  for (const [path, status] of [
    ['rate-limit/shop.add', 400],
    ['rate-limit/shop.add?ratelimit=', 400],
    ['rate-limit/shop.add?ratelimit=often', 400],
    ['rate-limit/shop.add?ratelimit=10/d', 400],
    ['rate-limit/shop.add?ratelimit=-1', 400],
    ['rate-limit/shop.add?ratelimit=nan', 400],
    ['rate-limit/nope?ratelimit=1', 404],
    ['rate-limit/shop.add?ratelimit=1&workername=nobody', 404],
    ['timeout/shop.add', 400],
    ['timeout/shop.add?soft=x', 400],
    ['timeout/shop.add?soft=0', 400],
    ['timeout/shop.add?hard=inf', 400],
    ['timeout/shop.add?soft=3&hard=2', 400],
    ['timeout/nope?soft=1', 404],
  ] as const) {
    assert.equal((await call('POST', `/api/task/${path}`)).status, status, path);
  }
  assert.deepEqual(desk.commands, []);
  await call('POST', '/api/task/timeout/shop.add', 'soft=1.5&hard=2', {
    'content-type': 'application/x-www-form-urlencoded',
  });
  await call('POST', '/api/task/timeout/shop.add?soft=1&workername=w1@test');
  await call('POST', '/api/task/rate-limit/shop.add', { ratelimit: 5 });
  await call('POST', '/api/task/rate-limit/shop.add?ratelimit=0');
  assert.deepEqual(desk.commands, [
    { method: 'time_limit', args: { task_name: 'shop.add', soft: 1.5, hard: 2 }, to: null },
    { method: 'time_limit', args: { task_name: 'shop.add', soft: 1, hard: null }, to: 'w1@test' },
    { method: 'rate_limit', args: { task_name: 'shop.add', rate_limit: '5' }, to: null },
    { method: 'rate_limit', args: { task_name: 'shop.add', rate_limit: 0 }, to: null },
  ]);
});

test('abort says so, or that the task has already ended', async (t) => {
  const { call } = await openApp(t, { tasks: TASKS });
  assert.deepEqual((await call('POST', '/api/task/abort/t9')).json(), { message: "Aborted 't9'" });
  assert.equal((await call('POST', '/api/task/abort/t1')).status, 409);
});

test('search takes the whole language, and what cannot be read is 400 with its place', async (t) => {
  const { call, desk } = await openApp(t, { tasks: TASKS });
  assert.equal((await call('GET', '/api/tasks?search=state:failure+-run:<5s')).status, 200);
  assert.deepEqual(desk.queries[0]?.filter.query, {
    kind: 'all',
    of: [
      { kind: 'one-of', field: 'state', values: ['FAILURE'] },
      { kind: 'not', of: { kind: 'number', field: 'run', compare: 'below', value: 5 } },
    ],
  });
  const { status, json } = await call('GET', '/api/tasks?search=ok+run:soon');
  assert.equal(status, 400);
  assert.match(String(json()['error']), /^search, character 8: "run" is a span of time/);
  assert.equal((await call('GET', `/api/tasks?search=${'x'.repeat(2_049)}`)).status, 400);
});

test('next leads on in the same list, and is refused in another one', async (t) => {
  const { call, desk } = await openApp(t, { tasks: TASKS });
  const { next } = (await call('GET', '/api/tasks?limit=1&sort_by=name')).json();
  assert.equal(typeof next, 'string');
  await call('GET', `/api/tasks?limit=7&sort_by=name&cursor=${String(next)}`);
  assert.deepEqual(desk.queries[1]?.at, { place: 't1', side: 'after' });
  for (const wrong of [
    `cursor=${String(next)}`,
    `sort_by=name&state=A&cursor=${String(next)}`,
    'cursor=x',
    'cursor=n123456789abc.!',
  ]) {
    const { status, json } = await call('GET', `/api/tasks?${wrong}`);
    assert.equal(status, 400, wrong);
    assert.match(String(json()['error']), /cursor must be/);
  }
});
