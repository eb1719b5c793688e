// Requests whose path, method or headers are written so that two readers would understand them differently.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../test/http/open-app.ts';

const VIEWER = { 'x-test-caller': 'viewer' };
const CLOSED = { access: { open: false } };

test('no writing of a path opens what its plain form keeps closed', async (t) => {
  const { app, desk } = await openApp(t, {}, CLOSED);
  for (const path of [
    '/api/worker/shutdown/w1@test',
    '//api/worker/shutdown/w1@test',
    '/api//worker/shutdown/w1@test',
    '/api/worker/shutdown//w1@test',
    '/api%2fworker%2fshutdown%2fw1@test',
    '/%61pi/worker/shutdown/w1@test',
    '/api/worker/%73hutdown/w1@test',
    '/api/workers/../worker/shutdown/w1@test',
    '/api/workers/..;/worker/shutdown/w1@test',
    '/healthz/../api/worker/shutdown/w1@test',
    '/healthz%2f..%2fapi/worker/shutdown/w1@test',
    '/healthz/..%2fapi/worker/shutdown/w1@test',
    '/api/worker/shutdown/w1@test;/healthz',
    '/api/worker/shutdown/w1@test%00',
    '/api/worker/shutdown/w1@test%0d%0aX:1',
    '/api/worker/shutdown/w1@test?/healthz',
    '/api/worker/shutdown/w1@test#/healthz',
    '/API/WORKER/SHUTDOWN/w1@test',
    '/./api/worker/shutdown/w1@test',
    '/%2e%2e/api/worker/shutdown/w1@test',
    '\\api\\worker\\shutdown\\w1@test',
    'http://localhost/api/worker/shutdown/w1@test',
  ]) {
    for (const headers of [VIEWER, {}]) {
      const { statusCode } = await app.inject({ method: 'POST', url: path, headers });
      assert.ok([400, 401, 403, 404, 405].includes(statusCode), `${path} ${statusCode}`);
    }
  }
  assert.deepEqual(desk.commands, []);
});

test('a path that is only nearly known tells a stranger nothing', async (t) => {
  const { call } = await openApp(t, {}, CLOSED);
  for (const path of ['/api/workers/', '/api/nope', '/api/v1/nope', '/api/worker/', '/api/task/info']) {
    assert.equal((await call('GET', path)).status, 401, path);
  }
});

test('the method is the one of the request line, whatever headers, query and body say', async (t) => {
  const { call, desk, audit } = await openApp(t, {}, CLOSED);
  const path = '/api/worker/shutdown/w1@test';
  for (const name of ['x-http-method-override', 'x-http-method', 'x-method-override']) {
    const { status } = await call('GET', path, undefined, { 'x-test-caller': 'admin', [name]: 'POST' });
    assert.equal(status, 405, name);
  }
  assert.equal(
    (await call('GET', `${path}?_method=POST`, undefined, { 'x-test-caller': 'admin' })).status,
    405,
  );
  const form = { 'content-type': 'application/x-www-form-urlencoded', ...VIEWER };
  assert.equal((await call('POST', path, '_method=GET', form)).status, 403);
  for (const method of ['PUT', 'PATCH', 'DELETE', 'TRACE', 'HEAD', 'PROPFIND']) {
    assert.ok(
      [404, 405].includes((await call(method, path, undefined, { 'x-test-caller': 'admin' })).status),
      method,
    );
  }
  assert.deepEqual([desk.commands, audit.entries.filter(({ outcome }) => outcome === 'done')], [[], []]);
});

test('no header names another path, or an address to be believed', async (t) => {
  const { call, audit } = await openApp(t, {}, CLOSED);
  const { status } = await call('POST', '/api/worker/shutdown/w1@test', undefined, {
    ...VIEWER,
    'x-original-url': '/healthz',
    'x-rewrite-url': '/healthz',
    'x-forwarded-prefix': '/healthz',
    'x-forwarded-for': '127.0.0.1',
    'x-real-ip': '10.0.0.1',
    forwarded: 'for=10.0.0.1;host=localhost;proto=https',
    'client-ip': '10.0.0.1',
  });
  assert.equal(status, 403);
  assert.equal(audit.entries[0]?.address, '127.0.0.1');
});

test('a browser that opens a page unknown is led to the sign-in page and back to an own path only', async (t) => {
  const { app } = await openApp(t, {}, { ...CLOSED, urlPrefix: '/p' });
  const open = async (url: string, headers: Readonly<Record<string, string>> = {}) => {
    const { statusCode, headers: answered } = await app.inject({
      method: 'GET',
      url,
      headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8', ...headers },
    });
    return [statusCode, answered.location];
  };
  assert.deepEqual(await open('/p/'), [302, '/p/login?next=%2Fp%2F']);
  assert.deepEqual(await open('/p/api/tasks?limit=1&x=%0d'), [
    302,
    '/p/login?next=%2Fp%2Fapi%2Ftasks%3Flimit%3D1%26x%3D%250d',
  ]);
  assert.deepEqual(await open(`/p/api/tasks?x=${'y'.repeat(3_000)}`), [302, '/p/login?next=%2Fp%2F']);
  assert.deepEqual(await open('/p/', { authorization: 'Basic eDp5' }), [401, undefined]);
  assert.deepEqual(await open('/p/', { accept: 'application/json' }), [401, undefined]);
  assert.deepEqual(await open('/p/', { accept: '*/*' }), [401, undefined]);
});

test('a URL that is too long is refused with a sentence', async (t) => {
  const { call } = await openApp(t);
  const { status, json } = await call('GET', `/api/tasks?search=${'x'.repeat(8_000)}`);
  assert.equal(status, 414);
  assert.match(String(json()['error']), /longer than 8000 characters/);
});

test('names that every object has are names like others', async (t) => {
  const { call, desk } = await openApp(t, {}, { access: { open: true } });
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']) {
    for (const path of [`/api/task/info/${name}`, `/api/workers?workername=${name}`]) {
      assert.equal((await call('GET', path)).status, 404, path);
    }
    const body = `{"${name}": {"polluted": 1}}`;
    assert.equal((await call('POST', '/api/task/async-apply/shop.add', body)).status, 400, name);
    assert.equal((await call('POST', `/api/worker/pool/grow/w1@test?${name}=1`, body)).status, 200, name);
  }
  const kwargs = '{"kwargs": {"__proto__": {"polluted": 1}}}';
  assert.equal((await call('POST', '/api/task/async-apply/shop.add', kwargs)).status, 200);
  assert.equal(JSON.stringify(desk.sent[0]?.kwargs), '{"__proto__":{"polluted":1}}');
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('JSON that is nested too deeply is refused before it is read', async (t) => {
  const { call, desk } = await openApp(t);
  for (const depth of [201, 5_000, 1_000_000]) {
    const args = '['.repeat(depth) + ']'.repeat(depth);
    const { status, text } = await call('POST', '/api/task/async-apply/shop.add', `{"args":${args}}`);
    assert.equal(status, 400, `${depth}`);
    assert.match(text, /nested more than 200 levels deep/);
  }
  assert.deepEqual(desk.sent, []);
});
