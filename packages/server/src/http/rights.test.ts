// Who may call what: every route against every role, by what THE LIST says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FakeAccess } from '../../test/http/fake-authenticator.ts';
import { openApp } from '../../test/http/open-app.ts';
import { taskRecord, workerView } from '../../test/http/recording-desk.ts';
import { ALL_RIGHTS, BUILT_IN_ROLES, CHANGING_RIGHTS, isRight, type Right } from '../auth/rights.ts';
import type { Needed, Route } from './route.ts';
import { ROUTES } from './routes/index.ts';

const MAILER = {
  role: 'mailer',
  rights: ['view', 'send'],
  scope: { queues: ['emails*'] },
} as const;

const ROLES: Readonly<Record<string, readonly Right[]>> = {
  viewer: BUILT_IN_ROLES.viewer,
  operator: BUILT_IN_ROLES.operator,
  admin: BUILT_IN_ROLES.admin,
  mailer: MAILER.rights,
  nothing: [],
};
const ACCESS: FakeAccess = { open: false, roles: { mailer: [MAILER] } };

/** To a queue within the scope of the mailer; only sending looks at it. */
const called = ({ method, path, right }: Route) =>
  [method, `${path.replace('*', 'w1@test')}${right === 'send' ? '?queue=emails-eu' : ''}`] as const;

function mayPass(needed: Needed, rights: readonly Right[] | null): boolean {
  if (needed === 'unasked' || needed === 'open') return true;
  return rights !== null && (needed === 'signed-in' || rights.includes(needed));
}

test('every route says what it needs, and every one that changes something has a name in the audit trail', () => {
  for (const { method, path, right, operation } of ROUTES) {
    assert.ok(isRight(right) || ['signed-in', 'open', 'unasked'].includes(right), path);
    if (method !== 'GET') {
      assert.match(operation.action ?? '', /^[a-z_]+\.[a-z_]+$/, `${method} ${path}`);
      assert.notEqual(right, 'unasked', path);
    }
    if (CHANGING_RIGHTS.has(right as Right)) assert.ok(operation.action !== undefined, path);
  }
});

test('each role gets exactly as far as its rights reach', { timeout: 60_000 }, async (t) => {
  const { call } = await openApp(t, {}, { access: ACCESS });
  for (const [role, rights] of Object.entries(ROLES)) {
    for (const route of ROUTES) {
      const { status, json } = await call(...called(route), undefined, { 'x-test-caller': role });
      const label = `${role} ${route.method} ${route.path}: ${status}`;
      if (mayPass(route.right, rights)) {
        // A sign-in that fails is 401 too.
        assert.ok((status !== 401 || route.right === 'open') && status !== 403, label);
        continue;
      }
      assert.equal(status, 403, label);
      const body = json();
      assert.ok(body['right'] === route.right || Object(body['params'])['right'] === route.right, label);
      const sentence = String(body['error'] ?? body['detail']);
      assert.equal(
        sentence,
        `This needs the right ${route.right}; you have ${ALL_RIGHTS.filter((right) => rights.includes(right)).join(', ') || 'none'}.`,
      );
    }
  }
});

test('to whoever is not known every route that needs somebody is closed', async (t) => {
  const { call } = await openApp(t, {}, { access: ACCESS });
  for (const headers of [{}, { 'x-test-caller': 'stranger' }]) {
    for (const route of ROUTES) {
      const { status } = await call(...called(route), undefined, headers);
      const label = `${route.method} ${route.path}: ${status}`;
      if (mayPass(route.right, null)) assert.ok(status !== 403, label);
      else assert.equal(status, 401, label);
    }
  }
});

test('what is refused never reaches the desk, nor is its body looked at', async (t) => {
  const { call, desk } = await openApp(t, {}, { access: ACCESS });
  const touched: string[] = [];
  for (const [name, value] of Object.entries(desk)) {
    if (typeof value !== 'function' || name === 'close') continue;
    t.mock.method(desk, name as 'health', async () => {
      touched.push(name);
      throw new Error(`${name} was called`);
    });
  }
  const broken = { 'content-type': 'application/json', 'content-length': '3' };
  for (const role of [...Object.keys(ROLES), undefined]) {
    for (const route of ROUTES) {
      if (mayPass(route.right, role === undefined ? null : (ROLES[role] ?? null))) continue;
      const { status } = await call(...called(route), '{"a', { ...broken, 'x-test-caller': role });
      assert.equal(status, role === undefined ? 401 : 403, `${role} ${route.path}`);
    }
  }
  assert.deepEqual(touched, []);
});

test('a read-only server refuses every change, to admins too, and says why', async (t) => {
  const { call, desk } = await openApp(t, {}, { access: { ...ACCESS, readOnly: true } });
  for (const route of ROUTES) {
    const { status, text } = await call(...called(route), undefined, { 'x-test-caller': 'admin' });
    if (CHANGING_RIGHTS.has(route.right as Right)) {
      assert.equal(status, 403, route.path);
      assert.match(text, /This server is read-only/, route.path);
    } else {
      assert.notEqual(status, 403, route.path);
    }
  }
  assert.deepEqual([desk.commands, desk.sent], [[], []]);
});

