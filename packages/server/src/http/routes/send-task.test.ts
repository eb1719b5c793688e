import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../../test/http/open-app.ts';
import { taskRecord } from '../../../test/http/recording-desk.ts';
import { DeskError, type SendRequest } from '../../desk/desk.ts';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** What was given, without what was not. */
const given = (request: SendRequest | undefined): unknown =>
  JSON.parse(JSON.stringify({ ...request, args: request?.args, kwargs: request?.kwargs }));

test('apply answers with the result, whatever it is', async (t) => {
  const results = new Map([
    ['a', { state: 'SUCCESS', result: JSON.rawJSON('1.0') }],
    [
      'b',
      {
        state: 'FAILURE',
        result: { exc_type: 'ValueError', exc_message: ['out of stock'] },
        traceback: 'tb',
      },
    ],
    ['c', { state: 'REVOKED', result: { exc_type: 'TaskRevokedError', exc_message: ['revoked'] } }],
  ]);
  const { call, desk } = await openApp(t, { results });
  const apply = (task_id: string) => call('POST', '/api/task/apply/shop.add', { args: [1, 2], task_id });
  assert.equal((await apply('a')).text, '{"task-id":"a","state":"SUCCESS","result":1.0}');
  assert.deepEqual(
    [(await apply('b')).status, (await apply('b')).json()],
    [200, { 'task-id': 'b', state: 'FAILURE', result: "ValueError('out of stock')", traceback: 'tb' }],
  );
  assert.deepEqual((await apply('c')).json(), {
    'task-id': 'c',
    state: 'REVOKED',
    result: "TaskRevokedError('revoked')",
  });
  assert.equal(desk.waits[0]?.timeoutMs, 60_000);
});

test('apply that takes too long is 504 and tells the id', async (t) => {
  const { call, desk } = await openApp(t);
  for (const url of ['/api/task/apply/shop.add?timeout=0.5', '/api/task/apply/shop.add']) {
    const { status, json } = await call('POST', url, url.includes('?') ? {} : { timeout: 0.5 });
    assert.equal(status, 504);
    assert.match(String(json()['error']), /sent-\d/);
    assert.match(String(json()['task-id']), /^sent-\d$/);
    assert.equal(json()['state'], 'PENDING');
  }
  assert.deepEqual(
    desk.waits.map(({ timeoutMs }) => timeoutMs),
    [500, 500],
  );
  for (const timeout of ['nan', 'Infinity', -1, 3_601, '', [1], true]) {
    assert.equal((await call('POST', '/api/task/apply/shop.add', { timeout })).status, 400, String(timeout));
  }
  assert.equal(desk.sent.length, 2);
});

test('a wait that breaks still tells the id of the task that was sent', async (t) => {
  const { call, desk } = await openApp(t);
  t.mock.method(desk, 'result', async () => {
    throw new DeskError('backend_unavailable', 'The result backend is away.');
  });
  const { status, json } = await call('POST', '/api/task/apply/shop.add');
  assert.deepEqual([status, json()['task-id']], [503, 'sent-1']);
  assert.match(String(json()['error']), /sent-1 was sent, but: The result backend is away/);
});

test('without a result backend apply sends nothing, and the others need none', async (t) => {
  const { call, desk } = await openApp(t, { results: null });
  assert.equal((await call('POST', '/api/task/apply/shop.add')).status, 503);
  assert.equal(desk.sent.length, 0);
  assert.deepEqual((await call('POST', '/api/task/async-apply/shop.add')).json(), {
    'task-id': 'sent-1',
    state: 'PENDING',
  });
  assert.deepEqual((await call('POST', '/api/task/send-task/any.thing')).json(), {
    'task-id': 'sent-2',
    state: 'PENDING',
  });
});

test('a name that nobody registered is 404, except for send-task', async (t) => {
  const { call, desk } = await openApp(t);
  assert.equal((await call('POST', '/api/task/apply/nope', {})).status, 404);
  assert.equal((await call('POST', '/api/task/async-apply/nope', {})).status, 404);
  assert.equal(desk.sent.length, 0);
  assert.equal((await call('POST', '/api/task/send-task/a%2Fb', {})).status, 200);
  assert.equal(desk.sent[0]?.name, 'a/b');
  assert.equal((await call('POST', `/api/task/send-task/${'x'.repeat(1_025)}`, {})).status, 400);
  assert.equal((await call('POST', '/api/task/send-task/', {})).status, 404);
});

test('the body is read as JSON whatever curl says it is', async (t) => {
  const { call, desk } = await openApp(t);
  const body = '{"args": [9007199254740993, 1.0], "kwargs": {"n": 1e400}, "queue": "high"}';
  const types = [
    FORM['content-type'],
    'text/plain',
    'application/json',
    'application/octet-stream',
    undefined,
  ];
  for (const type of types) {
    const { status } = await call('POST', '/api/task/send-task/x', body, { 'content-type': type });
    assert.equal(status, 200, String(type));
  }
  assert.equal(desk.sent.length, types.length);
  for (const sent of desk.sent) {
    assert.equal(JSON.stringify(sent.args), '[9007199254740993,1.0]');
    assert.equal(JSON.stringify(sent.kwargs), '{"n":1e400}');
    assert.equal(sent.queue, 'high');
  }
});

test('a form and a query hold the same parameters', async (t) => {
  const { call, desk } = await openApp(t);
  const values = new URLSearchParams({
    args: '[1, 2]',
    kwargs: '{"a": "ü"}',
    queue: 'q',
    priority: '5',
  }).toString();
  await call('POST', `/api/task/send-task/x?${values}`);
  await call('POST', '/api/task/send-task/x', values, FORM);
  const [fromQuery, fromForm] = desk.sent.map(given);
  assert.deepEqual(fromQuery, {
    name: 'x',
    args: [1, 2],
    kwargs: { a: 'ü' },
    queue: 'q',
    priority: 5,
    headers: {},
  });
  assert.deepEqual(fromForm, fromQuery);
});

