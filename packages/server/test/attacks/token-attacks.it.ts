// Attacks with API tokens and keys: guessed, leaked, revoked, out of place, and made to be more than their owner.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import {
  type Arena,
  basic,
  bearer,
  fromElsewhere,
  openArena,
  type Person,
  sendRaw,
  STATIC_KEY,
} from './arena.ts';

const { attack } = await openArena();
const JSON_TYPE = { 'content-type': 'application/json' };

interface Made {
  readonly secret: string;
  readonly token: { readonly id: string; readonly prefix: string; readonly rights: readonly string[] | null };
}

async function makeToken(
  { umbel, signIn }: Arena,
  person: Person,
  wanted: Readonly<Record<string, unknown>> = {},
): Promise<Made> {
  const { headers } = await signIn(person);
  const reply = await umbel.post('/api/v1/tokens', JSON.stringify({ name: 'attacked', ...wanted }), {
    headers: { ...headers, ...JSON_TYPE },
  });
  assert.equal(reply.status, 201, reply.text);
  return JSON.parse(reply.text) as Made;
}

/** Status of a look at the workers with these headers. */
async function look({ umbel }: Arena, headers: Readonly<Record<string, string>>): Promise<number> {
  return (await umbel.get('/api/workers', { headers: { ...fromElsewhere(), ...headers } })).status;
}

attack('the control: a token works as Bearer and nowhere else', async (the) => {
  const { secret } = await makeToken(the, 'vera');
  assert.equal(await look(the, bearer(secret)), 200);
  for (const headers of [
    { authorization: `Token ${secret}` },
    { authorization: secret },
    { authorization: `Basic ${Buffer.from(secret).toString('base64')}` },
    basic('vera', secret),
    { 'x-api-key': secret },
    { 'private-token': secret },
    { cookie: `umbel_session=${secret}` },
    { cookie: `token=${secret}` },
  ] as Record<string, string>[])
    assert.equal(await look(the, headers), 401, JSON.stringify(headers).slice(0, 60));
});

attack('a token in the URL, where logs and Referer would keep it, is refused with 401', async (the) => {
  const { secret } = await makeToken(the, 'vera');
  for (const name of ['token', 'access_token', 'api_key', 'apikey', 'key', 'authorization', 'auth', 'bearer'])
    for (const value of [secret, STATIC_KEY])
      assert.equal((await the.umbel.get(`/api/workers?${name}=${value}`)).status, 401, name);
  assert.ok(!the.umbel.process.log().includes(secret));
});

for (const [what, forge] of [
  ['a token cut by one character', (secret: string) => secret.slice(0, -1)],
  ['a token with one character more', (secret: string) => `${secret}a`],
  ['a token in capitals', (secret: string) => secret.toUpperCase()],
  ['the public beginning of a token', (_secret: string, { prefix }: Made['token']) => prefix],
  ['the public id of a token', (_secret: string, { id }: Made['token']) => id],
  ['a token between two others', (secret: string) => `x ${secret}`],
  ['a token and a comma', (secret: string) => `${secret},${secret}`],
  ['a token in quotes', (secret: string) => `"${secret}"`],
  ['an empty token', () => ''],
  ['a token of 10,000 characters', () => 'a'.repeat(10_000)],
  ['a token of umlauts', () => 'ümläut'],
  ['the hash of a token', (secret: string) => createHash('sha256').update(secret).digest('hex')],
  ['a name of every object as token', () => '__proto__'],
  [
    'an unsigned JWT that says admin (alg: none)',
    () =>
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"ada","role":"admin"}').toString('base64url')}.`,
  ],
] as const) {
  attack(`${what} is refused with 401`, async (the) => {
    const { secret, token } = await makeToken(the, 'vera');
    assert.equal(await look(the, bearer(forge(secret, token))), 401);
  });
}

attack('a revoked token is refused with 401 at once', async (the) => {
  const { secret, token } = await makeToken(the, 'olga');
  assert.equal(await look(the, bearer(secret)), 200);
  const { headers } = await the.signIn('olga');
  const revoked = await the.umbel.get(`/api/v1/tokens/${token.id}`, { method: 'DELETE', headers });
  assert.equal(revoked.status, 204);
  assert.equal(await look(the, bearer(secret)), 401);
});

attack('an expired token is refused with 401', async (the) => {
  const { secret } = await makeToken(the, 'vera');
  using ledger = new DatabaseSync(the.umbel.db.replace(/\.db$/, '-access.db'), { timeout: 5_000 });
  const hash = createHash('sha256').update(secret).digest('hex');
  const { changes } = ledger
    .prepare('UPDATE tokens SET expires_at = 1 WHERE lower(hex(hash)) = ? OR hash = ?')
    .run(hash, hash);
  assert.equal(changes, 1);
  assert.equal(await look(the, bearer(secret)), 401);
});

