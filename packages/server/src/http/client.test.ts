// How this server sees a client, and how the client sees this server: addresses, hosts, schemes, cookies.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { createFakeAuthenticator } from '../../test/http/fake-authenticator.ts';
import { openApp } from '../../test/http/open-app.ts';
import type { Evidence } from '../auth/authenticator.ts';
import type { AppOptions } from './build-app.ts';

type Options = Partial<AppOptions>;
type Headers = Readonly<Record<string, string>>;

/** What the authenticator is shown of a request. */
async function evidenceOf(
  t: TestContext,
  options: Options,
  headers: Headers,
  peer = '127.0.0.1',
): Promise<Evidence> {
  const seen: Evidence[] = [];
  const fake = createFakeAuthenticator();
  const authenticator = {
    ...fake,
    identify: async (evidence: Evidence) => {
      seen.push(evidence);
      return fake.identify(evidence);
    },
  };
  const { app } = await openApp(t, {}, { authenticator, ...options });
  await app.inject({
    method: 'GET',
    url: `${options.urlPrefix ?? ''}/api/workers`,
    headers,
    remoteAddress: peer,
  });
  return seen[0] ?? assert.fail('nobody was asked');
}

test('the address of the client comes from trusted proxies alone', async (t) => {
  const forwarded = { 'x-forwarded-for': '203.0.113.9' };
  const address = async (options: Options, headers: Headers, peer?: string) =>
    (await evidenceOf(t, options, headers, peer)).address;
  assert.equal(await address({}, forwarded), '127.0.0.1');
  assert.equal(await address({ trustProxy: ['10.0.0.0/8'] }, forwarded), '127.0.0.1');
  assert.equal(await address({ trustProxy: ['127.0.0.1'] }, forwarded), '203.0.113.9');
  assert.equal(await address({ trustProxy: ['10.0.0.0/8'] }, forwarded, '::ffff:10.1.2.3'), '203.0.113.9');
  assert.equal(await address({ trustProxy: ['fd00::/8'] }, forwarded, 'fd00::1'), '203.0.113.9');
  // What a client put there itself stands before what the proxy has seen.
  const spoofed = { 'x-forwarded-for': '127.0.0.1, 198.51.100.7' };
  assert.equal(await address({ trustProxy: ['127.0.0.1'] }, spoofed), '198.51.100.7');
  const chain = { 'x-forwarded-for': '1.1.1.1, 203.0.113.9, 10.0.0.2' };
  assert.equal(await address({ trustProxy: ['127.0.0.1', '10.0.0.0/8'] }, chain), '203.0.113.9');
  for (const [text, expected] of [
    ['203.0.113.9:4711', '203.0.113.9'],
    ['[2001:db8::1]:80', '2001:db8::1'],
    ['unknown', null],
    ['<script>', null],
    ["' OR 1=1", null],
  ] as const) {
    assert.equal(await address({ trustProxy: ['127.0.0.1'] }, { 'x-forwarded-for': text }), expected, text);
  }
});

test('the peer is always the other end of the socket', async (t) => {
  const evidence = await evidenceOf(t, { trustProxy: ['127.0.0.1'] }, { 'x-forwarded-for': '10.0.0.1' });
  assert.deepEqual([evidence.peer, evidence.address], ['127.0.0.1', '10.0.0.1']);
});

test('a header that came twice is a list, so that no second value hides in it', async (t) => {
  const { app } = await openApp(t);
  const seen: unknown[] = [];
  app.addHook('onSend', async (request) => {
    seen.push(request.client.evidence.header('x-user'));
  });
  await app.inject({ method: 'GET', url: '/healthz', headers: { 'x-user': 'ada' } });
  await app.inject({ method: 'GET', url: '/healthz', headers: { 'x-user': ['ada', 'eve'] } });
  await app.inject({ method: 'GET', url: '/healthz', headers: { x_user: 'eve' } });
  assert.deepEqual(seen, ['ada', ['ada', 'eve'], undefined]);
});