test('every option is passed on', async (t) => {
  const { call, desk } = await openApp(t);
  await call('POST', '/api/task/send-task/x', {
    args: [1],
    kwargs: { a: null },
    queue: 'q',
    exchange: 'e',
    routing_key: 'r.k',
    priority: 9,
    eta: '2030-01-01T00:00:00',
    expires: '2030-01-02 00:00:00.500000',
    task_id: 'my id',
    retries: 2,
    time_limit: 20,
    soft_time_limit: 10.5,
    ignore_result: true,
    shadow: 'shown',
    argsrepr: '(secret)',
    kwargsrepr: '{secret}',
    root_id: 'root',
    parent_id: 'parent',
    group_id: 'group',
    headers: { trace: 'x' },
  });
  assert.deepEqual(given(desk.sent[0]), {
    name: 'x',
    args: [1],
    kwargs: { a: null },
    queue: 'q',
    exchange: 'e',
    routingKey: 'r.k',
    priority: 9,
    etaMs: Date.UTC(2030, 0, 1),
    expiresMs: Date.UTC(2030, 0, 2) + 500,
    taskId: 'my id',
    retries: 2,
    timeLimit: 20,
    softTimeLimit: 10.5,
    ignoreResult: true,
    shadow: 'shown',
    argsrepr: '(secret)',
    kwargsrepr: '{secret}',
    rootId: 'root',
    parentId: 'parent',
    groupId: 'group',
    headers: { trace: 'x' },
  });
});

test('countdown and relative expiry count from now', async (t) => {
  const { call, desk } = await openApp(t);
  for (const body of [
    { countdown: 10, expires: 60 },
    { countdown: '10', expires: '60' },
  ]) {
    const before = Date.now();
    await call('POST', '/api/task/send-task/x', body);
    const { etaMs = 0, expiresMs = 0 } = desk.sent.at(-1) ?? {};
    assert.ok(etaMs >= before + 10_000 && etaMs <= Date.now() + 10_000);
    assert.ok(expiresMs >= before + 60_000 && expiresMs <= Date.now() + 60_000);
  }
});

test('nothing is sent while a member is wrong', async (t) => {
  const { call, desk } = await openApp(t, { tasks: [taskRecord('used')] });
  for (const body of [
    [1],
    'text',
    { args: 'ab' },
    { args: { a: 1 } },
    { kwargs: [1] },
    { kwargs: 'x' },
    { eta: 'garbage' },
    { eta: '2026-02-30' },
    { eta: [] },
    { eta: true },
    { countdown: 'soon' },
    { countdown: -1 },
    { countdown: 1e12 },
    { countdown: 1, eta: '2030-01-01' },
    { expires: 'nan' },
    { expires: 'later' },
    { expires: -5 },
    { expires: {} },
    { priority: 256 },
    { priority: -1 },
    { priority: 'high' },
    { retries: 1.5 },
    { retries: -1 },
    { task_id: 'a\0' },
    { task_id: 'x'.repeat(256) },
    { queue: ['a'] },
    { queue: 'a\nb' },
    { headers: 'x' },
    { headers: [] },
    { time_limit: 0 },
    { time_limit: 5, soft_time_limit: 6 },
    { timeout: 5 },
    { connection_errors: 1 },
    { operation: 1 },
    { self: 1 },
    { countdwn: 5 },
  ]) {
    const { status, json } = await call('POST', '/api/task/async-apply/shop.add', body);
    assert.equal(status, 400, JSON.stringify(body));
    assert.equal(json()['status'], 400);
  }
  assert.match(
    (await call('POST', '/api/task/apply/shop.add', { countdwn: 5 })).text,
    /did you mean countdown\?/,
  );
  for (const [body, headers, status] of [
    ['{bad', FORM, 400],
    ['null', FORM, 400],
    ['{"args":[NaN]}', {}, 400],
    ['', {}, 200],
    ['  ', FORM, 200],
    ['<x/>', { 'content-type': 'application/xml' }, 415],
    ['{}', { 'content-type': 'application/json; charset=utf-16' }, 415],
    ['{}', { 'content-type': 'json' }, 415],
    ['{}', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, 415],
    [Buffer.from('{"args":["\xff"]}', 'latin1'), FORM, 400],
    ['--x', { 'content-type': 'multipart/form-data; boundary=x' }, 400],
    ['n=1', { 'content-type': 'multipart/form-data' }, 400],
    [Buffer.alloc(9 * 1024 * 1024, ' '), FORM, 413],
  ] as const) {
    const reply = await call('POST', '/api/task/async-apply/shop.add', body, headers);
    assert.equal(reply.status, status, String(body).slice(0, 40));
  }
  assert.equal(desk.sent.length, 2);
  assert.equal((await call('POST', '/api/task/send-task/x', { task_id: 'used' })).status, 409);
});

test('a file in a form is refused', async (t) => {
  const { call } = await openApp(t);
  const body =
    '--b\r\nContent-Disposition: form-data; name="args"; filename="a.json"\r\nContent-Type: application/json\r\n\r\n[1]\r\n--b--\r\n';
  const { status, text } = await call('POST', '/api/task/send-task/x', body, {
    'content-type': 'multipart/form-data; boundary=b',
  });
  assert.equal(status, 400);
  assert.match(text, /args.*file/);
});
