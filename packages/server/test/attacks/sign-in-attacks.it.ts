// Attacks on the ways in by name, password and link: guessing, telling who exists, odd values, and where signing in leads to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '@umbel/testkit';
import { startUmbel } from '../start-umbel.ts';
import { basic, bearer, fromElsewhere, openArena, sendRaw, sessionCookies, STATIC_KEY } from './arena.ts';

const { attack, arena } = await openArena();

const JSON_TYPE = { 'content-type': 'application/json' };

/** POST /api/v1/session. */
const tryJson = (body: unknown, headers: Record<string, string> = fromElsewhere()) => {
  assert.ok(arena);
  return arena.umbel.post('/api/v1/session', JSON.stringify(body), { headers: { ...JSON_TYPE, ...headers } });
};
/** POST /login. */
const tryForm = (fields: Record<string, string>, headers: Record<string, string> = fromElsewhere()) => {
  assert.ok(arena);
  return arena.umbel.post('/login', new URLSearchParams(fields), { headers, redirect: 'manual' });
};

attack('a wrong password and an unknown name get the same answer, in body and headers', async () => {
  for (const attempt of [tryJson, tryForm]) {
    const [known, unknown] = [
      await attempt({ name: 'ada', password: 'wrong' }),
      await attempt({ name: 'adb', password: 'wrong' }),
    ];
    assert.equal(known.status, 401);
    assert.equal(unknown.text.replaceAll('adb', 'ada'), known.text);
    const headersOf = ({ headers }: typeof known) => [...headers].filter(([name]) => name !== 'date');
    assert.deepEqual(headersOf(unknown), headersOf(known));
  }
});

attack(
  'the fifth wrong guess closes the door: 429 with Retry-After, for the right password too',
  async () => {
    const from = fromElsewhere();
    for (let guess = 1; guess <= 5; guess++)
      assert.equal((await tryJson({ name: 'vera', password: `guess-${guess}` }, from)).status, 401);
    for (const password of ['guess-6', 'pw-vera']) {
      const closed = await tryJson({ name: 'vera', password }, from);
      assert.equal(closed.status, 429);
      assert.ok(Number(closed.headers.get('retry-after')) > 0);
      assert.deepEqual(sessionCookies(closed), []);
    }
  },
);

attack('guessing somebody’s password locks nobody out elsewhere', async () => {
  const from = fromElsewhere();
  for (let guess = 1; guess <= 8; guess++) await tryJson({ name: 'olga', password: `guess-${guess}` }, from);
  assert.equal((await tryJson({ name: 'olga', password: 'pw-olga' })).status, 200);
});

attack(
  'guesses by header, form and JSON are counted together: changing the way gives no further guess',
  async ({ umbel }) => {
    const from = fromElsewhere();
    for (let guess = 1; guess <= 2; guess++) {
      await tryJson({ name: 'mel', password: `json-${guess}` }, from);
      await tryForm({ name: 'mel', password: `form-${guess}` }, from);
    }
    await umbel.get('/api/tasks', { headers: { ...basic('mel', 'header'), ...from } });
    assert.equal((await umbel.get('/api/tasks', { headers: { ...basic('mel'), ...from } })).status, 429);
  },
);

attack('one password tried on many names (spraying) is stopped with 429', async () => {
  const from = fromElsewhere();
  const statuses = new Set<number>();
  for (let name = 1; name <= 35; name++)
    statuses.add((await tryJson({ name: `person-${name}`, password: 'Summer2026!' }, from)).status);
  assert.deepEqual([...statuses], [401, 429]);
});

attack('twenty guesses at once are no more than five one after the other', async () => {
  const from = fromElsewhere();
  const guesses = Array.from({ length: 20 }, (_, guess) =>
    tryJson({ name: 'blind', password: `at-once-${guess}` }, from),
  );
  const tried = (await Promise.all(guesses)).filter(({ status }) => status === 401);
  assert.ok(tried.length <= 5, `${tried.length} guesses were looked at`);
});

attack(
  'guessing bearer tokens is refused with 401 or 429, and never lets the right one out',
  async ({ umbel }) => {
    const from = fromElsewhere();
    for (let guess = 1; guess <= 40; guess++) {
      const { status } = await umbel.get('/api/tasks', { headers: { ...bearer(`guess-${guess}`), ...from } });
      assert.ok(status === 401 || status === 429, `${status}`);
    }
    assert.equal(
      (await umbel.get('/api/tasks', { headers: { ...bearer(STATIC_KEY), ...from } })).status,
      200,
    );
  },
);

