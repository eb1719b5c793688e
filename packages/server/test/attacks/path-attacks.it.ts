// Attacks on what stands before the routes: other spellings of a path, other methods, headers that name another path, files.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startUmbel } from '../start-umbel.ts';
import { basic, openArena, sendRaw } from './arena.ts';

const { attack, arena } = await openArena();

/** Spellings of /api/workers that some server between or some router takes for it. */
const SPELLINGS = [
  '//api/workers',
  '/api//workers',
  '/./api/workers',
  '/api/./workers',
  '/api/../api/workers',
  '/healthz/../api/workers',
  '/healthz/..%2fapi%2fworkers',
  '/healthz/%2e%2e/api/workers',
  '/healthz;/../api/workers',
  '/login/../api/workers',
  '/login/..;/api/workers',
  '/login/%2e%2e%2fapi/workers',
  '/login/..%5c..%5capi/workers',
  '/api/..;/api/workers',
  '/api/workers;a=b',
  '/api/workers/',
  '/api/workers/.',
  '/api/workers%00',
  '/api/workers%20',
  '/api/workers%0a',
  '/api/workers.json',
  '/api/%77orkers',
  '/%61%70%69/workers',
  '/%2fapi/workers',
  '/api%2fworkers',
  '/api%252fworkers',
  '/API/WORKERS',
  '/api/Workers',
  '\\api\\workers',
  '/api\\workers',
  '/api/workers#',
  '/api/workers?',
  '/api/workers?/healthz',
  '/healthz?/../api/workers',
  'http://evil.example/api/workers',
  'http://127.0.0.1/api/workers',
  '*',
] as const;

