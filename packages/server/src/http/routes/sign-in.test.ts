import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { browse } from '../../../test/http/browse.ts';
import { openApp } from '../../../test/http/open-app.ts';
import {
  createRememberingAuthenticator,
  LINK_SECRET,
  PASSWORD,
  PROVIDER_STATE,
} from '../../../test/http/remembering-authenticator.ts';
import type { Authenticator, NotSignedIn } from '../../auth/authenticator.ts';

async function openPages(t: TestContext, overrides: Partial<Authenticator> = {}, urlPrefix = '') {
  const remembered = createRememberingAuthenticator(overrides);
  const app = await openApp(t, {}, { authenticator: remembered.authenticator, urlPrefix });
  return { ...app, remembered, browser: browse(app.call) };
}

const signInAs = (name: string, next?: string) => ({
  name,
  password: PASSWORD,
  ...(next === undefined ? {} : { next }),
});

test('a browser that nobody knows signs in and comes back to where it was going', async (t) => {
  const { browser, remembered, audit } = await openPages(t);
  const sent = await browser.get('/audit?who=ada');
  assert.deepEqual([sent.status, sent.headers['location']], [302, '/login?next=%2Faudit%3Fwho%3Dada']);
  const page = await browser.get('/login?next=%2Faudit%3Fwho%3Dada');
  assert.match(page.text, /name="next" value="\/audit\?who=ada"/);
  const signed = await browser.post('/login', signInAs('admin', '/audit?who=ada'));
  assert.deepEqual([signed.status, signed.headers['location'], signed.text], [303, '/audit?who=ada', '']);
  assert.equal((await browser.get('/audit?who=ada')).status, 200);
  assert.equal(remembered.sessions.size, 1);
  const [line] = audit.entries;
  assert.deepEqual(
    [line?.action, line?.outcome, line?.who, line?.via, audit.entries.length],
    ['session.sign_in', 'done', 'admin', 'password', 1],
  );
  assert.ok(!JSON.stringify(audit.entries).includes(PASSWORD));
});

test('the session is a cookie that scripts and other sites do not get', async (t) => {
  const { browser } = await openPages(t);
  const { headers } = await browser.post('/login', signInAs('viewer'));
  assert.match(String(headers['set-cookie']), /^umbel_session=cookie-1; .*HttpOnly/);
  assert.match(String(headers['set-cookie']), /SameSite=Lax/);
});

test('a wrong password is told without saying what was wrong, and keeps the name and the way back', async (t) => {
  const { browser, audit } = await openPages(t);
  const { status, text, headers } = await browser.post('/login', {
    name: 'ada',
    password: 'hunter2',
    next: '/account',
  });
  assert.equal(status, 401);
  assert.match(
    text,
    /role="alert" id="problem"><strong>Not signed in\.<\/strong> Name or password is wrong\./,
  );
  assert.match(text, /id="name" name="name" value="ada"/);
  assert.match(text, /id="password"[^>]* aria-describedby="problem" autofocus/);
  assert.match(text, /name="next" value="\/account"/);
  assert.ok(!text.includes('hunter2'));
  assert.equal(headers['www-authenticate'], 'Session realm="Umbel"');
  const [line] = audit.entries;
  assert.deepEqual([line?.outcome, line?.status, line?.who], ['refused', 401, 'ada']);
  assert.ok(!JSON.stringify(line).includes('hunter2'));
});

test('a sign-in without a name or a password is one that failed', async (t) => {
  const { browser } = await openPages(t);
  const incomplete: readonly Record<string, string>[] = [{}, { name: 'admin' }, { password: 'x' }];
  for (const fields of incomplete) {
    assert.equal((await browser.post('/login', fields)).status, 401);
  }
});

test('a password in the URL is no password', async (t) => {
  const { call, remembered } = await openPages(t);
  const { status } = await call('POST', `/login?name=admin&password=${encodeURIComponent(PASSWORD)}`);
  assert.deepEqual([status, remembered.sessions.size], [401, 0]);
});

test('each refusal has its status, its sentence and the time to wait', async (t) => {
  const { browser, remembered, audit } = await openPages(t);
  const refusals: readonly (readonly [NotSignedIn, number])[] = [
    [{ refused: 'throttled', sentence: 'Too many attempts.', retryAfterS: 29.5 }, 429],
    [{ refused: 'busy', sentence: 'Too many sign-ins at once.', retryAfterS: 2 }, 503],
    [{ refused: 'not_allowed', sentence: 'This address is not on the allowed list.' }, 403],
    [
      {
        refused: 'misconfigured',
        sentence: 'It does not work now.',
        operatorHint: 'The client secret is wrong.',
      },
      503,
    ],
  ];
  for (const [refusal, wanted] of refusals) {
    remembered.refuseNext = refusal;
    const { status, text, headers } = await browser.post('/login', signInAs('ada'));
    assert.equal(status, wanted);
    assert.ok(text.includes(refusal.sentence));
    if (status === 429) assert.match(text, /Too many attempts\. Try again in 30 seconds\./);
    assert.ok(!text.includes('client secret'));
    const wait = refusal.retryAfterS;
    assert.equal(headers['retry-after'], wait === undefined ? undefined : String(Math.ceil(wait)));
  }
  assert.equal(audit.entries.at(-1)?.detail, 'The client secret is wrong.');
  remembered.refuseNext = { refused: 'throttled', sentence: 'Again.', unrecorded: true };
  await browser.post('/login', signInAs('ada'));
  assert.equal(audit.entries.length, refusals.length);
});