for (const [what, name] of [
  ['SQL in the name', "' OR '1'='1' --"],
  ['SQL that ends the statement', "ada'; DROP TABLE sessions; --"],
  ['another case of the name', 'ADA'],
  ['a space that nobody sees in the name', 'ada\u200b'],
  ['a look-alike of the name (Cyrillic)', 'аdа'],
  ['the name in full width', 'ａｄａ'],
  ['a wildcard for a name', '*'],
  ['a name that every object has, __proto__', '__proto__'],
  ['a name that every object has, constructor', 'constructor'],
  ['a name that every object has, toString', 'toString'],
  ['a colon in the name', 'ada:pw-ada'],
] as const) {
  attack(`${what} is refused with 401`, async ({ umbel }) => {
    for (const attempt of [tryJson, tryForm]) {
      const reply = await attempt({ name, password: 'pw-ada' });
      assert.equal(reply.status, 401, reply.text);
      assert.deepEqual(sessionCookies(reply), []);
    }
    const header = `Basic ${Buffer.from(`${name}:wrong`).toString('base64')}`;
    const reply = await umbel.get('/api/workers', { headers: { authorization: header, ...fromElsewhere() } });
    assert.equal(reply.status, 401);
  });
}

for (const [what, body] of [
  ['a query operator in place of the password (NoSQL injection)', { name: 'ada', password: { $ne: null } }],
  ['true in place of the password', { name: 'ada', password: true }],
  ['a list that holds the password', { name: 'ada', password: ['pw-ada'] }],
  ['null in place of the password', { name: 'ada', password: null }],
  ['an empty password', { name: 'ada', password: '' }],
  ['no password at all', { name: 'ada' }],
  ['a name and nothing else that fits', { name: ['ada'], password: ['pw-ada'] }],
  ['a role beside name and password', { name: 'vera', password: 'pw-vera', role: 'admin' }],
  ['rights beside name and password', { name: 'vera', password: 'pw-vera', rights: ['admin'] }],
] as const) {
  attack(`${what} is refused with 400 or 401 and starts no session`, async () => {
    const reply = await tryJson(body);
    assert.ok(reply.status === 400 || reply.status === 401, `${reply.status} ${reply.text}`);
    assert.deepEqual(sessionCookies(reply), []);
  });
}

attack('a password of half a million characters is refused without being hashed', async () => {
  const reply = await tryJson({ name: 'ada', password: 'x'.repeat(500_000) });
  assert.ok([400, 401, 413].includes(reply.status), `${reply.status}`);
});

attack('name and password in the URL start no session', async ({ umbel }) => {
  const query = 'name=ada&password=pw-ada';
  for (const reply of [
    await umbel.get(`/login?${query}`, { headers: fromElsewhere() }),
    await umbel.get(`/api/v1/session?${query}`, { headers: fromElsewhere() }),
    await umbel.post(`/login?${query}`, undefined, { headers: fromElsewhere(), redirect: 'manual' }),
    await umbel.post(`/api/v1/session?${query}`, undefined, { headers: fromElsewhere() }),
  ]) {
    assert.deepEqual(sessionCookies(reply), []);
    assert.ok(!reply.text.includes('pw-ada'), reply.text);
  }
});

attack(
  'name and password in the address (ada:pw@host) are nobody for other people’s logs',
  async ({ umbel }) => {
    await tryForm({ name: 'ada', password: 'never-to-be-logged-7731' });
    await umbel.get('/api/tasks?password=never-to-be-logged-7731', { headers: basic('vera') });
    assert.ok(!umbel.process.log().includes('never-to-be-logged-7731'));
  },
);

