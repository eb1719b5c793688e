// Which requests leave a line in the audit trail, and what it says. How lines are redacted and kept is audit/'s.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CSRF_TOKEN } from '../../test/http/fake-authenticator.ts';
import { openApp } from '../../test/http/open-app.ts';
import { taskRecord } from '../../test/http/recording-desk.ts';
import { DeskError, type WorkerReply } from '../desk/desk.ts';
import { ROUTES } from './routes/index.ts';

const OPERATOR = { 'x-test-caller': 'operator' };
const CLOSED = { access: { open: false } };

test('reading leaves no line, for whoever asks', async (t) => {
  const { call, audit } = await openApp(t, { tasks: [taskRecord('t1')] }, CLOSED);
  for (const { method, path, operation } of ROUTES) {
    if (operation.action !== undefined) continue;
    for (const headers of [{ 'x-test-caller': 'admin' }, { 'x-test-caller': 'nothing' }, {}]) {
      await call(method, path.replace('*', 't1'), undefined, headers);
    }
  }
  assert.deepEqual(audit.entries, []);
});

test('a change leaves one line: when, who, from where, what, to whom, how, and what the workers answered', async (t) => {
  const { call, audit } = await openApp(t, {}, CLOSED);
  const before = Date.now();
  await call('POST', '/api/worker/pool/grow/w1@test?n=2&x=1', { n: 3, more: 1 }, OPERATOR);
  const [entry, ...rest] = audit.entries;
  assert.deepEqual(rest, []);
  assert.ok(entry !== undefined && entry.at >= before && entry.at <= Date.now() && entry.tookMs >= 0);
  assert.deepEqual(
    { ...entry, at: 0, tookMs: 0 },
    {
      at: 0,
      who: 'operator',
      subject: 'key:operator',
      via: 'key',
      token: null,
      address: '127.0.0.1',
      action: 'worker.grow_pool',
      target: 'w1@test',
      params: { n: 3 },
      outcome: 'done',
      status: 200,
      detail: "Growing 'w1@test' worker's pool by 3",
      replies: { 'w1@test': { ok: 'pool_grow done' } },
      tookMs: 0,
    },
  );
});

test('every change leaves exactly one line, whatever comes of it', async (t) => {
  const silent = (worker: string): WorkerReply => ({ worker, outcome: 'no_reply' });
  const brokerError = new DeskError('broker_unavailable', 'The broker is not connected.');
  for (const contents of [{}, { answer: silent }, { brokerError }]) {
    const { call, audit } = await openApp(t, contents, CLOSED);
    for (const { method, path, operation, right } of ROUTES) {
      if (right === 'open' || operation.action === undefined) continue;
      for (const headers of [
        { 'x-test-caller': 'admin' },
        { 'x-test-caller': 'nothing' },
        { 'x-test-session': 'admin' },
        { ...OPERATOR, origin: 'https://evil.example' },
        { ...OPERATOR, 'content-encoding': 'gzip' },
        {},
      ]) {
        audit.entries.length = 0;
        const { status } = await call(method, path.replace('*', 'w1@test'), 'nonsense', headers);
        const label = `${method} ${path} ${JSON.stringify(headers)} ${status}`;
        assert.deepEqual(
          audit.entries.map((entry) => [entry.action, entry.status]),
          [[operation.action, status]],
          label,
        );
        assert.equal(audit.entries[0]?.outcome === 'done', status < 400, label);
      }
    }
  }
});

test('what was refused is told apart from what was tried and failed', async (t) => {
  const refusing = (worker: string): WorkerReply => ({ worker, outcome: 'error', message: 'not enabled' });
  const { call, audit } = await openApp(t, { answer: refusing }, CLOSED);
  const path = '/api/worker/pool/restart/w1@test';
  const lines: unknown[] = [];
  for (const [url, headers] of [
    [path, OPERATOR],
    ['/api/worker/pool/restart/nobody', OPERATOR],
    ['/api/worker/pool/grow/w1@test?n=many', OPERATOR],
    [path, { 'x-test-caller': 'viewer' }],
    [path, {}],
  ] as const) {
    await call('POST', url, undefined, headers);
    const { who, outcome, status, target, params, replies } = audit.entries.at(-1) ?? assert.fail();
    lines.push([who, outcome, status, target, params, replies]);
  }
  assert.deepEqual(lines, [
    ['operator', 'failed', 409, 'w1@test', {}, { 'w1@test': { error: 'not enabled' } }],
    ['operator', 'refused', 404, 'nobody', {}, null],
    ['operator', 'refused', 400, 'w1@test', { n: 'many' }, null],
    ['viewer', 'refused', 403, 'w1@test', {}, null],
    [null, 'refused', 401, 'w1@test', {}, null],
  ]);
});

