import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openApp } from '../../../test/http/open-app.ts';
import { createRememberingAuthenticator, PASSWORD } from '../../../test/http/remembering-authenticator.ts';
import type { Authenticator } from '../../auth/authenticator.ts';
import { ALL_RIGHTS } from '../../auth/rights.ts';

type Json = Readonly<Record<string, unknown>>;

async function openApi(t: TestContext, overrides: Partial<Authenticator> = {}) {
  const remembered = createRememberingAuthenticator(overrides);
  const app = await openApp(t, {}, { authenticator: remembered.authenticator });
  /** Signs in; answers what the cookie and the token of the session make of a request. */
  async function signIn(name: string) {
    const { headers, json } = await app.call('POST', '/api/v1/session', { name, password: PASSWORD });
    const cookie = String(headers['set-cookie']).split(';', 1)[0] as string;
    const csrf = json()['csrf_token'] as string;
    return {
      get: (url: string) => app.call('GET', url, undefined, { cookie }),
      change: (method: string, url: string, body?: unknown) =>
        app.call(method, url, body, { cookie, 'x-csrf-token': csrf }),
      forge: (method: string, url: string) => app.call(method, url, undefined, { cookie }),
    };
  }
  return { ...app, remembered, signIn };
}

test('a stranger learns the ways to sign in and nothing else', async (t) => {
  const { call } = await openApi(t);
  const { user, rights, clusters, csrf_token, server, ways, providers, open_access } = (
    await call('GET', '/api/v1/session')
  ).json();
  assert.deepEqual(
    { user, rights, clusters, csrf_token, ways, providers, open_access },
    {
      user: null,
      rights: [],
      clusters: [],
      csrf_token: null,
      ways: { password: true },
      providers: [{ id: 'corp', label: 'Corp' }],
      open_access: false,
    },
  );
  assert.equal((server as Json)['version'], null);
});

test('somebody who signed in learns who they are and what they may do', async (t) => {
  const { signIn } = await openApi(t);
  const reply = (await (await signIn('narrowed')).get('/api/v1/session')).json();
  assert.deepEqual(reply['user'], { name: 'narrowed', email: null, via: 'password', token: null });
  assert.deepEqual(reply['rights'], ['view', 'send', 'revoke']);
  const scope = { tasks: ['emails.*'], queues: ['emails'] };
  assert.deepEqual(reply['scopes'], { send: [scope], revoke: [scope] });
  assert.deepEqual(reply['roles'], ['viewer', 'emails']);
  assert.equal(reply['csrf_token'], 'csrf-of-cookie-1');
  assert.ok(Date.parse(reply['expires_at'] as string) > Date.now());
  assert.deepEqual(reply['clusters'], [
    { id: 'default', label: 'default', broker: 'redis://127.0.0.1:6379/0' },
  ]);
  assert.equal((reply['server'] as Json)['version'], '1.2.3');
});

test('a sign-in that fails is a problem with its code, and a 429 says when to come again', async (t) => {
  const { call, remembered, audit } = await openApi(t);
  const wrong = await call('POST', '/api/v1/session', { name: 'ada', password: 'hunter2' });
  assert.equal(wrong.status, 401);
  assert.match(String(wrong.headers['content-type']), /^application\/problem\+json/);
  assert.deepEqual(wrong.json(), {
    type: 'about:blank',
    title: 'Unauthorized',
    status: 401,
    code: 'sign_in_wrong',
    detail: 'Name or password is wrong.',
    params: {},
  });
  // A scheme that browsers know would open their own dialog over the page.
  assert.equal(wrong.headers['www-authenticate'], 'Session realm="Umbel"');
  remembered.refuseNext = { refused: 'throttled', sentence: 'Too many attempts.', retryAfterS: 12.2 };
  const throttled = await call('POST', '/api/v1/session', { name: 'ada', password: 'x' });
  assert.deepEqual([throttled.status, throttled.headers['retry-after']], [429, '13']);
  assert.deepEqual(throttled.json()['params'], { retry_after: 13 });
  assert.deepEqual(
    audit.entries.map(({ action, outcome, who }) => [action, outcome, who]),
    [
      ['session.sign_in', 'refused', 'ada'],
      ['session.sign_in', 'refused', null],
    ],
  );
  assert.ok(!JSON.stringify(audit.entries).includes('hunter2'));
});

test('a sign-in takes a name and a password, in the body, and nothing else', async (t) => {
  const { call, remembered } = await openApi(t);
  for (const body of [
    { name: 'admin' },
    { name: 'admin', password: { $ne: null } },
    { name: 'admin', password: PASSWORD, role: 'admin' },
    { name: ['admin'], password: PASSWORD },
  ]) {
    const { status, text } = await call('POST', '/api/v1/session', body);
    assert.equal(status, 400, text);
  }
  const inUrl = await call('POST', `/api/v1/session?name=admin&password=${encodeURIComponent(PASSWORD)}`, {});
  assert.deepEqual([inUrl.status, remembered.sessions.size], [400, 0]);
});