attack(
  'no spelling of a closed path lets a stranger in: never 200 with what is behind it',
  async ({ umbel }) => {
    const answer = (await umbel.get('/api/workers', { headers: basic('vera') })).text;
    for (const path of SPELLINGS) {
      const reply = await sendRaw(umbel, [`GET ${path} HTTP/1.1`]);
      const isHealth = path.startsWith('/healthz?');
      assert.ok(isHealth || [301, 302, 400, 401, 404].includes(reply.status), `${path}: ${reply.text}`);
      if (answer.length > 4) assert.ok(!reply.text.includes(answer), path);
      assert.doesNotMatch(reply.text, /\r\nlocation: (?:https?:)?\/\//i, path);
    }
  },
);

attack(
  'no spelling of a path that a role may not use gives it: a viewer gets 403, 404 or 405',
  async ({ umbel, redis }) => {
    const auth = `Authorization: ${basic('vera').authorization}`;
    for (const path of [
      '/api/task/send-task/x.y',
      '/api//task/send-task/x.y',
      '/api/task/./send-task/x.y',
      '/api/task/info/../send-task/x.y',
      '/api/task/info/..%2fsend-task%2fx.y',
      '/api/task/info/..;/send-task/x.y',
      '/api/task/SEND-TASK/x.y',
      '/api/task/%73end-task/x.y',
      '/api/task/send-task/x.y/',
      '/login/../api/task/send-task/x.y',
      '/api/v1/session/../../task/send-task/x.y',
    ]) {
      const reply = await sendRaw(
        umbel,
        [`POST ${path} HTTP/1.1`, auth, 'Content-Type: application/json', 'Content-Length: 2'],
        { body: '{}' },
      );
      assert.ok([400, 403, 404, 405].includes(reply.status), `${path}: ${reply.text}`);
    }
    assert.equal(await redis.client().llen('celery'), 0);
  },
);

for (const path of [
  '/.git/config',
  '/.env',
  '/package.json',
  '/umbel.db',
  '/../../../../etc/passwd',
  '/..%2f..%2f..%2f..%2fetc%2fpasswd',
  '/api/docs/../../../../../../etc/passwd',
  '/api/docs/..%2f..%2f..%2f..%2f..%2f..%2fetc%2fpasswd',
  '/api/docs/static/..%2f..%2fpackage.json',
  '/api/docs/static/%2e%2e/%2e%2e/package.json',
  '/api/docs/static/....//....//package.json',
  '/api/docs/static/..%5c..%5cpackage.json',
  '/api/docs/static/%00',
  '/api/docs/static//etc/passwd',
] as const) {
  attack(`the file behind ${path} is not served, to admins neither`, async ({ umbel }) => {
    const reply = await sendRaw(umbel, [
      `GET ${path} HTTP/1.1`,
      `Authorization: ${basic('ada').authorization}`,
    ]);
    assert.ok([301, 302, 400, 403, 404].includes(reply.status), reply.text);
    assert.doesNotMatch(reply.text, /root:.*:0:0|"dependencies"|\[core\]|SQLite format/);
  });
}

for (const method of [
  'TRACE',
  'TRACK',
  'CONNECT',
  'PROPFIND',
  'PUT',
  'PATCH',
  'DELETE',
  'PURGE',
  'get',
  'GETS',
  'DEBUG',
]) {
  attack(`the method ${method} is refused, echoes nothing and opens nothing`, async ({ umbel }) => {
    const reply = await sendRaw(umbel, [`${method} /api/workers HTTP/1.1`, 'X-Echo: secret-of-the-header']);
    assert.ok([0, 400, 401, 404, 405, 501].includes(reply.status), reply.text);
    assert.ok(!reply.text.includes('secret-of-the-header'));
  });
}

attack('HEAD opens nothing that GET does not', async ({ umbel }) => {
  for (const [path, status] of [
    ['/api/workers', 401],
    ['/api/v1/audit', 401],
    ['/api/v1/session', 200],
  ] as const) {
    const reply = await sendRaw(umbel, [`HEAD ${path} HTTP/1.1`]);
    assert.equal(reply.status, status, reply.text);
    assert.match(reply.text, /\r\n\r\n$/);
  }
});

attack('OPTIONS tells a stranger methods, and does nothing', async ({ umbel, redis }) => {
  const reply = await umbel.get('/api/task/send-task/x', { method: 'OPTIONS' });
  assert.ok([204, 401].includes(reply.status));
  assert.equal(reply.text, '');
  assert.equal(await redis.client().llen('celery'), 0);
});

attack('headers that name another path or another user mean nothing: 401', async ({ umbel }) => {
  for (const headers of [
    { 'x-original-url': '/healthz' },
    { 'x-rewrite-url': '/healthz' },
    { 'x-forwarded-uri': '/healthz' },
    { 'x-forwarded-prefix': '/healthz' },
    { 'x-forwarded-path': '/healthz' },
    { 'x-forwarded-user': 'ada' },
    { 'x-remote-user': 'ada' },
    { 'remote-user': 'ada' },
    { 'x-auth-request-email': 'ada@example.org' },
    { 'x-forwarded-for': '127.0.0.1' },
    { 'x-real-ip': '127.0.0.1' },
    { 'client-ip': '127.0.0.1' },
    { forwarded: 'for=127.0.0.1;host=localhost' },
    { 'x-custom-ip-authorization': '127.0.0.1' },
  ] as Record<string, string>[]) {
    assert.equal((await umbel.get('/api/workers', { headers })).status, 401, JSON.stringify(headers));
  }
});

attack('headers that name another path give a viewer no right: 403', async ({ umbel }) => {
  for (const header of ['x-original-url', 'x-rewrite-url', 'x-forwarded-uri']) {
    const reply = await umbel.get('/api/v1/audit', {
      headers: { ...basic('vera'), [header]: '/api/workers' },
    });
    assert.equal(reply.status, 403);
  }
});

attack(
  'what there is behind the door is told to no stranger: known and unknown paths are both 401',
  async ({ umbel }) => {
    const [known, unknown] = [
      await umbel.get('/api/v1/audit'),
      await umbel.get('/api/v1/nothing-of-this-name'),
    ];
    assert.deepEqual([known.status, unknown.status], [401, 401]);
  },
);

attack(
  'one role’s doors are another’s walls: a viewer gets 403 from every route of an admin',
  async ({ umbel }) => {
    for (const path of [
      '/audit',
      '/api/v1/audit',
      '/api/v1/access',
      '/api/v1/tokens?all=true',
      '/api/v1/sessions?all=1',
    ]) {
      for (const person of ['vera', 'olga', 'blind'])
        assert.equal((await umbel.get(path, { headers: basic(person) })).status, 403, `${person} at ${path}`);
      assert.equal((await umbel.get(path, { headers: basic('ada') })).status, 200, path);
    }
  },
);

attack('a link to an error page carries no markup, and its JSON is JSON', async ({ umbel }) => {
  const path = '/api/%3Cscript%3Ealert(1)%3C/script%3E';
  const reply = await umbel.get(path, { headers: { ...basic('vera'), accept: 'application/json' } });
  assert.equal(reply.status, 404);
  assert.match(reply.headers.get('content-type') ?? '', /^application\/json/);
  const page = await umbel.get('/<script>alert(1)</script>', { headers: { accept: 'text/html' } });
  assert.ok(!page.text.includes('<script>'));
  assert.equal(page.headers.get('x-content-type-options'), 'nosniff');
});

test('below a prefix nothing is reached beside it, and no spelling leaves it', async (t) => {
  if (arena === null) return t.skip('there is no Redis');
  const umbel = await startUmbel(t, {
    broker: arena.redis.url,
    args: ['--url-prefix', '/deep/umbel'],
    env: { FLOWER_UNAUTHENTICATED_API: '', UMBEL_BASIC_AUTH: 'ada:pw-ada' },
  });
  const auth = `Authorization: ${basic('ada').authorization}`;
  assert.equal((await sendRaw(umbel, ['GET /deep/umbel/api/workers HTTP/1.1', auth])).status, 200);
  for (const path of [
    '/api/workers',
    '/deep/api/workers',
    '/deep/umbelapi/workers',
    '/deep/umbel2/api/workers',
    '/deep//umbel/api/workers',
    '/deep/umbel/../api/workers',
    '/deep/umbel/../../api/workers',
    '/deep%2fumbel/api/workers',
    '/DEEP/UMBEL/api/workers',
  ]) {
    const reply = await sendRaw(umbel, [`GET ${path} HTTP/1.1`, auth]);
    assert.ok([400, 404].includes(reply.status), `${path}: ${reply.text}`);
  }
  for (const next of ['/', '/api/workers', '/deep/umbel2/', '/deep/umbel/../../x', '/deep/umbel/%2e%2e/x']) {
    const reply = await umbel.post(
      '/deep/umbel/login',
      new URLSearchParams({ name: 'ada', password: 'pw-ada', next }),
      {
        redirect: 'manual',
      },
    );
    assert.equal(reply.headers.get('location'), '/deep/umbel/', next);
  }
  return undefined;
});
