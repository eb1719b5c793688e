import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../test/http/open-app.ts';
import { HEALTHY, taskRecord } from '../../test/http/recording-desk.ts';
import { StoreError } from '../store/store.ts';
import { toErrorAnswer } from './errors.ts';
import { ROUTES } from './routes/index.ts';

const CLOSED = { open: false };

test('THE LIST is what we think it is', () => {
  assert.deepEqual(
    ROUTES.map(({ method, path, right }) => `${right} ${method} ${path}`),
    [
      'view GET /',
      'unasked GET /healthz',
      'unasked GET /readyz',
      'unasked GET /healthcheck',
      'view GET /api/openapi.json',
      'view GET /api/workers',
      'shutdown POST /api/worker/shutdown/*',
      'control POST /api/worker/pool/restart/*',
      'control POST /api/worker/pool/grow/*',
      'control POST /api/worker/pool/shrink/*',
      'control POST /api/worker/pool/autoscale/*',
      'control POST /api/worker/queue/add-consumer/*',
      'control POST /api/worker/queue/cancel-consumer/*',
      'view GET /api/tasks',
      'view GET /api/task/types',
      'view GET /api/task/info/*',
      'payload GET /api/task/result/*',
      'send POST /api/task/apply/*',
      'send POST /api/task/async-apply/*',
      'send POST /api/task/send-task/*',
      'revoke POST /api/task/abort/*',
      'control POST /api/task/timeout/*',
      'control POST /api/task/rate-limit/*',
      'revoke POST /api/task/revoke/*',
      'view GET /api/queues/length',
      'open GET /login',
      'open POST /login',
      'open GET /login/link',
      'open GET /login/*',
      'open GET /logout',
      'open POST /logout',
      'signed-in GET /account',
      'signed-in POST /account/sign-out-everywhere',
      'signed-in POST /account/sessions/end',
      'signed-in POST /account/tokens',
      'signed-in POST /account/tokens/revoke',
      'admin GET /audit',
      'view GET /api/v1/tasks',
      'view GET /api/v1/tasks/facets',
      'view GET /api/v1/tasks/export',
      'view GET /api/v1/tasks/histogram',
      'view GET /api/v1/search/suggest',
      'view GET /api/v1/metrics/tasks',
      'open GET /api/v1/session',
      'open POST /api/v1/session',
      'signed-in DELETE /api/v1/session',
      'signed-in GET /api/v1/sessions',
      'signed-in DELETE /api/v1/sessions',
      'signed-in DELETE /api/v1/sessions/*',
      'signed-in GET /api/v1/tokens',
      'signed-in POST /api/v1/tokens',
      'signed-in DELETE /api/v1/tokens/*',
      'admin GET /api/v1/access',
      'admin GET /api/v1/audit',
    ],
  );
});

test('to whoever is not known everything but health is 401, with a challenge', async (t) => {
  const { call, desk } = await openApp(t, {}, { access: CLOSED });
  for (const { method, path, right } of ROUTES) {
    if (right === 'open') continue;
    const { status, headers, text } = await call(method, path.replace('*', 'x'));
    assert.equal(status, right === 'unasked' ? 200 : 401, path);
    if (right === 'unasked') continue;
    assert.match(String(headers['www-authenticate']), /^Basic realm=/);
    assert.match(text, /Sign in first/);
  }
  for (const path of [
    '/api/',
    '/api/nope',
    '/api/worker/',
    '/api/docs',
    '/api/docs/json',
    '/api/docs/static/swagger-ui.css',
  ]) {
    assert.equal((await call('GET', path)).status, 401, path);
  }
  assert.equal((await call('PUT', '/api/workers')).status, 401);
  assert.deepEqual(desk.commands, []);
});

test('health needs no access', async (t) => {
  const { call } = await openApp(t, {}, { access: CLOSED });
  assert.deepEqual((await call('GET', '/healthz')).json(), { status: 'ok' });
  const { text, headers } = await call('GET', '/healthcheck');
  assert.equal(text, 'OK');
  assert.equal(headers['content-type'], 'text/plain; charset=utf-8');
});

test('readiness says what is missing', async (t) => {
  const health = {
    ...HEALTHY,
    broker: { ...HEALTHY.broker, connected: false, detail: 'disconnected since 12:00: ECONNREFUSED' },
  };
  const sick = await openApp(t, { health });
  const { status, json } = await sick.call('GET', '/readyz');
  assert.equal(status, 503);
  assert.equal(json()['status'], 'not ready');
  assert.deepEqual(json()['missing'], ['broker: disconnected since 12:00: ECONNREFUSED']);
  const well = await openApp(t);
  assert.equal((await well.call('GET', '/readyz')).json()['status'], 'ready');
});