test('signing out ends the session and takes the cookie away', async (t) => {
  const { signIn, remembered, call } = await openApi(t);
  const ada = await signIn('viewer');
  assert.equal((await ada.forge('DELETE', '/api/v1/session')).status, 403);
  assert.equal(remembered.sessions.size, 1);
  const out = await ada.change('DELETE', '/api/v1/session');
  assert.deepEqual([out.status, out.text, remembered.sessions.size], [204, '', 0]);
  assert.match(String(out.headers['set-cookie']), /^umbel_session=; .*Expires=Thu, 01 Jan 1970/);
  assert.equal((await ada.get('/api/v1/sessions')).status, 401);
  assert.equal((await call('DELETE', '/api/v1/session')).status, 401);
});

test('whoever came without a session has none to end', async (t) => {
  const { signIn, call } = await openApi(t);
  const ada = await signIn('viewer');
  const { secret } = (await ada.change('POST', '/api/v1/tokens', { name: 'ci' })).json();
  const { status, json } = await call('DELETE', '/api/v1/session', undefined, {
    authorization: `Bearer ${String(secret)}`,
  });
  assert.deepEqual([status, json()['code']], [409, 'no_session']);
});

test('people see their own sessions, admins everybody’s', async (t) => {
  const { signIn } = await openApi(t);
  const first = await signIn('viewer');
  await signIn('viewer');
  const admin = await signIn('admin');
  const own = (await first.get('/api/v1/sessions')).json();
  const items = own['items'] as Json[];
  assert.deepEqual([items.length, own['next']], [2, null]);
  assert.deepEqual(
    items.map(({ current }) => current),
    [true, false],
  );
  assert.match(String(items[0]?.['id']), /^[0-9a-f]{16}$/);
  const all = await first.get('/api/v1/sessions?all=true');
  assert.deepEqual([all.status, all.json()['params']], [403, { right: 'admin' }]);
  assert.equal(((await admin.get('/api/v1/sessions?all=true')).json()['items'] as Json[]).length, 3);
});

test('one ends own sessions, admins any, and nobody else’s', async (t) => {
  const { signIn, remembered, audit } = await openApi(t);
  const viewer = await signIn('viewer');
  const other = await signIn('operator');
  const admin = await signIn('admin');
  const idOf = async (who: typeof viewer) =>
    String(((await who.get('/api/v1/sessions')).json()['items'] as Json[])[0]?.['id']);
  const [own, foreign] = [await idOf(viewer), await idOf(other)];
  const refused = await viewer.change('DELETE', `/api/v1/sessions/${foreign}`);
  assert.deepEqual([refused.status, refused.json()['code']], [404, 'unknown_session']);
  assert.equal((await viewer.change('DELETE', `/api/v1/sessions/${own}`)).status, 204);
  assert.equal((await admin.change('DELETE', `/api/v1/sessions/${foreign}`)).status, 204);
  assert.equal(remembered.sessions.size, 1);
  assert.deepEqual(
    audit.entries
      .filter(({ action }) => action === 'session.end')
      .map(({ who, target, outcome }) => [who, target, outcome]),
    [
      ['viewer', foreign, 'refused'],
      ['viewer', own, 'done'],
      ['admin', foreign, 'done'],
    ],
  );
});

test('signing out everywhere ends all own sessions and no other', async (t) => {
  const { signIn, remembered, audit } = await openApi(t);
  await signIn('viewer');
  await signIn('admin');
  const viewer = await signIn('viewer');
  const { json, headers } = await viewer.change('DELETE', '/api/v1/sessions');
  assert.deepEqual(json(), { ended: 2 });
  assert.match(String(headers['set-cookie']), /^umbel_session=; /);
  assert.equal(remembered.sessions.size, 1);
  const line = audit.entries.at(-1);
  assert.deepEqual([line?.action, line?.detail], ['session.sign_out_everywhere', '2 sessions ended.']);
});

test('how access is configured is for admins', async (t) => {
  const { signIn } = await openApi(t);
  assert.equal((await (await signIn('operator')).get('/api/v1/access')).status, 403);
  const reply = (await (await signIn('admin')).get('/api/v1/access')).json();
  assert.deepEqual(
    (reply['rights'] as Json[]).map(({ name }) => name),
    ALL_RIGHTS,
  );
  assert.deepEqual(
    [reply['roles'], reply['read_only'], reply['open']],
    [{ viewer: ['view', 'payload'] }, false, false],
  );
});
