// Attacks on sessions: forged, fixed, stolen, replayed and other people's.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { basic, bearer, fromElsewhere, openArena, sendRaw, sessionCookies } from './arena.ts';

const { attack } = await openArena();
const NAME = 'umbel_session';

const randomId = () => randomBytes(32).toString('base64url');

for (const [what, value] of [
  ['a made-up session id of the right form', () => randomId()],
  ['an empty session id', () => ''],
  ['a short session id', () => 'a'],
  ['a session id of zeros', () => 'A'.repeat(43)],
  ['a session id of 4,000 characters', () => 'a'.repeat(4_000)],
  ['SQL as session id', () => encodeURIComponent("' OR 1=1 --")],
  ['a path as session id', () => encodeURIComponent('../../umbel.db')],
  ['a name of every object as session id', () => '__proto__'],
  ['"null" as session id', () => 'null'],
  ['a JSON object as session id', () => encodeURIComponent('{"admin":true}')],
  ['percent signs that decode to nothing as session id', () => '%ff%00'],
] as const) {
  attack(`${what} is refused with 401`, async ({ umbel }) => {
    const cookie = `${NAME}=${value()}`;
    const reply = await umbel.get('/api/workers', { headers: { cookie } });
    assert.equal(reply.status, 401, reply.text);
    const { user } = (await umbel.get<{ user: unknown }>('/api/v1/session', { headers: { cookie } })).json;
    assert.equal(user ?? null, null);
  });
}

attack(
  'a session id with one character changed, cut or doubled is refused with 401',
  async ({ umbel, signIn }) => {
    const { cookie } = await signIn('vera');
    const [, id = ''] = cookie.split('=');
    const changed = (id.startsWith('A') ? 'B' : 'A') + id.slice(1);
    for (const forged of [changed, id.slice(0, -1), `${id}A`, id + id, id.toLowerCase(), ` ${id}x`]) {
      const reply = await umbel.get('/api/workers', { headers: { cookie: `${NAME}=${forged}` } });
      assert.equal(reply.status, 401, forged);
    }
    assert.equal((await umbel.get('/api/workers', { headers: { cookie } })).status, 200);
  },
);

attack(
  'a session that an attacker chose (fixation) is not adopted: signing in gives another id',
  async ({ umbel }) => {
    const chosen = randomId();
    const reply = await umbel.post('/login', new URLSearchParams({ name: 'ada', password: 'pw-ada' }), {
      headers: { cookie: `${NAME}=${chosen}`, ...fromElsewhere() },
      redirect: 'manual',
    });
    const [set = ''] = sessionCookies(reply);
    assert.ok(!set.includes(chosen));
    assert.equal((await umbel.get('/api/workers', { headers: { cookie: `${NAME}=${chosen}` } })).status, 401);
  },
);

attack(
  'the attacker’s own session, planted in a browser, ends when its owner signs in',
  async ({ umbel, signIn }) => {
    const planted = await signIn('vera');
    const reply = await umbel.post('/api/v1/session', JSON.stringify({ name: 'ada', password: 'pw-ada' }), {
      headers: { 'content-type': 'application/json', ...planted.headers, ...fromElsewhere() },
    });
    assert.equal(reply.status, 200, reply.text);
    assert.equal((await umbel.get('/api/workers', { headers: { cookie: planted.cookie } })).status, 401);
  },
);

attack(
  'two session cookies at once (cookie tossing) are refused with 401, whichever is right',
  async ({ umbel, signIn }) => {
    const { cookie } = await signIn('vera');
    for (const header of [`${cookie}; ${NAME}=${randomId()}`, `${NAME}=${randomId()}; ${cookie}`])
      assert.equal((await umbel.get('/api/workers', { headers: { cookie: header } })).status, 401);
  },
);

attack('a session cookie under another name or in another header is nobody', async ({ umbel, signIn }) => {
  const { cookie } = await signIn('ada');
  const [, id = ''] = cookie.split('=');
  for (const headers of [
    { cookie: `__Host-${NAME}=${id}` },
    { cookie: `__Secure-${NAME}=${id}` },
    { cookie: `${NAME.toUpperCase()}=${id}` },
    { cookie: `session=${id}` },
    { 'x-session': id },
    bearer(id),
    basic('ada', id),
  ] as Record<string, string>[])
    assert.equal(
      (await umbel.get('/api/workers', { headers: { ...headers, ...fromElsewhere() } })).status,
      401,
    );
});

attack('a session id in the URL is nobody', async ({ umbel, signIn }) => {
  const { cookie } = await signIn('ada');
  const [, id = ''] = cookie.split('=');
  for (const name of [NAME, 'session', 'sid', 'session_id', 'token', 'access_token'])
    assert.equal((await umbel.get(`/api/workers?${name}=${id}`)).status, 401, name);
  assert.equal((await umbel.get(`/api/workers;${NAME}=${id}`)).status, 401);
});

