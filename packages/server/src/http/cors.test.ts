import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../test/http/open-app.ts';

const FRIEND = 'https://portal.example.org';
const WITH_FRIEND = { corsOrigins: [FRIEND], access: { open: false } };
const KEY = { 'x-test-caller': 'operator' };
const PREFLIGHT = {
  'access-control-request-method': 'POST',
  'access-control-request-headers': 'authorization, content-type',
};
const corsHeaders = (headers: Readonly<Record<string, unknown>>) =>
  Object.keys(headers).filter((name) => name.startsWith('access-control-'));

test('unless it is configured no answer has a CORS header', async (t) => {
  const { call } = await openApp(t, {}, { access: { open: false } });
  for (const origin of [FRIEND, 'null', 'http://localhost']) {
    for (const [method, more] of [
      ['GET', KEY],
      ['OPTIONS', PREFLIGHT],
      ['POST', KEY],
    ] as const) {
      const { headers } = await call(method, '/api/workers', undefined, { origin, ...more });
      assert.deepEqual(corsHeaders(headers), [], `${method} ${origin}`);
    }
  }
});

test('a configured origin may ask, before and for real, and nothing is a wildcard', async (t) => {
  const { call, desk } = await openApp(t, {}, WITH_FRIEND);
  const preflight = await call('OPTIONS', '/api/worker/pool/grow/w1@test', undefined, {
    origin: FRIEND,
    ...PREFLIGHT,
  });
  assert.equal(preflight.status, 204);
  assert.equal(preflight.headers['access-control-allow-origin'], FRIEND);
  assert.equal(preflight.headers['access-control-allow-credentials'], 'true');
  assert.match(String(preflight.headers['access-control-allow-methods']), /POST/);
  assert.match(String(preflight.headers['access-control-allow-headers']), /x-csrf-token/);
  assert.ok(preflight.headers['content-security-policy'] !== undefined);

  const headers = { ...KEY, origin: FRIEND, 'sec-fetch-site': 'cross-site' };
  const answer = await call('POST', '/api/worker/pool/grow/w1@test', {}, headers);
  assert.deepEqual([answer.status, answer.headers['access-control-allow-origin']], [200, FRIEND]);
  assert.match(String(answer.headers['vary']), /Origin/i);
  const stranger = await call('GET', '/api/workers', undefined, { origin: FRIEND });
  assert.deepEqual([stranger.status, stranger.headers['access-control-allow-origin']], [401, FRIEND]);
  assert.equal(desk.commands.length, 1);
  for (const { headers: given } of [preflight, answer, stranger]) {
    assert.ok(!Object.values(given).includes('*'));
  }
});

test('origins that only look like it get nothing', async (t) => {
  const { call, desk } = await openApp(t, {}, WITH_FRIEND);
  for (const origin of [
    'http://portal.example.org',
    'https://portal.example.org:8443',
    'https://portal.example.org.evil.example',
    'https://evilportal.example.org',
    'https://portal.example.org/',
    'HTTPS://PORTAL.EXAMPLE.ORG',
    'null',
    '',
  ]) {
    const preflight = await call('OPTIONS', '/api/workers', undefined, { origin, ...PREFLIGHT });
    assert.deepEqual(corsHeaders(preflight.headers), [], origin);
    const reading = await call('GET', '/api/workers', undefined, { ...KEY, origin });
    assert.deepEqual(corsHeaders(reading.headers), [], origin);
    const change = await call(
      'POST',
      '/api/worker/pool/grow/w1@test',
      {},
      {
        ...KEY,
        origin,
        'sec-fetch-site': 'cross-site',
      },
    );
    assert.equal(change.status, 403, origin);
  }
  assert.deepEqual(desk.commands, []);
});

test('OPTIONS still names the methods of a path, and 404 is 404', async (t) => {
  const { call } = await openApp(t, {}, WITH_FRIEND);
  const { status, headers } = await call('OPTIONS', '/api/workers');
  assert.deepEqual([status, headers['allow']], [204, 'GET, HEAD, OPTIONS']);
  assert.equal((await call('OPTIONS', '/nope')).status, 404);
  assert.equal((await call('OPTIONS', '/api/nope')).status, 401);
});

test('what is not an exact origin is refused at the start', async (t) => {
  for (const origin of ['*', 'portal.example.org', 'https://*.example.org', 'https://a.example/x', 'null']) {
    await assert.rejects(openApp(t, {}, { corsOrigins: [origin] }), TypeError, origin);
  }
});
