// Every way in that needs no browser, with Umbel as a process, and what a restart and a second desk know. Attacks are in attacks/.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { freePort, startProcess, suiteScope, tempFolder, until } from '@umbel/testkit';
import { accessCluster, basic, bearer, cookieOf, linkOf, MAIN, run } from './access-cluster.ts';
import { startUmbel, type UmbelProcess } from './start-umbel.ts';

suite('access', () => {
  const { cluster, start } = accessCluster(suiteScope());

  test('with nothing configured the printed link starts a session once, and nobody else gets in', async (t) => {
    const umbel = await start(t);
    assert.equal((await umbel.get('/api/workers')).status, 401);
    const link = await linkOf(umbel);
    const entered = await fetch(link, { redirect: 'manual' });
    assert.equal(entered.status, 302);
    assert.equal(entered.headers.get('location'), '/');
    const cookie = cookieOf(entered.headers);
    const session = await umbel.get<{ rights: string[]; user: { via: string } }>('/api/v1/session', {
      headers: { cookie },
    });
    assert.equal(session.json.user.via, 'link');
    assert.ok(session.json.rights.includes('admin'));
    assert.equal((await umbel.get('/api/workers', { headers: { cookie } })).status, 200);
    const again = await fetch(link, { redirect: 'manual' });
    assert.notEqual(again.headers.get('location'), '/');
    assert.deepEqual(
      again.headers.getSetCookie().filter((line) => line.includes('umbel_session=')),
      [],
    );
    const secret = new URL(link).searchParams.get('token') ?? '';
    const later = umbel.process.log().split(link).slice(1).join('');
    assert.ok(!later.includes(secret), 'the secret of the link is in a log line');
  });

  test('`umbel link` prints another link while the server runs', async (t) => {
    const umbel = await start(t);
    const { broker } = await cluster();
    const printed = await run(
      ['link', '--db', umbel.db, '--broker', broker, '--port', new URL(umbel.url).port],
      {},
    );
    assert.equal(printed.code, 0, printed.text);
    const secret = /token=(\S+)/.exec(printed.text)?.[1];
    const entered = await fetch(`${umbel.url}/login/link?token=${secret}`, { redirect: 'manual' });
    assert.equal(entered.status, 302, printed.text);
  });

  test('an address that others can reach is refused while nobody has to sign in', async (t) => {
    const db = join(tempFolder(t), 'umbel.db');
    const refused = await run(['--address', '0.0.0.0', '--port', `${await freePort()}`, '--db', db]);
    assert.equal(refused.code, 2);
    assert.match(refused.text, /--basic-auth/);
    assert.match(refused.text, /--unsafe-no-auth/);
  });

  test('FLOWER_UNAUTHENTICATED_API opens such an address with a warning', async (t) => {
    const { broker } = await cluster();
    const umbel = await startUmbel(t, { broker, args: ['--address', '0.0.0.0'] });
    assert.equal((await umbel.get('/api/workers')).status, 200);
    const warning = umbel.process
      .log()
      .split('\n')
      .find((line) => line.includes('"level":40') && line.includes('FLOWER_UNAUTHENTICATED_API'));
    assert.ok(warning, umbel.process.log());
  });

  test('a session survives a restart, is known to a second desk, and ends everywhere', async (t) => {
    const env = { UMBEL_BASIC_AUTH: 'ada:pw-ada' };
    const db = join(tempFolder(t), 'umbel.db');
    const first = await start(t, { env, db });
    const signIn = async (umbel: UmbelProcess) =>
      umbel.post('/api/v1/session', { name: 'ada', password: 'pw-ada' });
    const entered = await signIn(first);
    assert.equal(entered.status, 200, entered.text);
    const cookie = cookieOf(entered.headers);
    const other = cookieOf((await signIn(first)).headers);
    assert.notEqual(cookie, other);

    const second = await start(t, { env, db });
    for (const desk of [first, second]) {
      assert.equal((await desk.get('/api/workers', { headers: { cookie } })).status, 200);
    }
    assert.equal(await first.stop(), 0);
    const restarted = await start(t, { env, db });
    assert.equal((await restarted.get('/api/workers', { headers: { cookie } })).status, 200);

    const session = await restarted.get<{ csrf_token: string }>('/api/v1/session', { headers: { cookie } });
    const ended = await restarted.get('/api/v1/sessions', {
      method: 'DELETE',
      headers: { cookie, 'x-csrf-token': session.json.csrf_token },
    });
    assert.ok(ended.status < 300, ended.text);
    for (const gone of [cookie, other]) {
      assert.equal((await restarted.get('/api/workers', { headers: { cookie: gone } })).status, 401);
      // A desk remembers a session for a second.
      await until(
        async () => (await second.get('/api/workers', { headers: { cookie: gone } })).status === 401,
        { what: 'the other desk to know that the session has ended' },
      );
    }
  });

  test('a token of the command line works within its role and network, shows its last use, and is refused once revoked', async (t) => {
    const umbel = await start(t);
    const { broker } = await cluster();
    const where = ['--db', umbel.db, '--broker', broker];
    const make = async (...args: string[]) => {
      const made = await run(['token', 'create', ...where, ...args]);
      assert.equal(made.code, 0, made.text);
      return /umb_\w+/.exec(made.text)?.[0] ?? '';
    };
    const viewer = await make('--name', 'dashboards', '--role', 'viewer', '--expires', '90d');
    const elsewhere = await make('--name', 'ci', '--role', 'operator', '--ip', '10.0.0.0/8');
    assert.equal((await umbel.get('/api/tasks', { headers: bearer(viewer) })).status, 200);
    assert.equal(
      (await umbel.post('/api/task/revoke/x', undefined, { headers: bearer(viewer) })).status,
      403,
    );
    assert.equal((await umbel.get('/api/tasks', { headers: bearer(elsewhere) })).status, 401);

    let listed = await run(['token', 'list', ...where]);
    await until(
      async () => {
        listed = await run(['token', 'list', ...where]);
        return listed.text.includes('127.0.0.1');
      },
      { timeoutMs: 20_000, what: () => `the last use in\n${listed.text}` },
    );
    assert.ok(!listed.text.includes(viewer));
    assert.match(listed.text, /dashboards/);
    const id = /^(\S+).*dashboards/m.exec(listed.text)?.[1] ?? '';
    assert.equal((await run(['token', 'revoke', id, ...where])).code, 0);
    await until(async () => (await umbel.get('/api/tasks', { headers: bearer(viewer) })).status === 401, {
      timeoutMs: 20_000,
      what: 'the revoked token to be refused',
    });
    const file = readdirSync(dirname(umbel.db)).map((name) => readFileSync(join(dirname(umbel.db), name)));
    assert.ok(
      file.every((bytes) => !bytes.includes(viewer)),
      'the token is on disk',
    );
  });

  test('a hashed password from `umbel hash-password` signs in', async (t) => {
    const child = await startProcess('/bin/sh', [
      '-c',
      `printf 'correct horse\\n' | "$0" --conditions=source "$1" hash-password`,
      process.execPath,
      MAIN,
    ]);
    await child.exited;
    const hash = child.log().trim().split('\n').at(-1) ?? '';
    assert.match(hash, /^\$argon2id\$/);
    const file = join(tempFolder(t), 'users');
    writeFileSync(file, `ada:${hash},bob:plain\n`);
    const umbel = await start(t, { env: { UMBEL_BASIC_AUTH_FILE: file } });
    for (const [credentials, status] of [
      ['ada:correct horse', 200],
      ['bob:plain', 200],
      ['ada:correct', 401],
      ['ada:plain', 401],
    ] as const) {
      assert.equal(
        (await umbel.get('/api/tasks', { headers: basic(credentials) })).status,
        status,
        credentials,
      );
    }
  });
});
