import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { browse } from '../../../test/http/browse.ts';
import { openApp } from '../../../test/http/open-app.ts';
import { createRememberingAuthenticator, PASSWORD } from '../../../test/http/remembering-authenticator.ts';
import { ALL_RIGHTS, RIGHTS } from '../../auth/rights.ts';

async function openAccount(t: TestContext, name: string) {
  const remembered = createRememberingAuthenticator();
  const app = await openApp(t, {}, { authenticator: remembered.authenticator });
  const browser = browse(app.call, { 'user-agent': 'Test/1.0' });
  await browser.post('/login', { name, password: PASSWORD });
  await browser.get('/account');
  return { ...app, remembered, browser };
}

/** Text between tags, spaces joined. */
const wordsOf = (text: string) => text.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');

test('the page says who one is and what each right means', async (t) => {
  const { browser } = await openAccount(t, 'narrowed');
  const { text, status, headers } = await browser.get('/account');
  assert.equal(status, 200);
  const words = wordsOf(text);
  assert.match(words, /Name narrowed Signed in by password Roles viewer, emails/);
  for (const right of ALL_RIGHTS) {
    assert.ok(words.includes(`${right} ${RIGHTS[right]}`), right);
  }
  assert.match(words, /send Send tasks\. tasks emails\.\* and queues emails/);
  assert.match(words, /view See workers[^.]*\. everywhere/);
  assert.match(words, /shutdown Shut workers down\. no /);
  assert.match(
    String(headers['content-security-policy']),
    /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
  );
  assert.ok(!text.includes('<script') && !/\son\w+=/.test(text) && !text.includes(' style="'));
});

test('only somebody who is known has an account', async (t) => {
  const { call } = await openAccount(t, 'viewer');
  const { status, headers } = await call('GET', '/account', undefined, { accept: 'text/html' });
  assert.deepEqual([status, headers['location']], [302, '/login?next=%2Faccount']);
  for (const path of ['/account/tokens', '/account/tokens/revoke', '/account/sessions/end']) {
    assert.equal((await call('POST', path, 'id=t1')).status, 401, path);
  }
});

test('the secret of a new token is shown once, on the page that follows the form', async (t) => {
  const { browser, remembered, audit } = await openAccount(t, 'operator');
  const made = await browser.post('/account/tokens', {
    name: 'ci',
    expires: '30d',
    networks: '10.0.0.0/8, ::1',
    right_view: 'on',
    right_send: 'on',
  });
  assert.deepEqual([made.status, made.headers['location']], [303, '/account?done=token_made#tokens']);
  const [token] = remembered.tokens;
  assert.deepEqual(
    [token?.name, token?.rights, token?.networks],
    ['ci', ['view', 'send'], ['10.0.0.0/8', '::1']],
  );
  assert.equal(Math.round(((token?.expiresAt ?? 0) - Date.now()) / 86_400_000), 30);
  const secret = browser.cookies.get('umbel_new_token') ?? '';
  const shown = await browser.get('/account?done=token_made');
  assert.ok(shown.text.includes(`<code class="secret">${secret}</code>`));
  assert.ok(!browser.cookies.has('umbel_new_token'));
  const again = await browser.get('/account?done=token_made');
  assert.ok(!again.text.includes(secret));
  assert.match(again.text, /Its secret has been shown already/);
  assert.ok(!JSON.stringify(audit.entries).includes(secret));
});

test('a planted cookie shows nobody a token that is not theirs', async (t) => {
  const { browser } = await openAccount(t, 'operator');
  browser.cookies.set('umbel_new_token', 'umbel_planted');
  assert.ok(!(await browser.get('/account')).text.includes('umbel_planted'));
});

test('a form that is wrong comes back as it was, with the reason', async (t) => {
  const { browser, remembered, audit } = await openAccount(t, 'viewer');
  for (const [fields, reason] of [
    [{ right_view: 'on' }, 'A token needs a name.'],
    [{ name: 'ci' }, 'A token needs at least one right.'],
    [{ name: 'ci', right_admin: 'on' }, 'admin is not one of your rights.'],
    [{ name: 'ci', right_view: 'on', networks: 'home' }, 'home is not an address or network.'],
  ] as const) {
    const { status, text } = await browser.post('/account/tokens', { expires: '1y', ...fields });
    assert.equal(status, 400);
    assert.match(text, new RegExp(`role="alert"><strong>Not done\\.</strong> ${reason}`));
    assert.match(text, /<option value="1y" selected>/);
    assert.equal(audit.entries.at(-1)?.outcome, 'refused');
    assert.equal(audit.entries.at(-1)?.detail, reason);
  }
  const { text } = await browser.post('/account/tokens', {
    name: 'ci',
    right_payload: 'on',
    networks: 'home',
  });
  assert.match(text, /name="name" value="ci"/);
  assert.match(text, /name="right_payload" value="on" checked/);
  assert.match(text, /name="networks" value="home"/);
  assert.deepEqual(remembered.tokens, []);
});