test('the origin is what the browser has in its address bar', async (t) => {
  const origin = async (options: Options, headers: Headers) => {
    const { app } = await openApp(
      t,
      {},
      { allowedHosts: ['umbel.example', 'inside', 'evil.example'], ...options },
    );
    let seen = '';
    app.addHook('onSend', async (request) => {
      seen = request.client.origin;
    });
    await app.inject({ method: 'GET', url: `${options.urlPrefix ?? ''}/healthz`, headers });
    return seen;
  };
  const proxied = { host: 'inside', 'x-forwarded-host': 'umbel.example', 'x-forwarded-proto': 'https' };
  assert.equal(await origin({}, { host: 'Umbel.example:8443' }), 'http://umbel.example:8443');
  assert.equal(await origin({}, proxied), 'http://inside');
  assert.equal(await origin({ trustProxy: ['127.0.0.1'] }, proxied), 'https://umbel.example');
  assert.equal(await origin({ urlPrefix: '/ops' }, { host: 'umbel.example' }), 'http://umbel.example/ops');
  for (const publicUrl of ['https://umbel.example', 'https://umbel.example/', 'https://umbel.example/ops/']) {
    assert.equal(
      await origin({ publicUrl, urlPrefix: '/ops' }, { host: 'evil.example' }),
      'https://umbel.example/ops',
      publicUrl,
    );
  }
  for (const host of ['a b', 'umbel.example/x', 'user@umbel.example', '"><script>']) {
    const { app } = await openApp(t, {}, { trustProxy: ['127.0.0.1'] });
    for (const headers of [{ host }, { host: 'localhost', 'x-forwarded-host': host }]) {
      const { statusCode, body } = await app.inject({ method: 'GET', url: '/healthz', headers });
      assert.equal(statusCode, 400, host);
      assert.ok(!body.includes(host), host);
    }
  }
});

test('behind a trusted proxy the site is compared as the browser sees it, else as the socket does', async (t) => {
  const headers = {
    host: 'inside:5555',
    'x-forwarded-host': 'umbel.example',
    'x-forwarded-proto': 'https',
    origin: 'https://umbel.example',
    'x-test-caller': 'operator',
  };
  const revoke = async (options: Options) => {
    const { call } = await openApp(t, {}, { access: { open: false }, ...options });
    return (await call('POST', '/api/task/revoke/t1', {}, headers)).status;
  };
  assert.equal(await revoke({}), 403);
  assert.equal(await revoke({ trustProxy: ['10.0.0.0/8'] }), 403);
  assert.equal(await revoke({ trustProxy: ['127.0.0.1'] }), 200);
  assert.equal(await revoke({ publicUrl: 'https://umbel.example' }), 200);
  assert.equal(await revoke({ publicUrl: 'https://other.example' }), 403);
});

test('a session cookie that came twice counts for nothing', async (t) => {
  const cookie = async (text: string, options: Options = {}) =>
    (await evidenceOf(t, options, { cookie: text })).sessionCookie;
  assert.equal(await cookie('a=1; umbel_session=abc; b=2'), 'abc');
  assert.equal(await cookie('umbel_session=abc; umbel_session=abc'), undefined);
  assert.equal(await cookie('umbel_session=evil; a=1; umbel_session =abc'), undefined);
  assert.equal(await cookie('UMBEL_SESSION=abc'), undefined);
  assert.equal(await cookie('__Host-umbel_session=abc'), undefined);
});

test('over https without a prefix only the cookie that no other host can set counts', async (t) => {
  const https = { publicUrl: 'https://umbel.example' };
  const cookies = { cookie: 'umbel_session=plain; __Host-umbel_session=own' };
  assert.equal((await evidenceOf(t, https, cookies)).sessionCookie, 'own');
  assert.equal((await evidenceOf(t, { ...https, urlPrefix: '/ops' }, cookies)).sessionCookie, 'plain');
});

test('headers that only one of two readers may believe are refused when they come twice', async (t) => {
  const { app, desk } = await openApp(t);
  for (const name of ['authorization', 'origin', 'x-csrf-token', 'sec-fetch-site']) {
    const response = await app.inject({
      method: 'POST',
      url: '/api/worker/pool/grow/w1@test',
      headers: { [name]: ['http://localhost:80', 'same-origin'] },
    });
    assert.equal(response.statusCode, 400, name);
    assert.match(response.body, /came twice/);
  }
  assert.deepEqual(desk.commands, []);
});

test('networks that are none are refused at the start', async (t) => {
  for (const network of ['', 'proxy', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '*', '::/129', '0x7f.1']) {
    await assert.rejects(openApp(t, {}, { trustProxy: [network] }), TypeError, network);
  }
});