test('a refusal before the body is read still tells what the query asked for', async (t) => {
  const { call, audit } = await openApp(t, {}, CLOSED);
  await call('POST', '/api/task/revoke/t1?terminate=true&signal=KILL&x=1', undefined, {
    'x-test-caller': 'viewer',
  });
  await call('POST', '/api/task/revoke/t1?terminate=%ff', undefined, { 'x-test-caller': 'viewer' });
  assert.deepEqual(
    audit.entries.map(({ target, params, detail }) => ({ target, params, detail })),
    [
      {
        target: 't1',
        params: { terminate: 'true', signal: 'KILL' },
        detail: 'This needs the right revoke; you have view, payload.',
      },
      { target: 't1', params: {}, detail: 'This needs the right revoke; you have view, payload.' },
    ],
  );
});

test('a task that is waited for is written down when it is sent, with its id, and not again', async (t) => {
  const { call, audit, desk } = await openApp(t, {}, CLOSED);
  const written: number[] = [];
  const result = desk.result.bind(desk);
  t.mock.method(desk, 'result', (...args: Parameters<typeof result>) => {
    written.push(audit.entries.length);
    return result(...args);
  });
  const waited = await call('POST', '/api/task/apply/shop.add', { args: [1], timeout: 0 }, OPERATOR);
  assert.equal(waited.status, 504);
  assert.deepEqual(written, [1]);
  const [entry, ...rest] = audit.entries;
  assert.deepEqual([entry?.outcome, entry?.detail, rest], ['done', 'Sent sent-1', []]);
  assert.deepEqual(entry?.params, { args: [1], timeout: 0 });
});

test('a sign-in that fails in passing leaves a line of its own, unless it is one of many', async (t) => {
  const refusals = {
    throttled: { refused: 'throttled', sentence: 'Too many.', retryAfterS: 7, unrecorded: true },
    wrong: { refused: 'wrong', sentence: 'Wrong.', claimed: 'ada' },
  } as const;
  const { call, audit } = await openApp(t, {}, { access: { open: false, refusals } });
  const throttled = await call('GET', '/api/workers', undefined, { 'x-test-caller': 'throttled' });
  assert.deepEqual([throttled.status, throttled.headers['retry-after']], [429, '7']);
  await call('POST', '/api/task/revoke/t1', undefined, { 'x-test-caller': 'throttled' });
  assert.deepEqual(audit.entries, []);
  await call('GET', '/api/workers', undefined, { 'x-test-caller': 'wrong' });
  await call('GET', '/api/v1/session', undefined, { 'x-test-caller': 'wrong' });
  await call('POST', '/api/task/revoke/t1', undefined, { 'x-test-caller': 'wrong' });
  assert.deepEqual(
    audit.entries.map(({ action, who, outcome, status, target }) => [action, who, outcome, status, target]),
    [
      ['session.sign_in', 'ada', 'refused', 401, null],
      ['session.sign_in', 'ada', 'refused', 401, null],
      ['task.revoke', 'ada', 'refused', 401, 't1'],
    ],
  );
});

test('a path under the wrong method, and one that is not there, are no change', async (t) => {
  const { call, audit } = await openApp(t, {}, CLOSED);
  assert.equal((await call('DELETE', '/api/workers', undefined, OPERATOR)).status, 405);
  assert.equal((await call('POST', '/api/nope', undefined, OPERATOR)).status, 404);
  assert.deepEqual(audit.entries, []);
});

test('no token and no password is ever in a line', async (t) => {
  const { call, audit } = await openApp(t, {}, CLOSED);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  await call('POST', '/login', 'name=ada&password=hunter2', form);
  await call('GET', '/login/link?token=hunter2');
  await call('POST', '/api/v1/session', { name: 'ada', password: 'hunter2' });
  await call('POST', '/api/task/revoke/t1', `csrf_token=${CSRF_TOKEN}`, {
    ...form,
    'x-test-session': 'operator',
  });
  await call('POST', '/api/task/revoke/t1', 'x=1', {
    authorization: 'Bearer hunter2',
    cookie: 'umbel_session=hunter2',
  });
  assert.ok(audit.entries.length >= 5);
  assert.doesNotMatch(JSON.stringify(audit.entries), new RegExp(`hunter2|${CSRF_TOKEN}`));
});