test('the form offers own rights only', async (t) => {
  const { browser } = await openAccount(t, 'viewer');
  const { text } = await browser.get('/account');
  assert.deepEqual(
    [...text.matchAll(/name="right_(\w+)"/g)].map((match) => match[1]),
    ['view', 'payload'],
  );
  assert.match(text, /<option value="90d" selected>in 90 days/);
});

test('a token is revoked by its button, and again does no harm', async (t) => {
  const { browser, remembered, audit } = await openAccount(t, 'viewer');
  await browser.post('/account/tokens', { name: 'ci', right_view: 'on' });
  const revoked = await browser.post('/account/tokens/revoke', { id: 't1' });
  assert.deepEqual(
    [revoked.status, revoked.headers['location']],
    [303, '/account?done=token_revoked#tokens'],
  );
  assert.notEqual(remembered.tokens[0]?.revokedAt, null);
  const again = await browser.post('/account/tokens/revoke', { id: 't1' });
  assert.equal(again.headers['location'], '/account?done=nothing#tokens');
  assert.match((await browser.get('/account?done=nothing')).text, /There was nothing to do/);
  assert.deepEqual(
    audit.entries.slice(-2).map(({ action, target, outcome, status }) => [action, target, outcome, status]),
    [
      ['token.revoke', 't1', 'done', 303],
      ['token.revoke', 't1', 'refused', 404],
    ],
  );
});

test('sessions are listed with the one that asks, and others are ended by their button', async (t) => {
  const { browser, call, remembered } = await openAccount(t, 'viewer');
  const elsewhere = browse(call, { 'user-agent': 'Elsewhere/2.0' });
  await elsewhere.post('/login', { name: 'viewer', password: PASSWORD });
  const { text } = await browser.get('/account');
  assert.match(wordsOf(text), /Test\/1\.0 this one/);
  assert.match(wordsOf(text), /Elsewhere\/2\.0 End/);
  const id = /name="id" value="([0-9a-f]{16})"/.exec(text)?.[1] ?? '';
  const ended = await browser.post('/account/sessions/end', { id });
  assert.equal(ended.headers['location'], '/account?done=session_ended');
  assert.equal(remembered.sessions.size, 1);
  assert.equal((await elsewhere.get('/account')).status, 302);
  assert.equal(
    (await browser.post('/account/sessions/end', { id })).headers['location'],
    '/account?done=nothing',
  );
});

test('sign out everywhere ends all own sessions', async (t) => {
  const { browser, call, remembered } = await openAccount(t, 'viewer');
  await browse(call).post('/login', { name: 'viewer', password: PASSWORD });
  const out = await browser.post('/account/sign-out-everywhere');
  assert.deepEqual([out.status, out.headers['location'], remembered.sessions.size], [303, '/logout', 0]);
  assert.equal(browser.cookies.size, 0);
});

test('no form of the page works without the token of the session', async (t) => {
  const { browser, remembered } = await openAccount(t, 'viewer');
  for (const [path, fields] of [
    ['/account/tokens', { name: 'ci', right_view: 'on' }],
    ['/account/tokens/revoke', { id: 't1' }],
    ['/account/sessions/end', { id: 'x' }],
    ['/account/sign-out-everywhere', {}],
    ['/logout', {}],
  ] as const) {
    assert.equal((await browser.post(path, fields, { forged: true })).status, 403, path);
    assert.equal(
      (await browser.post(path, { ...fields, csrf_token: 'guess' }, { forged: true })).status,
      403,
    );
  }
  assert.deepEqual([remembered.sessions.size, remembered.tokens.length], [1, 0]);
});

test('admins find the audit trail, others do not', async (t) => {
  const admin = await openAccount(t, 'admin');
  assert.match((await admin.browser.get('/account')).text, /<a href="\/audit">Audit<\/a>/);
  const operator = await openAccount(t, 'operator');
  assert.ok(!(await operator.browser.get('/account')).text.includes('/audit'));
  assert.equal((await operator.browser.get('/audit')).status, 403);
});