test('the API page and all it needs come from this server, under a policy that allows nothing else', async (t) => {
  const { call } = await openApp(t, {}, { urlPrefix: '/p' });
  for (const path of ['/p/api/docs', '/p/api/docs/']) {
    const { status, text, headers } = await call('GET', path);
    assert.equal(status, 200);
    assert.match(String(headers['content-security-policy']), /^default-src 'none'; script-src 'self';/);
    const links = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1] ?? '');
    assert.ok(links.length >= 5);
    for (const link of links) {
      const url = new URL(link, `http://localhost${path}`);
      assert.equal(url.host, 'localhost', link);
      assert.equal((await call('GET', url.pathname)).status, 200, link);
    }
  }
  const document = (await call('GET', '/p/api/docs/json')).json();
  assert.deepEqual(document, (await call('GET', '/p/api/openapi.json')).json());
});

test('an unknown path is 404, a known one under another method 405 with Allow', async (t) => {
  const { call } = await openApp(t);
  for (const path of [
    '/nope',
    '/api',
    '/api/',
    '/api/workers/',
    '//api/workers',
    '/API/workers',
    '/api/worker/x',
  ]) {
    const { status, json } = await call('GET', path);
    assert.equal(status, 404, path);
    assert.equal(json()['status'], 404);
  }
  for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE', 'PROPFIND']) {
    const { status, headers, json } = await call(method, '/api/workers?refresh=1', '{}');
    assert.equal(status, 405, method);
    assert.equal(headers['allow'], 'GET, HEAD, OPTIONS');
    assert.equal(json()['status'], 405);
  }
  const post = await call('GET', '/api/task/apply/shop.add');
  assert.deepEqual([post.status, post.headers['allow']], [405, 'POST, OPTIONS']);
});

test('OPTIONS names the methods and HEAD answers like GET without a body', async (t) => {
  const { call } = await openApp(t);
  const options = await call('OPTIONS', '/api/tasks');
  assert.deepEqual([options.status, options.text, options.headers['allow']], [204, '', 'GET, HEAD, OPTIONS']);
  assert.equal(options.headers['access-control-allow-origin'], undefined);
  assert.equal((await call('OPTIONS', '/nope')).status, 404);
  const head = await call('HEAD', '/api/tasks?limit=1');
  assert.deepEqual([head.status, head.text], [200, '']);
  assert.equal((await call('HEAD', '/api/tasks?limit=x')).status, 400);
  // What can be used once is not used up by looking at it.
  const link = await call('HEAD', '/login/link?token=x');
  assert.deepEqual([link.status, link.headers['allow']], [405, 'GET, OPTIONS']);
});

test('with a prefix everything is below it and nothing beside it', async (t) => {
  const { call } = await openApp(t, {}, { urlPrefix: '/ops/umbel' });
  for (const path of ['/', '/healthz', '/api/workers', '/api/openapi.json', '/api/docs/', '/api/docs']) {
    assert.equal((await call('GET', `/ops/umbel${path}`)).status, 200, path);
    assert.equal((await call('GET', path)).status, 404, path);
  }
  // A file that the API page does not have is refused like any other path.
  const file = await call('GET', '/ops/umbel/api/docs/static/nope.js');
  assert.deepEqual([file.status, file.json()['status']], [404, 404]);
  assert.match(file.text, /nothing at \/ops\/umbel\/api\/docs\/static\/nope\.js/);
  const bare = await call('GET', '/ops/umbel');
  assert.deepEqual([bare.status, bare.headers['location']], [302, '/ops/umbel/']);
  assert.equal((await call('GET', '/ops/umbelx/api/workers')).status, 404);
  assert.match((await call('GET', '/ops/umbel/nope')).text, /\/ops\/umbel\/api\/docs/);
  const page = (await call('GET', '/ops/umbel/')).text;
  assert.ok(page.includes('href="/ops/umbel/api/docs/"'));
  const document = (await call('GET', '/ops/umbel/api/openapi.json')).json();
  assert.deepEqual(document['servers'], [{ url: '/ops/umbel' }]);
});

