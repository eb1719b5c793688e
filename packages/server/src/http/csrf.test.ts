import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CSRF_TOKEN } from '../../test/http/fake-authenticator.ts';
import { openApp } from '../../test/http/open-app.ts';
import { ROUTES } from './routes/index.ts';

const PATH = '/api/worker/pool/grow/w1@test';
const SESSION = { 'x-test-session': 'operator' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const ACCESS = { access: { open: false } };

test('a change by session is done only with its token, as header or form field', async (t) => {
  const { call, desk } = await openApp(t, {}, ACCESS);
  const boundary = `--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n${CSRF_TOKEN}\r\n--b--\r\n`;
  const good = [
    await call('POST', PATH, {}, { ...SESSION, 'x-csrf-token': CSRF_TOKEN }),
    await call('POST', PATH, undefined, { ...SESSION, 'x-csrf-token': CSRF_TOKEN }),
    await call('POST', PATH, `n=2&csrf_token=${CSRF_TOKEN}`, { ...SESSION, ...FORM }),
    await call('POST', PATH, boundary, { ...SESSION, 'content-type': 'multipart/form-data; boundary=b' }),
  ];
  assert.deepEqual(
    good.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  assert.equal(desk.commands.length, 4);
});

test('without it, with another one, or with one that comes some other way nothing is done', async (t) => {
  const { call, desk } = await openApp(t, {}, ACCESS);
  const refused = [
    await call('POST', PATH, undefined, SESSION),
    await call('POST', PATH, {}, SESSION),
    await call('POST', PATH, { csrf_token: CSRF_TOKEN }, SESSION),
    await call('POST', `${PATH}?csrf_token=${CSRF_TOKEN}`, 'n=1', { ...SESSION, ...FORM }),
    await call('POST', PATH, `csrf_token=${CSRF_TOKEN}`, { ...SESSION, 'content-type': 'text/plain' }),
    await call('POST', PATH, 'csrf_token=', { ...SESSION, ...FORM }),
    await call('POST', PATH, 'csrf_token=wrong', { ...SESSION, ...FORM }),
    await call('POST', PATH, `csrf_token=${CSRF_TOKEN}`, { ...SESSION, ...FORM, 'x-csrf-token': 'wrong' }),
    await call('POST', PATH, {}, { ...SESSION, 'x-csrf-token': '' }),
    await call('POST', PATH, {}, { ...SESSION, 'x-csrf-token': `${CSRF_TOKEN}x` }),
    await call('POST', PATH, {}, { ...SESSION, 'x-csrf-token': CSRF_TOKEN.slice(1) }),
    await call('POST', PATH, {}, { ...SESSION, cookie: `csrf_token=${CSRF_TOKEN}` }),
  ];
  assert.deepEqual(
    refused.map(({ status }) => status),
    refused.map(() => 403),
  );
  assert.ok(refused.every(({ text }) => !text.includes(CSRF_TOKEN)));
  assert.deepEqual(desk.commands, []);
});

test('every route that changes something asks for it, unless anybody may call it', async (t) => {
  const { call } = await openApp(t, {}, ACCESS);
  for (const { method, path, right } of ROUTES) {
    if (method === 'GET' || right === 'open') continue;
    const { status, text } = await call(method, path.replace('*', 'x'), {}, { 'x-test-session': 'admin' });
    assert.equal(status, 403, `${method} ${path}`);
    assert.match(text, /X-CSRF-Token/, `${method} ${path}`);
  }
});

test('reading needs none, and neither does whoever comes with a key', async (t) => {
  const { call } = await openApp(t, {}, ACCESS);
  assert.equal((await call('GET', '/api/workers', undefined, SESSION)).status, 200);
  assert.equal((await call('POST', PATH, {}, { 'x-test-caller': 'operator' })).status, 200);
});

test('the token does not help a page of another site', async (t) => {
  const { call, desk } = await openApp(t, {}, ACCESS);
  const headers = { ...SESSION, 'x-csrf-token': CSRF_TOKEN, origin: 'https://evil.example' };
  assert.equal((await call('POST', PATH, {}, headers)).status, 403);
  assert.deepEqual(desk.commands, []);
});