test('another web site can sign nobody in', async (t) => {
  const { call, remembered } = await openPages(t);
  const form = new URLSearchParams(signInAs('admin')).toString();
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]) {
    const { status } = await call('POST', '/login', form, { host: 'umbel.example', ...headers });
    assert.equal(status, 403, JSON.stringify(headers));
  }
  assert.equal(remembered.sessions.size, 0);
});

test('a sign-in leads to own pages only', async (t) => {
  const { browser } = await openPages(t);
  for (const next of [
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    '/%2f/evil',
    '/login',
    '',
  ]) {
    const { headers } = await browser.post('/login', signInAs('viewer', next));
    assert.equal(headers['location'], '/', next);
    assert.match(
      (await browser.get(`/login?next=${encodeURIComponent(next)}`)).text,
      /name="next" value="\/"/,
    );
  }
});

test('below a prefix every path and cookie has it', async (t) => {
  const { browser, remembered } = await openPages(t, {}, '/p');
  const page = await browser.get('/p/login?next=/elsewhere');
  assert.match(page.text, /<form method="post" action="\/p\/login">/);
  assert.match(page.text, /href="\/p\/login\/corp\?next=%2Fp%2F"/);
  const signed = await browser.post('/p/login', signInAs('viewer', '/elsewhere'));
  assert.equal(signed.headers['location'], '/p/');
  assert.match(String(signed.headers['set-cookie']), /Path=\/p;/);
  assert.equal((await browser.get('/p/account')).status, 200);
  assert.equal((await browser.post('/p/logout')).headers['location'], '/p/logout');
  assert.equal(remembered.sessions.size, 0);
});

test('whoever signs in anew leaves the session before', async (t) => {
  const { browser, remembered } = await openPages(t);
  await browser.post('/login', signInAs('viewer'));
  const page = await browser.get('/login?next=/account');
  assert.match(page.text, /You are signed in as <strong>viewer<\/strong>\..*href="\/account"/);
  await browser.post('/login', signInAs('operator'));
  assert.deepEqual(
    [...remembered.sessions.values()].map(({ identity }) => identity.name),
    ['operator'],
  );
});