test('a narrowed right holds within its scope, and what is out of sight is not there', async (t) => {
  const { call, desk } = await openApp(t, { workers: [workerView('w1@test')] }, { access: ACCESS });
  const mailer = { 'x-test-caller': 'mailer' };
  const send = (queue: string) => call('POST', '/api/task/send-task/x', { queue }, mailer);
  assert.equal((await send('emails-eu')).status, 200);
  const outside = await send('orders');
  assert.deepEqual([outside.status, outside.json()['right']], [403, 'send']);
  assert.deepEqual(
    desk.sent.map(({ queue }) => queue),
    ['emails-eu'],
  );
  assert.deepEqual((await call('GET', '/api/workers', undefined, mailer)).json(), {});
  assert.equal((await call('GET', '/api/workers?workername=w1@test', undefined, mailer)).status, 404);
  assert.equal((await call('GET', '/api/workers?workername=nobody', undefined, mailer)).status, 404);
});

test('without the right to payloads values are hidden, marked, and not there to be asked for', async (t) => {
  const rights = ['view', 'send'] as const;
  const blind = [{ role: 'blind', rights, scope: {} }];
  const task = taskRecord('t1', {
    name: 'shop.add',
    args: "('value-of-args',)",
    kwargs: "{'k': 'value-of-kwargs'}",
    result: "'value-of-result'",
    exception: "ValueError('value-of-exception')",
    traceback: 'value-of-traceback',
    state: 'FAILURE',
  });
  const worker = {
    ...workerView('w1@test'),
    replies: { active: [{ id: 't1', args: ['value-of-args'], kwargs: { k: 'value-of-kwargs' } }] },
  };
  const ended = { state: 'SUCCESS', result: 'value-of-result' };
  const results = new Map([
    ['sent-1', ended],
    ['sent-2', ended],
  ]);
  const { call } = await openApp(
    t,
    { tasks: [task], workers: [worker], results },
    { access: { open: false, roles: { blind } } },
  );
  const headers = { 'x-test-caller': 'blind' };
  for (const [method, path] of [
    ['GET', '/api/tasks'],
    ['GET', '/api/task/info/t1'],
    ['GET', '/api/workers'],
    ['POST', '/api/task/apply/shop.add'],
    ['GET', '/'],
  ] as const) {
    const { status, text } = await call(method, path, undefined, headers);
    assert.equal(status, 200, path);
    assert.doesNotMatch(text, /value-of/, path);
    const full = await call(method, path, undefined, { 'x-test-caller': 'operator' });
    if (path !== '/') assert.match(full.text, /value-of/, path);
  }
  assert.equal((await call('GET', '/api/task/info/t1', undefined, headers)).json()['hidden'], true);
  assert.equal((await call('GET', '/api/task/result/t1', undefined, headers)).status, 403);
  assert.equal((await call('GET', '/api/tasks?sort_by=args', undefined, headers)).status, 403);
});

test('what the rules mask is masked for everybody, in every reply that shows what tasks carry', async (t) => {
  const task = taskRecord('t1', {
    args: "('a secret',)",
    exception: "ValueError('secret')",
    state: 'FAILURE',
  });
  const worker = { ...workerView('w1@test'), replies: { active: [{ id: 't1', args: ['a secret'] }] } };
  const results = new Map([
    ['t1', { state: 'SUCCESS', result: { secret: 'a secret' } }],
    ['sent-1', { state: 'SUCCESS', result: 'a secret' }],
  ]);
  const { call } = await openApp(t, { tasks: [task], workers: [worker], results });
  for (const [method, path] of [
    ['GET', '/api/tasks'],
    ['GET', '/api/task/info/t1'],
    ['GET', '/api/task/result/t1'],
    ['GET', '/api/workers'],
    ['POST', '/api/task/apply/shop.add'],
  ] as const) {
    const { status, text, json } = await call(method, path);
    assert.equal(status, 200, path);
    assert.match(text, /\*\*\*/, path);
    assert.doesNotMatch(text, /a secret/, path);
    assert.equal(json()['hidden'], undefined, path);
  }
});

test('a right that is missing and a worker that refuses do not look alike', async (t) => {
  const { call } = await openApp(
    t,
    { answer: (worker) => ({ worker, outcome: 'error', message: 'Pool restarts not enabled' }) },
    { access: ACCESS },
  );
  const restart = (role: string) =>
    call('POST', '/api/worker/pool/restart/w1@test', undefined, { 'x-test-caller': role });
  const missing = await restart('viewer');
  assert.deepEqual([missing.status, missing.json()['right']], [403, 'control']);
  const refused = await restart('operator');
  assert.deepEqual([refused.status, refused.json()['right']], [409, undefined]);
});

test('no name in a request gives anybody a role', async (t) => {
  const { call, desk } = await openApp(t, {}, { access: ACCESS });
  const path = '/api/task/revoke/t1';
  for (const body of [
    { role: 'admin', roles: ['admin'], rights: ['revoke'], caller: 'admin', is_admin: true },
    '{"__proto__": {"rights": ["revoke"]}, "constructor": {"prototype": {"role": "admin"}}}',
  ]) {
    const headers = {
      'x-test-caller': 'viewer',
      'x-role': 'admin',
      'x-user': 'admin',
      'remote-user': 'admin',
    };
    const { status } = await call('POST', `${path}?role=admin&right=revoke`, body, headers);
    assert.equal(status, 403);
  }
  assert.deepEqual(desk.commands, []);
  assert.equal(({} as Record<string, unknown>)['rights'], undefined);
});