attack(
  'a token from outside its network is refused with 401, whatever the request says of its way',
  async (the) => {
    const { secret } = await makeToken(the, 'vera', { networks: '192.0.2.0/24' });
    const from = (address: string) => look(the, { ...bearer(secret), 'x-forwarded-for': address });
    assert.equal(await from('192.0.2.7'), 200);
    for (const address of [
      '192.0.3.7',
      '127.0.0.1',
      '::ffff:192.0.3.7',
      '192.0.2.7.evil.example',
      '192.0.2.7, 10.0.0.1',
      'unknown',
      '',
      '3221226243',
      '0300.0.2.7',
    ])
      assert.equal(await from(address), 401, address);
  },
);

attack('a token that may only look is refused with 403 when it sends, and sends nothing', async (the) => {
  const { secret } = await makeToken(the, 'olga', { rights: 'view' });
  const before = await the.redis.client().llen('celery');
  const reply = await the.umbel.post('/api/task/send-task/x.y', '{}', {
    headers: { ...bearer(secret), ...JSON_TYPE },
  });
  assert.equal(reply.status, 403, reply.text);
  assert.equal(await the.redis.client().llen('celery'), before);
});

for (const [what, wanted] of [
  ['the right to administer', { rights: 'admin' }],
  ['a list with one right too many', { rights: ['view', 'shutdown'] }],
  ['a right that there is not', { rights: 'root' }],
  ['all rights by a star', { rights: '*' }],
  ['a name of every object as right', { rights: ['__proto__'] }],
  ['a role', { roles: ['admin'] }],
  ['another owner', { owner: 'ada' }],
  ['an end before its beginning', { expires: '2001-01-01T00:00:00Z' }],
  ['a network that is none', { networks: '10.0.0.0/99' }],
  ['no name', { name: '' }],
] as const) {
  attack(
    `a viewer’s wish for a token with ${what} is refused, or gives no more than the viewer has`,
    async (the) => {
      const { headers } = await the.signIn('vera');
      const reply = await the.umbel.post('/api/v1/tokens', JSON.stringify({ name: 'more', ...wanted }), {
        headers: { ...headers, ...JSON_TYPE },
      });
      if (reply.status !== 201) {
        assert.ok([400, 403].includes(reply.status), reply.text);
        return;
      }
      const { secret } = JSON.parse(reply.text) as Made;
      const { rights } = (
        await the.umbel.get<{ rights: string[] }>('/api/v1/session', { headers: bearer(secret) })
      ).json;
      assert.ok(
        rights.every((right) => right === 'view' || right === 'payload'),
        rights.join(),
      );
    },
  );
}

attack('a token makes no tokens, and a key neither: 403', async (the) => {
  const { secret } = await makeToken(the, 'ada');
  for (const token of [secret, STATIC_KEY]) {
    const reply = await the.umbel.post('/api/v1/tokens', '{"name":"child"}', {
      headers: { ...bearer(token), ...JSON_TYPE },
    });
    assert.equal(reply.status, 403, reply.text);
  }
});

attack('somebody else’s token can neither be seen nor revoked: 404', async (the) => {
  const { secret, token } = await makeToken(the, 'ada');
  const { headers } = await the.signIn('olga');
  const list = await the.umbel.get('/api/v1/tokens', { headers });
  assert.ok(!list.text.includes(token.id));
  const revoke = await the.umbel.get(`/api/v1/tokens/${token.id}`, { method: 'DELETE', headers });
  assert.equal(revoke.status, 404, revoke.text);
  assert.equal(await look(the, bearer(secret)), 200);
});

attack('no list, page, log or audit line tells a token again', async (the) => {
  const { secret } = await makeToken(the, 'ada');
  await look(the, bearer(secret));
  for (const path of [
    '/api/v1/tokens?all=true',
    '/api/v1/audit',
    '/api/v1/access',
    '/account',
    '/audit',
    '/api/v1/session',
  ]) {
    const reply = await the.umbel.get(path, { headers: basic('ada') });
    assert.equal(reply.status, 200, path);
    for (const hidden of [secret, STATIC_KEY, 'pw-ada']) assert.ok(!reply.text.includes(hidden), path);
  }
  for (const hidden of [secret, STATIC_KEY, 'pw-ada']) assert.ok(!the.umbel.process.log().includes(hidden));
});

attack('a wrong token beside a good session does not fall back to the session: 401', async (the) => {
  const { cookie } = await the.signIn('ada');
  assert.equal(await look(the, { cookie, ...bearer('wrong') }), 401);
});

attack('a token in Authorization twice, once wrong, is refused', async (the) => {
  const { secret } = await makeToken(the, 'vera');
  const lines = [`Authorization: Bearer ${secret}`, 'Authorization: Bearer wrong'];
  for (const order of [lines, lines.toReversed()]) {
    const reply = await sendRaw(the.umbel, ['GET /api/workers HTTP/1.1', ...order]);
    assert.ok([400, 401].includes(reply.status), reply.text);
  }
});