test('another web site cannot change anything through a browser', async (t) => {
  const { call: ask, desk } = await openApp(t, {}, { access: CLOSED });
  const call = (
    method: string,
    url: string,
    body: unknown,
    headers: Readonly<Record<string, string | undefined>>,
  ) => ask(method, url, body, { 'x-test-caller': 'operator', ...headers });
  const path = '/api/task/revoke/t1';
  for (const headers of [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: 'http://localhost' },
    { origin: 'http://evil.example' },
    { origin: 'http://localhost:81' },
    { origin: 'null' },
    { origin: 'nonsense' },
  ]) {
    assert.equal((await call('POST', path, {}, headers)).status, 403, JSON.stringify(headers));
  }
  assert.deepEqual(desk.commands, []);
  for (const headers of [
    {},
    { 'sec-fetch-site': 'same-origin', origin: 'http://localhost' },
    { 'sec-fetch-site': 'none' },
    { host: 'umbel.example:8443', origin: 'https://umbel.example:8443' },
    { host: 'Umbel.example', origin: 'https://umbel.example' },
  ]) {
    assert.equal((await call('POST', path, {}, headers)).status, 200, JSON.stringify(headers));
  }
  const reading = await call('GET', '/api/workers', undefined, { 'sec-fetch-site': 'cross-site' });
  assert.equal(reading.status, 200);
  assert.equal(reading.headers['access-control-allow-origin'], undefined);
});

test('an open API answers to no name that a web site elsewhere can have', async (t) => {
  const own = [
    'localhost',
    'LOCALHOST:5555',
    '127.0.0.1:5555',
    '[::1]:5555',
    'a.localhost',
    'proxy.example:80',
  ];
  const inside = ['umbel', 'flower:5555', 'umbel.shop.svc.cluster.internal', 'box.local'];
  const foreign = ['evil.example', 'evil.example:5555', 'localhost.evil.example', '127.0.0.1.evil.example'];
  const allowedHosts = ['Proxy.example'];
  const local = await openApp(t, {}, { loopbackOnly: true, allowedHosts });
  const reachable = await openApp(t, {}, { allowedHosts });
  const guarded = await openApp(t, {}, { loopbackOnly: true, access: CLOSED });
  const status = async ({ call }: typeof local, host: string) =>
    (await call('GET', '/api/workers', undefined, { host, 'x-test-caller': 'viewer' })).status;
  for (const host of own) {
    assert.deepEqual([host, await status(local, host), await status(reachable, host)], [host, 200, 200]);
  }
  for (const host of inside) {
    assert.deepEqual([host, await status(local, host), await status(reachable, host)], [host, 403, 200]);
  }
  for (const host of foreign) {
    assert.deepEqual([host, await status(local, host), await status(reachable, host)], [host, 403, 403]);
    assert.equal(await status(guarded, host), 200, host);
  }
});

test('an unexpected error tells the client nothing', () => {
  for (const error of [
    new Error('secret'),
    new TypeError('secret'),
    'secret',
    null,
    undefined,
    { statusCode: 500 },
  ]) {
    const { status, body } = toErrorAnswer(error);
    assert.equal(status, 500);
    assert.doesNotMatch(body.error, /secret/);
  }
});

test('a history that cannot be read is 503, and a question that takes too long is told how to be narrower', () => {
  const away = toErrorAnswer(new StoreError('unavailable', 'umbel.db is locked'));
  assert.equal(away.status, 503);
  assert.match(away.body.error, /cannot be read or written now/);
  assert.doesNotMatch(away.body.error, /umbel\.db/);
  const tooSlow = toErrorAnswer(new StoreError('too_slow', 'reading took longer than 10 s'));
  assert.equal(tooSlow.status, 503);
  assert.match(tooSlow.body.error, /in time.*received_start.*search/);
});

test('the page escapes every value and lets no script run', async (t) => {
  const evil = '<script>alert(1)</script>\'"&';
  const { call } = await openApp(t, {
    tasks: [taskRecord('t1', { name: evil, state: evil, worker: evil, received: 1e18, timestamp: 1 })],
  });
  const { text, headers } = await call('GET', '/');
  assert.ok(!text.includes('<script'), text);
  assert.ok(text.includes('&#60;script&#62;alert(1)&#60;/script&#62;&#39;&#34;&#38;'));
  assert.match(String(headers['content-security-policy']), /^default-src 'none'; style-src 'sha256-/);
  assert.doesNotMatch(String(headers['content-security-policy']), /script|unsafe/);
  assert.equal(headers['cache-control'], 'no-store');
});
