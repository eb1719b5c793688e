// Attacks on what proxies are believed: who somebody is, where they come from, how this server is called.
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { startUmbel, type UmbelProcess } from '../start-umbel.ts';
import { basic, openArena, sendRaw, sessionCookies } from './arena.ts';

const { arena } = await openArena();

const HEADER = [
  '--auth-proxy-header',
  'X-Forwarded-User',
  '--auth-proxy-groups-header',
  'X-Forwarded-Groups',
];
const GRANTS = ['--grants', 'ada=admin,group:ops=operator', '--default-role', 'none'];
/** This test, which is 127.0.0.1, is the proxy. */
const BELIEVED = [...HEADER, '--auth-proxy-from', '127.0.0.1/32', ...GRANTS];
/** The proxy would be elsewhere. */
const ELSEWHERE = [...HEADER, '--auth-proxy-from', '10.1.2.0/24', ...GRANTS];

function attack(title: string, args: readonly string[], work: (umbel: UmbelProcess) => Promise<void>): void {
  test(title, async (t: TestContext) => {
    if (arena === null) return t.skip('there is no Redis');
    const env = { FLOWER_UNAUTHENTICATED_API: '' };
    await work(await startUmbel(t, { broker: arena.redis.url, args, env }));
    return undefined;
  });
}

const statusOf = async (
  umbel: UmbelProcess,
  headers: Readonly<Record<string, string>>,
  path = '/api/workers',
) => (await umbel.get(path, { headers })).status;

attack(
  'the sign-in header from an address that is not the proxy’s is refused with 401, whatever comes with it',
  ELSEWHERE,
  async (umbel) => {
    for (const headers of [
      { 'x-forwarded-user': 'ada' },
      { 'X-FORWARDED-USER': 'ada' },
      { 'x-forwarded-user': 'ada', 'x-forwarded-for': '10.1.2.3' },
      { 'x-forwarded-user': 'ada', 'x-real-ip': '10.1.2.3' },
      { 'x-forwarded-user': 'ada', forwarded: 'for=10.1.2.3' },
      { 'x-forwarded-user': 'ada', 'x-forwarded-groups': 'ops' },
      { 'x-forwarded-user': 'ada', 'x-forwarded-host': '10.1.2.3' },
    ] as Record<string, string>[])
      assert.equal(await statusOf(umbel, headers), 401, JSON.stringify(headers));
  },
);

attack(
  'whoever a trusted proxy forwards cannot make themselves its address: 401',
  [...ELSEWHERE, '--trust-proxy', '127.0.0.1'],
  async (umbel) => {
    for (const forwardedFor of ['10.1.2.3', '10.1.2.3, 10.1.2.4', '127.0.0.1, 10.1.2.3'])
      assert.equal(
        await statusOf(umbel, { 'x-forwarded-user': 'ada', 'x-forwarded-for': forwardedFor }),
        401,
      );
  },
);

attack(
  'from the proxy itself the header is believed, but no other spelling of it',
  BELIEVED,
  async (umbel) => {
    assert.equal(await statusOf(umbel, { 'x-forwarded-user': 'ada' }), 200);
    for (const name of [
      'x_forwarded_user',
      'x-forwarded_user',
      'http_x_forwarded_user',
      'x-forwarded-user-',
      'forwarded-user',
      'x-forwarded-email',
      'remote-user',
    ])
      assert.equal(await statusOf(umbel, { [name]: 'ada' }), 401, name);
    for (const line of [
      'X-Forwarded-User : ada',
      ' X-Forwarded-User: ada',
      'X-Forwarded-User\t: ada',
      'X-Forwarded-User',
    ]) {
      const reply = await sendRaw(umbel, ['GET /api/workers HTTP/1.1', 'X-First: 1', line]);
      assert.ok([400, 401].includes(reply.status), reply.text);
    }
  },
);

attack('a header that came twice, the client’s and the proxy’s, is refused', BELIEVED, async (umbel) => {
  for (const names of [
    ['eve', 'ada'],
    ['ada', 'eve'],
    ['ada', 'ada'],
  ]) {
    const lines = names.map((name) => `X-Forwarded-User: ${name}`);
    const reply = await sendRaw(umbel, ['GET /api/v1/audit HTTP/1.1', ...lines]);
    assert.ok([400, 401, 403].includes(reply.status), reply.text);
  }
  const groups = ['X-Forwarded-User: eve', 'X-Forwarded-Groups: none', 'X-Forwarded-Groups: ops'];
  const reply = await sendRaw(umbel, ['GET /api/workers HTTP/1.1', ...groups]);
  assert.ok([400, 401, 403].includes(reply.status), reply.text);
});

