// Attacks through the browser of somebody who is signed in: forms, fetches, pictures and frames of other sites.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import { missing, startBrowser, suiteScope, until } from '@umbel/testkit';
import { startUmbel } from '../start-umbel.ts';
import { type Arena, basic, openArena, sendRaw, type Visitor } from './arena.ts';

// Every request is in its log, pictures too.
const { attack, arena } = await openArena({ args: ['--log-level', 'debug'] });
const SEND = '/api/task/send-task/csrf.forged';
const JSON_TYPE = { 'content-type': 'application/json' };

/** How many tasks have been sent: nobody takes them from the queue. */
const sent = async ({ redis }: Arena): Promise<number> => redis.client().llen('celery');

/** Tries to send a task with these headers in the place of what a page of Umbel would send; nothing may come of it. */
async function refused(
  arenaOfTest: Arena,
  headers: Readonly<Record<string, string>>,
  { path = SEND, body = '{}' }: { readonly path?: string; readonly body?: string } = {},
): Promise<void> {
  const before = await sent(arenaOfTest);
  const reply = await arenaOfTest.umbel.post(path, body, { headers: { ...JSON_TYPE, ...headers } });
  assert.equal(reply.status, 403, reply.text);
  assert.equal(await sent(arenaOfTest), before);
}

attack('the control: with cookie and token the task is sent', async (the) => {
  const { headers } = await the.signIn('olga');
  const before = await sent(the);
  assert.equal((await the.umbel.post(SEND, '{}', { headers: { ...JSON_TYPE, ...headers } })).status, 200);
  assert.equal(await sent(the), before + 1);
});

for (const [what, headers] of [
  ['another site, by Origin', { origin: 'https://evil.example' }],
  ['another site, by Sec-Fetch-Site', { 'sec-fetch-site': 'cross-site' }],
  ['a sister domain, by Sec-Fetch-Site', { 'sec-fetch-site': 'same-site' }],
  ['a sandboxed frame (Origin: null)', { origin: 'null' }],
  ['another port of the same host', { origin: 'http://127.0.0.1:1' }],
  ['a host whose name begins like ours', { origin: 'http://127.0.0.1.evil.example' }],
  ['a host that has ours in its user part', { origin: 'http://127.0.0.1@evil.example' }],
  ['an Origin that is none', { origin: 'evil' }],
  ['an empty Origin', { origin: '' }],
  ['an Origin of another scheme', { origin: 'file://' }],
  ['a site that says it is two', { 'sec-fetch-site': 'same-origin, cross-site' }],
  [
    'another site that names a friendly Referer',
    { origin: 'https://evil.example', referer: 'http://127.0.0.1/' },
  ],
] as const) {
  attack(`a change by session and its stolen token from ${what} is refused with 403`, async (the) => {
    const visitor = await the.signIn('olga');
    await refused(the, { ...visitor.headers, ...headers });
  });
}

for (const [what, tokenOf] of [
  ['no token', () => ({})],
  ['an empty token', () => ({ 'x-csrf-token': '' })],
  ['a made-up token', () => ({ 'x-csrf-token': 'A'.repeat(43) })],
  ['the token of another session', (_own: Visitor, other: Visitor) => ({ 'x-csrf-token': other.csrfToken })],
  ['the session id as token', ({ cookie }: Visitor) => ({ 'x-csrf-token': cookie.split('=')[1] ?? '' })],
  [
    'the token cut by one character',
    ({ csrfToken }: Visitor) => ({ 'x-csrf-token': csrfToken.slice(0, -1) }),
  ],
  [
    'the token as a cookie',
    ({ cookie, csrfToken }: Visitor) => ({ cookie: `${cookie}; csrf_token=${csrfToken}` }),
  ],
  ['the token under another header', ({ csrfToken }: Visitor) => ({ 'x-xsrf-token': csrfToken })],
] as const) {
  attack(`a change by session with ${what} is refused with 403`, async (the) => {
    const [own, other] = [await the.signIn('olga'), await the.signIn('ada')];
    await refused(the, { cookie: own.cookie, ...(tokenOf(own, other) as Record<string, string>) });
  });
}

attack('the token in the URL does not count: 403', async (the) => {
  const { cookie, csrfToken } = await the.signIn('olga');
  await refused(the, { cookie }, { path: `${SEND}?csrf_token=${csrfToken}&x-csrf-token=${csrfToken}` });
});

attack('JSON under the content types that forms can send is refused without the token: 403', async (the) => {
  const { cookie } = await the.signIn('olga');
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', ''])
    await refused(the, { cookie, 'content-type': type }, { body: '{"args":[]}' });
});

attack('a browser that sends Basic credentials by itself is no help to another site: 403', async (the) => {
  for (const from of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }] as Record<
    string,
    string
  >[])
    await refused(the, { ...basic('olga'), ...from });
});

attack('a GET that says it is a POST (method override) changes nothing: 405', async (the) => {
  const { headers } = await the.signIn('olga');
  const before = await sent(the);
  for (const override of ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', '_method']) {
    const reply = await the.umbel.get(`${SEND}?_method=POST`, {
      headers: { ...headers, [override]: 'POST' },
    });
    assert.equal(reply.status, 405, override);
  }
  assert.equal(await sent(the), before);
});

attack(
  'no GET that a picture or link can make signs somebody out or changes anything',
  async ({ umbel, signIn }) => {
    const { cookie } = await signIn('ada');
    for (const path of [
      '/logout',
      '/account/sign-out-everywhere',
      '/account/sessions/end',
      '/account/tokens',
      SEND,
    ])
      await umbel.get(path, { headers: { cookie }, redirect: 'manual' });
    assert.equal((await umbel.get('/api/workers', { headers: { cookie } })).status, 200);
  },
);