for (const [what, value] of [
  ['Basic without credentials', 'Basic'],
  ['Basic that is no base64', 'Basic %%%%'],
  ['Basic with a name alone', `Basic ${Buffer.from('ada').toString('base64')}`],
  ['Basic with an empty password', `Basic ${Buffer.from('ada:').toString('base64')}`],
  ['Basic with something after it', `${basic('ada').authorization} extra`],
  ['Basic credentials under Bearer', basic('ada').authorization.replace('Basic', 'Bearer')],
  ['a key under Basic', `Basic ${Buffer.from(`:${STATIC_KEY}`).toString('base64')}`],
  ['a key as a password', `Basic ${Buffer.from(`key 1:${STATIC_KEY}`).toString('base64')}`],
  ['a scheme that does not exist', `Negotiate ${Buffer.from('ada:pw-ada').toString('base64')}`],
  ['two schemes in one header', `${basic('vera', 'x').authorization}, Bearer ${STATIC_KEY}`],
] as const) {
  attack(`${what} in Authorization is refused with 401`, async ({ umbel }) => {
    const headers = { authorization: value, ...fromElsewhere() };
    const reply = await umbel.get('/api/workers', { headers });
    assert.equal(reply.status, 401, reply.text);
    assert.ok(reply.headers.get('www-authenticate'));
  });
}

attack('two Authorization headers, one of them right, are refused', async ({ umbel }) => {
  const [right, wrong] = [basic('ada').authorization, basic('ada', 'wrong').authorization];
  for (const pair of [
    [right, wrong],
    [wrong, right],
  ]) {
    const reply = await sendRaw(umbel, [
      'GET /api/workers HTTP/1.1',
      ...pair.map((value) => `Authorization: ${value}`),
    ]);
    assert.ok(reply.status === 400 || reply.status === 401, reply.text);
  }
});

const LANDINGS = [
  '//evil.example',
  '///evil.example',
  '/\\evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/%09/evil.example',
  '/%2f/evil.example',
  '/%5cevil.example',
  'https://evil.example',
  'https:evil.example',
  'HTTPS:///evil.example',
  'javascript:alert(1)',
  'data:text/html,x',
  '@evil.example',
  '/..//evil.example',
  '/.//evil.example',
  '/;/../..//evil.example',
  '/login/../..//evil.example',
  '/\r\nLocation: https://evil.example',
  '/%0d%0aLocation:%20https://evil.example',
  'http://127.0.0.1:1/',
  './/evil.example',
] as const;

for (const next of LANDINGS) {
  attack(
    `after signing in next=${JSON.stringify(next)} leads to the own main page, not elsewhere`,
    async ({ umbel }) => {
      const reply = await tryForm({ name: 'ada', password: 'pw-ada', next });
      const location = reply.headers.get('location');
      // Refused as a parameter, or led home.
      if (reply.status === 400) return;
      assert.equal(reply.status, 303, reply.text);
      assert.equal(new URL(location ?? '', umbel.url).href, `${umbel.url}/`);
      const form = await umbel.get(`/login?next=${encodeURIComponent(next)}`);
      for (const [, target = ''] of form.text.matchAll(/(?:action|href|src)="([^"]*)"/g))
        assert.equal(new URL(target, `${umbel.url}/login`).origin, umbel.url);
    },
  );
}

attack('signing in from another site’s form (login CSRF) is refused with 403', async () => {
  for (const headers of [
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
    { origin: 'null' },
  ] as Record<string, string>[]) {
    const reply = await tryForm({ name: 'ada', password: 'pw-ada' }, { ...headers, ...fromElsewhere() });
    assert.equal(reply.status, 403, reply.text);
    assert.deepEqual(sessionCookies(reply), []);
  }
});

test('a forged or reused one-time link starts no session, and HEAD does not use it up', async (t) => {
  if (arena === null) return t.skip('there is no Redis');
  const umbel = await startUmbel(t, {
    broker: arena.redis.url,
    env: { FLOWER_UNAUTHENTICATED_API: '' },
  });
  // It answers a moment before it has said the link.
  const link = await until(
    () => /http:\/\/\S+\/login\/link\?token=[\w-]+(?=\n)/.exec(umbel.process.log())?.[0],
    {
      what: 'the link',
    },
  );
  const secret = new URL(link).searchParams.get('token') ?? '';
  const enter = async (token: string, method = 'GET') =>
    fetch(`${umbel.url}/login/link?token=${encodeURIComponent(token)}`, { method, redirect: 'manual' });
  for (const forged of ['', 'x', secret.slice(0, -1), `${secret}A`, secret.toUpperCase(), '%', "' OR 1=1 --"])
    assert.deepEqual(sessionCookies(await enter(forged)), [], forged);
  assert.deepEqual(sessionCookies(await enter(secret, 'HEAD')), []);
  assert.equal(sessionCookies(await enter(secret)).length, 1);
  assert.deepEqual(sessionCookies(await enter(secret)), []);
  return undefined;
});