attack('a session that was signed out is refused with 401 when it is replayed', async ({ umbel, signIn }) => {
  const { cookie, headers } = await signIn('vera');
  const out = await umbel.get('/api/v1/session', { method: 'DELETE', headers });
  assert.equal(out.status, 204, out.text);
  assert.equal((await umbel.get('/api/workers', { headers: { cookie } })).status, 401);
});

attack('after “sign out everywhere” a stolen session is refused with 401', async ({ umbel, signIn }) => {
  const [stolen, own] = [await signIn('mel'), await signIn('mel')];
  const out = await umbel.get('/api/v1/sessions', { method: 'DELETE', headers: own.headers });
  assert.equal(out.status, 200, out.text);
  for (const { cookie } of [stolen, own])
    assert.equal((await umbel.get('/api/workers', { headers: { cookie } })).status, 401);
});

interface SessionList {
  readonly items: readonly { readonly id: string; readonly user: { readonly name: string } }[];
}

attack('somebody else’s session can neither be seen nor ended: 404', async ({ umbel, signIn }) => {
  const [victim, attacker] = [await signIn('ada'), await signIn('olga')];
  const list = await umbel.get<SessionList>('/api/v1/sessions', { headers: { cookie: victim.cookie } });
  const id = list.json.items[0]?.id ?? '';
  assert.notEqual(id, '');
  const seen = await umbel.get<SessionList>('/api/v1/sessions', { headers: { cookie: attacker.cookie } });
  assert.ok(seen.json.items.every(({ user }) => user.name === 'olga'));
  const all = await umbel.get('/api/v1/sessions?all=true', { headers: { cookie: attacker.cookie } });
  assert.equal(all.status, 403);
  const end = await umbel.get(`/api/v1/sessions/${id}`, { method: 'DELETE', headers: attacker.headers });
  assert.equal(end.status, 404, end.text);
  assert.equal((await umbel.get('/api/workers', { headers: { cookie: victim.cookie } })).status, 200);
});

attack('the public id of a session, which lists show, is no session', async ({ umbel, signIn }) => {
  const { cookie } = await signIn('ada');
  const list = await umbel.get<SessionList>('/api/v1/sessions', { headers: { cookie } });
  for (const { id } of list.json.items)
    assert.equal((await umbel.get('/api/workers', { headers: { cookie: `${NAME}=${id}` } })).status, 401);
});

attack('whoever steals the ledger’s file finds nothing to sign in with', async ({ umbel, signIn }) => {
  const { cookie } = await signIn('ada');
  const [, id = ''] = cookie.split('=');
  const path = umbel.db.replace(/\.db$/, '-access.db');
  using ledger = new DatabaseSync(path, { readOnly: true });
  const rows = ledger.prepare('SELECT * FROM sessions').all();
  assert.ok(rows.length > 0);
  const kept = [path, `${path}-wal`].map((file) => readFileSync(file).toString('latin1')).join('');
  assert.ok(!kept.includes(id), 'the session id is in the file');
  assert.ok(!kept.includes('pw-ada'), 'a password is in the file');
  const hash = createHash('sha256').update(id).digest();
  for (const stolen of [hash.toString('hex'), hash.toString('base64url')]) {
    const reply = await umbel.get('/api/workers', { headers: { cookie: `${NAME}=${stolen}` } });
    assert.equal(reply.status, 401);
  }
});

attack(
  'no script and no other site gets the cookie: HttpOnly, SameSite, and no Domain',
  async ({ umbel }) => {
    const reply = await umbel.post('/login', new URLSearchParams({ name: 'ada', password: 'pw-ada' }), {
      headers: fromElsewhere(),
      redirect: 'manual',
    });
    const [set = ''] = sessionCookies(reply);
    assert.match(set, /; HttpOnly/i);
    assert.match(set, /; SameSite=(?:Lax|Strict)/i);
    assert.doesNotMatch(set, /Domain=/i);
  },
);

attack('over https the cookie is Secure and cannot be planted by a neighbour: __Host-', async ({ umbel }) => {
  const reply = await umbel.post('/login', new URLSearchParams({ name: 'ada', password: 'pw-ada' }), {
    headers: { ...fromElsewhere(), 'x-forwarded-proto': 'https' },
    redirect: 'manual',
  });
  const [set = ''] = sessionCookies(reply);
  assert.match(set, /^__Host-umbel_session=/);
  assert.match(set, /; Secure/i);
});

attack('a session with a line break smuggled into its cookie starts no second header', async ({ umbel }) => {
  const reply = await sendRaw(umbel, [
    'GET /api/workers HTTP/1.1',
    `Cookie: ${NAME}=x\nX-Forwarded-User: ada`,
  ]);
  assert.ok(reply.status === 400 || reply.status === 401, reply.text);
});

attack('answers to the signed-in are kept by no cache', async ({ umbel, signIn }) => {
  const { cookie } = await signIn('ada');
  for (const path of ['/', '/account', '/audit', '/api/tasks', '/api/v1/session']) {
    const reply = await umbel.get(path, { headers: { cookie } });
    assert.equal(reply.status, 200, path);
    assert.match(reply.headers.get('cache-control') ?? '', /no-store/, path);
  }
});