attack('every form of the pages is refused with 403 without its token', async ({ umbel, signIn }) => {
  const { cookie } = await signIn('ada');
  for (const path of [
    '/logout',
    '/account/sign-out-everywhere',
    '/account/sessions/end',
    '/account/tokens',
    '/account/tokens/revoke',
  ]) {
    const form = new URLSearchParams({ id: 'x', name: 'x', right_view: 'true' });
    const reply = await umbel.post(path, form, { headers: { cookie }, redirect: 'manual' });
    assert.equal(reply.status, 403, `${path}: ${reply.text}`);
  }
  assert.equal((await umbel.get('/api/workers', { headers: { cookie } })).status, 200);
});

attack(
  'no answer lets another origin read it: no CORS header, no wildcard, not for null either',
  async ({ umbel, signIn }) => {
    const { cookie } = await signIn('ada');
    for (const origin of ['https://evil.example', 'null', 'http://localhost', umbel.url]) {
      for (const method of ['GET', 'OPTIONS']) {
        const reply = await umbel.get('/api/v1/session', {
          method,
          headers: { cookie, origin, 'access-control-request-method': 'DELETE' },
        });
        const named = [...reply.headers.keys()].filter((name) => name.startsWith('access-control-'));
        assert.deepEqual(named, [], `${method} for ${origin}`);
      }
    }
  },
);

attack('a second Origin or Sec-Fetch-Site behind a good one is refused', async ({ umbel, signIn }) => {
  const { headers } = await signIn('olga');
  const own = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  for (const pair of [
    [`Origin: ${umbel.url}`, 'Origin: https://evil.example'],
    ['Sec-Fetch-Site: same-origin', 'Sec-Fetch-Site: cross-site'],
  ]) {
    const reply = await sendRaw(
      umbel,
      [`POST ${SEND} HTTP/1.1`, ...own, ...pair, 'Content-Type: application/json', 'Content-Length: 2'],
      { body: '{}' },
    );
    assert.ok(reply.status === 400 || reply.status === 403, reply.text);
  }
});

test('a name that is made to point here (DNS rebinding) reaches no open server: 403', async (t) => {
  if (arena === null) return t.skip('there is no Redis');
  const umbel = await startUmbel(t, { broker: arena.redis.url });
  for (const host of [
    'evil.example',
    'evil.example:5555',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
  ]) {
    for (const method of ['GET /api/workers', 'POST /api/task/send-task/x']) {
      const reply = await sendRaw(umbel, [`${method} HTTP/1.1`, `Host: ${host}`, 'Connection: close'], {
        whole: true,
      });
      assert.equal(reply.status, 403, `${host}: ${reply.text}`);
    }
  }
  return undefined;
});

const absence = (await missing('redis')) || (await missing('browser'));
const browser = absence === false ? await startBrowser(suiteScope()) : null;

/** A page of another site, served from another host name than Umbel's. */
async function evilPage(t: TestContext, body: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://localhost:${(server.address() as AddressInfo).port}/`;
}

for (const [what, pageAgainst] of [
  [
    'a form that sends itself',
    (url: string) =>
      `<form method=post action="${url}${SEND}"></form><script>document.forms[0].submit()</script>`,
  ],
  [
    'a form whose body is JSON in text/plain',
    (url: string) =>
      `<form method=post enctype="text/plain" action="${url}${SEND}"><input name='{"kwargs":{"a":"' value='"}}'></form><script>document.forms[0].submit()</script>`,
  ],
  [
    'a fetch without CORS that brings the cookies',
    (url: string) =>
      `<script>fetch("${url}${SEND}", {method: "POST", mode: "no-cors", credentials: "include", body: "{}"})</script>`,
  ],
  ['a beacon', (url: string) => `<script>navigator.sendBeacon("${url}${SEND}", "{}")</script>`],
  ['a picture', (url: string) => `<img src="${url}${SEND}">`],
  [
    'a form in a sandboxed frame',
    (url: string) =>
      `<iframe sandbox="allow-forms allow-scripts" srcdoc='<form method=post action="${url}${SEND}"></form><script>document.forms[0].submit()</script>'></iframe>`,
  ],
] as const) {
  test(`in a real browser ${what} of another site sends no task`, { skip: absence }, async (t) => {
    assert.ok(arena && browser);
    const { umbel } = arena;
    const { page } = await browser.openPage(t);
    await page.goto(`${umbel.url}/login`);
    await page.fill('input[name=name]', 'olga');
    await page.fill('input[name=password]', 'pw-olga');
    await page.click('button[type=submit], form button');
    await page.waitForURL(`${umbel.url}/`);
    const before = await sent(arena);
    const logged = (): number => umbel.process.log().split(`"path":"${SEND}"`).length;
    const loggedBefore = logged();
    await page.goto(await evilPage(t, pageAgainst(umbel.url)), { waitUntil: 'commit' });
    await until(() => logged() > loggedBefore, { what: 'the attack to reach the server' });
    assert.equal(await sent(arena), before);
  });
}

test('in a real browser another site cannot show Umbel in a frame (clickjacking)', {
  skip: absence,
}, async (t) => {
  assert.ok(arena && browser);
  const { page, complaints } = await browser.openPage(t);
  await page.goto(await evilPage(t, `<iframe src="${arena.umbel.url}/login"></iframe>`));
  const inner = page.frames()[1];
  assert.equal((await inner?.content())?.includes('password') ?? false, false);
  assert.ok(
    complaints.some((text) => /frame-ancestors|X-Frame-Options/.test(text)),
    complaints.join('\n'),
  );
});