attack('names that are nearly the admin’s are not: 403', BELIEVED, async (umbel) => {
  for (const name of [
    'ADA',
    'ada,eve',
    'ada@evil.example',
    'ada ada',
    'xada',
    'adax',
    'a*',
    '*',
    'group:ops',
    '__proto__',
    'аda',
  ])
    assert.notEqual(
      await statusOf(umbel, { 'x-forwarded-user': Buffer.from(name).toString('latin1') }, '/api/v1/audit'),
      200,
      name,
    );
  for (const groups of ['opsx', 'xops', 'OPS', 'ops2,dev', 'group:ops', '*', 'op?'])
    assert.notEqual(
      await statusOf(umbel, { 'x-forwarded-user': 'eve', 'x-forwarded-groups': groups }),
      200,
      groups,
    );
});

attack('an empty name, or one of control characters, is nobody: 401', BELIEVED, async (umbel) => {
  for (const name of ['', ' ', '\u0001', '\u007f', 'a'.repeat(300), '\u0085']) {
    const reply = await sendRaw(umbel, ['GET /api/workers HTTP/1.1', `X-Forwarded-User: ${name}`]);
    assert.ok([400, 401].includes(reply.status), `${JSON.stringify(name)}: ${reply.text}`);
  }
});

attack('a change by the proxy’s word from another site is refused with 403', BELIEVED, async (umbel) => {
  for (const from of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }] as Record<
    string,
    string
  >[]) {
    const reply = await umbel.post('/api/task/send-task/x.y', '{}', {
      headers: { 'x-forwarded-user': 'ada', 'content-type': 'application/json', ...from },
    });
    assert.equal(reply.status, 403, reply.text);
  }
});

const PASSWORDS = ['--basic-auth', 'ada:pw-ada'];
const guess = (umbel: UmbelProcess, headers: Readonly<Record<string, string>>) =>
  umbel.post('/api/v1/session', '{"name":"ada","password":"wrong"}', {
    headers: { 'content-type': 'application/json', ...headers },
  });

attack(
  'guessing under ever new addresses in X-Forwarded-For is still throttled: 429',
  PASSWORDS,
  async (umbel) => {
    const statuses: number[] = [];
    for (let index = 0; index < 10; index++)
      statuses.push(
        (await guess(umbel, { 'x-forwarded-for': `10.9.9.${index}`, 'x-real-ip': `10.9.8.${index}` })).status,
      );
    assert.ok(statuses.includes(429), statuses.join());
  },
);

attack(
  'behind a trusted proxy, what the client itself put into X-Forwarded-For does not hide it: 429',
  [...PASSWORDS, '--trust-proxy', '127.0.0.1'],
  async (umbel) => {
    const statuses: number[] = [];
    for (let index = 0; index < 10; index++)
      statuses.push((await guess(umbel, { 'x-forwarded-for': `10.9.9.${index}, 203.0.113.5` })).status);
    assert.ok(statuses.includes(429), statuses.join());
  },
);

attack(
  'a whole IPv6 network is one guesser: 429',
  [...PASSWORDS, '--trust-proxy', '127.0.0.1'],
  async (umbel) => {
    const statuses: number[] = [];
    for (let index = 0; index < 10; index++)
      statuses.push(
        (await guess(umbel, { 'x-forwarded-for': `2001:db8:1:2::${index.toString(16)}` })).status,
      );
    assert.ok(statuses.includes(429), statuses.join());
  },
);

attack('a Host or X-Forwarded-Host of somebody else leads no browser there', PASSWORDS, async (umbel) => {
  for (const headers of [
    ['Host: evil.example'],
    ['Host: 127.0.0.1', 'X-Forwarded-Host: evil.example'],
    ['Host: 127.0.0.1', 'Forwarded: host=evil.example'],
    ['Host: 127.0.0.1', 'X-Host: evil.example'],
    ['Host: evil.example\\@127.0.0.1'],
  ]) {
    for (const path of ['/', '/account', '/login', '/api/openapi.json']) {
      const reply = await sendRaw(
        umbel,
        [`GET ${path} HTTP/1.1`, 'Accept: text/html', 'Connection: close', ...headers],
        { whole: true },
      );
      assert.ok(!reply.text.includes('evil.example'), `${path}: ${reply.text}`);
    }
  }
});

attack(
  'an untrusted X-Forwarded-Proto makes no cookie Secure, and none less so',
  PASSWORDS,
  async (umbel) => {
    const reply = await umbel.post('/login', new URLSearchParams({ name: 'ada', password: 'pw-ada' }), {
      headers: { 'x-forwarded-proto': 'https' },
      redirect: 'manual',
    });
    assert.match(sessionCookies(reply)[0] ?? '', /^umbel_session=(?!.*Secure)/);
  },
);

attack('where the audit trail says somebody came from is not theirs to say', PASSWORDS, async (umbel) => {
  await umbel.post('/api/task/revoke/x', '{}', {
    headers: { ...basic('ada'), 'content-type': 'application/json', 'x-forwarded-for': '198.51.100.99' },
  });
  const { text } = await umbel.get('/api/v1/audit', { headers: basic('ada') });
  assert.match(text, /task\.revoke/);
  assert.ok(!text.includes('198.51.100.99'));
});
