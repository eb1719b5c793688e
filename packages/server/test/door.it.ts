// Where Umbel listens and what it believes of whoever stands in between, with Umbel as a process: TLS, a unix socket, a proxy, a prefix.
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import {
  createCertificates,
  freePort,
  startProcess,
  startRedis,
  type TestScope,
  tempFolder,
  until,
} from '@umbel/testkit';
import { startUmbel } from './start-umbel.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

function ask(request: typeof httpRequest, options: RequestOptions, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      text(response).then(
        (content) => resolve({ status: response.statusCode, headers: response.headers, body: content }),
        reject,
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Starts Umbel where fetch cannot look, and waits until it answers. */
async function start(
  t: TestScope,
  args: readonly string[],
  answers: () => Promise<Answer>,
  users = 'ada:pw-ada',
): Promise<Awaited<ReturnType<typeof startProcess>>> {
  const redis = await startRedis(t);
  const umbel = await startProcess(
    process.execPath,
    ['--conditions=source', MAIN, '--broker', redis.url, '--db', join(tempFolder(t), 'u.db'), ...args],
    { env: { FLOWER_UNAUTHENTICATED_API: '', UMBEL_BASIC_AUTH: users, CELERY_RESULT_BACKEND: '' } },
  );
  t.after(() => umbel.kill());
  await until(
    async () => {
      if (!umbel.running()) throw new Error(umbel.log());
      return answers().then(
        ({ status }) => status === 200,
        () => false,
      );
    },
    { timeoutMs: 20_000, what: () => `Umbel to answer; it said:\n${umbel.log()}` },
  );
  return umbel;
}

test('over its own TLS every answer asks for https from now on, and the session cookie goes nowhere else', async (t) => {
  const certificates = await createCertificates(t);
  const port = await freePort();
  const base = { host: '127.0.0.1', servername: 'localhost', port, ca: readFileSync(certificates.ca) };
  await start(t, ['--port', `${port}`, '--certfile', certificates.cert, '--keyfile', certificates.key], () =>
    ask(httpsRequest, { ...base, path: '/healthz' }),
  );
  const signedIn = await ask(
    httpsRequest,
    {
      ...base,
      path: '/api/v1/session',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    },
    JSON.stringify({ name: 'ada', password: 'pw-ada' }),
  );
  assert.equal(signedIn.status, 200, signedIn.body);
  assert.match(String(signedIn.headers['strict-transport-security']), /max-age=\d{8,}/);
  const cookie = String(signedIn.headers['set-cookie']);
  assert.match(cookie, /^__Host-umbel_session=\S+;/);
  for (const attribute of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/'])
    assert.ok(cookie.includes(attribute), cookie);
  await assert.rejects(ask(httpRequest, { host: '127.0.0.1', port, path: '/healthz' }));
});

test('on a unix socket only whoever may write to it gets in, and the file goes when Umbel ends', async (t) => {
  const socketPath = join(tempFolder(t), 'umbel.sock');
  const umbel = await start(t, ['--unix-socket', socketPath, '--unix-socket-mode', '600'], () =>
    ask(httpRequest, { socketPath, path: '/healthz' }),
  );
  assert.equal(statSync(socketPath).mode & 0o777, 0o600);
  assert.equal((await ask(httpRequest, { socketPath, path: '/api/tasks' })).status, 401);
  assert.equal((await ask(httpRequest, { socketPath, path: '/api/tasks', auth: 'ada:pw-ada' })).status, 200);
  umbel.signal('SIGTERM');
  assert.equal((await umbel.exited).code, 0);
  assert.equal(statSync(socketPath, { throwIfNoEntry: false }), undefined);
});

test('on a unix socket with nothing configured the printed link is the path that a proxy has to be asked for', async (t) => {
  const socketPath = join(tempFolder(t), 'umbel.sock');
  const askPath = (path: string) => ask(httpRequest, { socketPath, path });
  const umbel = await start(t, ['--unix-socket', socketPath], () => askPath('/healthz'), '');
  const line = await until(() => /^Sign in: (\/login\/link\?token=\S+) \(.*proxy.*\)$/m.exec(umbel.log()), {
    what: () => `a link in\n${umbel.log()}`,
  });
  const entered = await askPath(line[1] ?? '');
  assert.equal(entered.status, 302, entered.body);
  assert.match(String(entered.headers['set-cookie']), /umbel_session=/);
});

test('half a TLS pair, a file that is none and a socket path that is taken are refused in words', async (t) => {
  const folder = tempFolder(t);
  const run = async (...args: string[]) => {
    const child = await startProcess(process.execPath, [
      '--conditions=source',
      MAIN,
      '--broker',
      'redis://127.0.0.1:1/0',
      '--db',
      join(folder, 'u.db'),
      '--port',
      '0',
      ...args,
    ]);
    return { code: (await child.exited).code, log: child.log() };
  };
  for (const [args, words] of [
    [['--certfile', MAIN], /--keyfile/],
    [['--certfile', MAIN, '--keyfile', MAIN], /main\.ts/],
    [['--unix-socket', MAIN], /main\.ts/],
  ] as const) {
    const { code, log } = await run(...args);
    assert.equal(code, 2, log);
    assert.match(log.trim().split('\n').at(-1) ?? '', words);
  }
  assert.ok(statSync(MAIN).isFile());
});

test('behind a trusted proxy pages, cookies and redirects are those that the browser sees', async (t) => {
  const redis = await startRedis(t);
  const umbel = await startUmbel(t, {
    broker: redis.url,
    args: ['--trust-proxy', '127.0.0.1/32'],
    env: { FLOWER_UNAUTHENTICATED_API: '', UMBEL_BASIC_AUTH: 'ada:pw-ada' },
  });
  const forwarded = {
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'umbel.example.org',
    'x-forwarded-for': '203.0.113.7',
  };
  const signedIn = await umbel.post(
    '/login',
    new URLSearchParams({ name: 'ada', password: 'pw-ada', next: '/account' }),
    { redirect: 'manual', headers: { ...forwarded, origin: 'https://umbel.example.org' } },
  );
  assert.equal(signedIn.status, 303, signedIn.text);
  assert.equal(signedIn.headers.get('location'), '/account');
  assert.match(signedIn.headers.get('strict-transport-security') ?? '', /max-age/);
  assert.match(signedIn.headers.getSetCookie().join(), /__Host-umbel_session=.*Secure/);
  const audit = await umbel.get<{ items: { action: string; address: string }[] }>('/api/v1/audit', {
    headers: { authorization: `Basic ${btoa('ada:pw-ada')}` },
  });
  const line = audit.json.items.find(({ action }) => action === 'session.sign_in');
  assert.equal(line?.address, '203.0.113.7', audit.text);
});