test('somebody without any right is led to the page that says so', async (t) => {
  const { browser } = await openPages(t);
  const { headers } = await browser.get(`/login/corp?next=/audit`);
  assert.match(String(headers['location']), /^https:\/\/id\.example\.org\//);
  const back = await browser.get(`/login/corp/callback?code=newcomer&state=${PROVIDER_STATE}`);
  assert.equal(back.headers['location'], '/account');
  const { text } = await browser.get('/account');
  assert.match(text, /You have no rights here yet\..*newcomer@example\.org \(corp\)\. Ask whoever runs/);
  assert.ok(!text.includes('Make the token'));
});

test('only ways that are configured are on the page, providers first', async (t) => {
  const { browser } = await openPages(t);
  const { text } = await browser.get('/login');
  assert.ok(text.indexOf('Sign in with Corp') < text.indexOf('name="password"'));
  assert.match(text, /autocomplete="username"/);
  assert.match(text, /autocomplete="current-password"/);
  const onlyProvider = await openPages(t, {
    ways: { password: false, providers: [{ id: 'corp', label: 'Corp' }] },
  });
  const page = await onlyProvider.browser.get('/login');
  assert.ok(!page.text.includes('<form method="post" action="/login"') && page.text.includes('Corp'));
});

test('where nothing is configured the page says how to get in', async (t) => {
  const { browser } = await openPages(t, { ways: { password: false, providers: [] } });
  const { text } = await browser.get('/login');
  assert.match(text, /<code>umbel link<\/code> prints a link that signs you in as administrator/);
});

test('a link signs in once, and its secret is in no later address, page or line', async (t) => {
  const { browser, audit, remembered } = await openPages(t);
  const first = await browser.get(`/login/link?token=${LINK_SECRET}`);
  assert.deepEqual([first.status, first.headers['location'], first.text], [302, '/', '']);
  assert.equal(first.headers['referrer-policy'], 'no-referrer');
  assert.equal(remembered.sessions.size, 1);
  const other = browse((await openPages(t, remembered.authenticator)).call);
  for (const url of [`/login/link?token=${LINK_SECRET}`, '/login/link?token=guess', '/login/link']) {
    const again = await other.get(url);
    assert.deepEqual([again.status, again.headers['location']], [302, '/login?failed=link']);
  }
  assert.match((await other.get('/login?failed=link')).text, /This link was used already, or is too old/);
  assert.equal(remembered.sessions.size, 1);
  assert.deepEqual(
    audit.entries.map(({ outcome, who }) => [outcome, who]),
    [['done', 'admin']],
  );
  assert.ok(!JSON.stringify(audit.entries).includes(LINK_SECRET));
});

test('a link that failed is a refusal in the trail', async (t) => {
  const { browser, audit } = await openPages(t);
  await browser.get('/login/link?token=guess');
  assert.deepEqual(
    audit.entries.map(({ action, outcome, status }) => [action, outcome, status]),
    [['session.sign_in', 'refused', 401]],
  );
});

test('looking at a link by HEAD does not use it up', async (t) => {
  const { call, browser } = await openPages(t);
  const looked = await call('HEAD', `/login/link?token=${LINK_SECRET}`);
  assert.ok(looked.status >= 400);
  assert.equal((await browser.get(`/login/link?token=${LINK_SECRET}`)).headers['location'], '/');
});

test('a sign-in at a provider is tied to the browser that began it', async (t) => {
  const { browser, call, audit } = await openPages(t);
  const begun = await browser.get('/login/corp?next=%2Faudit');
  assert.equal(
    begun.headers['location'],
    'https://id.example.org/authorize?redirect_uri=http%3A%2F%2Fumbel.example%2Flogin%2Fcorp%2Fcallback',
  );
  assert.match(String(begun.headers['set-cookie']), /^umbel_signin=.*HttpOnly.*SameSite=Lax/);
  assert.equal(audit.entries.length, 0);
  const callback = `/login/corp/callback?code=admin&state=${PROVIDER_STATE}`;
  const elsewhere = await call('GET', callback);
  assert.equal(elsewhere.status, 401);
  assert.match(elsewhere.text, /not begun in this browser/);
  const back = await browser.get(callback);
  assert.deepEqual([back.status, back.headers['location']], [302, '/audit']);
  assert.deepEqual([...browser.cookies.keys()], ['umbel_session']);
  assert.deepEqual(
    audit.entries.map(({ outcome, who, via, target }) => [outcome, who, via, target]),
    [
      ['refused', null, null, 'corp'],
      ['done', 'admin', 'corp', 'corp'],
    ],
  );
  assert.ok(!JSON.stringify(audit.entries).includes(PROVIDER_STATE));
});

test("Flower's redirect URI finishes a sign-in too", async (t) => {
  const { browser } = await openPages(t);
  await browser.get('/login/corp?next=/account');
  const back = await browser.get(`/login?code=admin&state=${PROVIDER_STATE}`);
  assert.deepEqual([back.status, back.headers['location']], [302, '/account']);
});

test('what a provider refuses is said in words, and the cookie is gone', async (t) => {
  const { browser, remembered } = await openPages(t);
  await browser.get('/login/corp');
  remembered.refuseNext = { refused: 'not_allowed', sentence: 'This address is not on the allowed list.' };
  const back = await browser.get('/login/corp/callback?error=access_denied&state=x');
  assert.equal(back.status, 403);
  assert.match(back.text, /This address is not on the allowed list\./);
  assert.equal(browser.cookies.size, 0);
});

test('a provider that is not configured does not exist', async (t) => {
  const { call, audit } = await openPages(t);
  for (const path of [
    '/login/other',
    '/login/corp/elsewhere',
    '/login/corp/callback/x',
    '/login/__proto__',
  ]) {
    assert.equal((await call('GET', path)).status, 404, path);
  }
  assert.equal(audit.entries.length, 0);
});

test('following a link signs nobody out; the form does, and sent twice it does no harm', async (t) => {
  const { browser, remembered, audit } = await openPages(t);
  await browser.post('/login', signInAs('viewer'));
  const page = await browser.get('/logout');
  assert.match(page.text, /Sign out\?.*<form class="row" method="post" action="\/logout">/s);
  assert.equal(remembered.sessions.size, 1);
  const forged = await browser.post('/logout', {}, { forged: true });
  assert.deepEqual([forged.status, remembered.sessions.size], [403, 1]);
  const out = await browser.post('/logout');
  assert.deepEqual([out.status, out.headers['location'], remembered.sessions.size], [303, '/logout', 0]);
  assert.equal(browser.cookies.size, 0);
  assert.equal((await browser.post('/logout')).status, 303);
  assert.match((await browser.get('/logout')).text, /You are signed out/);
  assert.deepEqual(
    audit.entries.map(({ action, outcome }) => [action, outcome]),
    [
      ['session.sign_in', 'done'],
      ['session.sign_out', 'refused'],
      ['session.sign_out', 'done'],
    ],
  );
});

test('whoever is not known can send no more than a sign-in needs', async (t) => {
  const { call, audit } = await openPages(t);
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const large = Buffer.alloc(64 * 1024 + 1, 'x');
  for (const [method, path] of [
    ['POST', '/login'],
    ['POST', '/logout'],
    ['POST', '/api/v1/session'],
    ['GET', '/login'],
    ['GET', '/healthz'],
  ] as const) {
    assert.equal((await call(method, path, large, form)).status, 413, path);
  }
  assert.equal((await call('POST', '/login', large.subarray(0, 60 * 1024), form)).status, 400);
  assert.ok(!JSON.stringify(audit.entries).includes('xxxx'));
});
