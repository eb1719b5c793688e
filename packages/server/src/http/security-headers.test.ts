import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../test/http/open-app.ts';
import { ROUTES } from './routes/index.ts';

const EVERY = {
  'x-content-type-options': /^nosniff$/,
  'referrer-policy': /^no-referrer$/,
  'cross-origin-resource-policy': /^same-origin$/,
  'cross-origin-opener-policy': /^same-origin$/,
  'permissions-policy': /camera=\(\)/,
  'cache-control': /no-store|max-age|public/,
  'content-security-policy': /default-src 'none'/,
};

test('every answer carries them, whatever it is', async (t) => {
  const { call } = await openApp(t);
  const answers = [
    ...(await Promise.all(
      ROUTES.map(({ method, path }) =>
        call(method, path.replace('*', 'x'), undefined, { 'x-test-caller': 'nothing' }),
      ),
    )),
    await call('GET', '/nope'),
    await call('PUT', '/api/workers'),
    await call('OPTIONS', '/api/workers'),
    await call('GET', '/api/docs/'),
    await call('GET', '/api/task/info/%ff'),
    await call('POST', '/api/task/revoke/x', undefined, { origin: 'http://evil.example' }),
    await call('GET', '/', undefined, { host: 'evil.example' }),
    await call('GET', `/${'x'.repeat(9_000)}`),
  ];
  for (const { status, headers } of answers) {
    for (const [name, pattern] of Object.entries(EVERY)) {
      assert.match(String(headers[name]), pattern, `${status} ${name}`);
    }
    assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/);
    assert.equal(headers['x-frame-options'], 'DENY');
    assert.equal(headers['strict-transport-security'], undefined);
    assert.equal(headers['server'], undefined);
    assert.equal(headers['x-powered-by'], undefined);
  }
});

test('HSTS comes over https alone, and only a trusted proxy can say that it is', async (t) => {
  const forwarded = { 'x-forwarded-proto': 'https' };
  const hsts = async (options: Parameters<typeof openApp>[2]) => {
    const { call } = await openApp(t, {}, options);
    return (await call('GET', '/healthz', undefined, forwarded)).headers['strict-transport-security'];
  };
  assert.equal(await hsts({}), undefined);
  assert.equal(await hsts({ trustProxy: ['10.0.0.0/8'] }), undefined);
  assert.equal(await hsts({ trustProxy: ['127.0.0.1'] }), 'max-age=31536000');
  assert.equal(await hsts({ publicUrl: 'https://umbel.example.org' }), 'max-age=31536000');
});

test('who may frame the pages can be said, and then is said everywhere', async (t) => {
  const { call } = await openApp(t, {}, { frameAncestors: ["'self'", 'https://portal.example.org'] });
  for (const path of ['/', '/api/workers', '/api/docs/', '/nope']) {
    const { headers } = await call('GET', path);
    assert.match(
      String(headers['content-security-policy']),
      /frame-ancestors 'self' https:\/\/portal\.example\.org$/,
      path,
    );
    assert.equal(headers['x-frame-options'], undefined, path);
  }
  const { call: closed } = await openApp(t, {}, { frameAncestors: ["'none'"] });
  assert.equal((await closed('GET', '/')).headers['x-frame-options'], 'DENY');
  for (const source of ["'self'; script-src *", 'a b', 'https://a,b', '']) {
    await assert.rejects(openApp(t, {}, { frameAncestors: [source] }), TypeError, source);
  }
});
