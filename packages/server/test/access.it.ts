// Who may do what, with Umbel as a process and a real worker behind it: every way in that needs no browser, roles by their effect,
// the audit trail from the command line, and what a restart and a second desk know. Attacks are in attacks/.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import {
  freePort,
  startProcess,
  startRedis,
  startWorker,
  suiteScope,
  type TestScope,
  tempFolder,
  until,
} from '@umbel/testkit';
import { startUmbel, type UmbelProcess, type WorkerBody } from './start-umbel.ts';

const MAIN = join(import.meta.dirname, '../src/main.ts');
const CLOSED = { FLOWER_UNAUTHENTICATED_API: '' };

/** Runs the command line to its end. */
async function run(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; text: string }> {
  const child = await startProcess(process.execPath, ['--conditions=source', MAIN, ...args], {
    env: {
      CELERY_BROKER_URL: '',
      CELERY_RESULT_BACKEND: '',
      FLOWER_UNAUTHENTICATED_API: '',
      UMBEL_BROKER: 'redis://127.0.0.1:1/0',
      ...env,
    },
  });
  const { code } = await child.exited;
  return { code, text: child.log() };
}

const basic = (credentials: string) => ({ authorization: `Basic ${btoa(credentials)}` });
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const asText = (headers: Headers, name: string) => headers.get(name) ?? '';

/** `name=value` of a cookie that a reply sets. */
function cookieOf(headers: Headers): string {
  const [cookie] = headers.getSetCookie().filter((line) => line.includes('umbel_session='));
  assert.ok(cookie, 'no session cookie');
  return cookie.split(';', 1)[0] ?? '';
}

async function linkOf(umbel: UmbelProcess): Promise<string> {
  let link: string | undefined;
  await until(
    async () => {
      link = /http:\/\/\S+\/login\/link\?token=\S+/.exec(umbel.process.log())?.[0];
      return link !== undefined;
    },
    { what: () => `a link in\n${umbel.process.log()}` },
  );
  return link ?? '';
}

const CONFIG = `
roles:
  mailers: {rights: [operator], queues: ['mail*']}
grants:
  - 'ada=admin'
  - 'olga=operator'
  - 'mel=mailers'
  - 'vera=viewer'
  - 'blind=watcher'
`;

suite('access', () => {
  const scope = suiteScope();
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let worker: Awaited<ReturnType<typeof startWorker>>;

  async function cluster(): Promise<{ broker: string; hostname: string }> {
    redis ??= await startRedis(scope);
    worker ??= await startWorker(scope, {
      brokerUrl: redis.url,
      resultBackend: redis.url,
      queues: ['celery', 'mail'],
    });
    return { broker: redis.url, hostname: worker.hostname };
  }

  async function start(
    t: TestScope,
    options: { args?: readonly string[]; env?: Readonly<Record<string, string>>; db?: string } = {},
  ): Promise<UmbelProcess> {
    const { broker } = await cluster();
    return startUmbel(t, {
      broker,
      resultBackend: broker,
      ...options,
      env: { ...CLOSED, ...options.env },
    });
  }

  /** One of each role, by name and password. */
  async function startWithRoles(t: TestScope, args: readonly string[] = []): Promise<UmbelProcess> {
    const config = join(tempFolder(t), 'umbel.yaml');
    writeFileSync(config, CONFIG.replace('mailers:', 'watcher: {rights: [view]}\n  mailers:'));
    return start(t, {
      args: ['--config', config, ...args],
      env: { UMBEL_BASIC_AUTH: 'ada:pw-ada,olga:pw-olga,mel:pw-mel,vera:pw-vera,blind:pw-blind' },
    });
  }
  const as = (name: string) => ({ headers: basic(`${name}:pw-${name}`) });

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

  test('every role does what it may to a real worker, and no more', async (t) => {
    const umbel = await startWithRoles(t);
    const { hostname } = await cluster();
    await until(
      async () =>
        (await umbel.get<Record<string, WorkerBody>>('/api/workers', as('vera'))).json[hostname]?.stats !==
        undefined,
      { timeoutMs: 30_000, what: 'the worker to be known' },
    );
    const grow = `/api/worker/pool/restart/${hostname}`;
    const refused = await umbel.post(grow, undefined, as('vera'));
    assert.equal(refused.status, 403);
    assert.match(refused.json.error ?? '', /control/);
    assert.notEqual((await umbel.post(grow, undefined, as('olga'))).status, 403);

    const args = ['one', { password: 'hunter2', n: 1 }];
    const sent = await umbel.post('/api/task/async-apply/shop.echo', { args: [args] }, as('olga'));
    assert.equal(sent.status, 200, sent.text);
    const path = `/api/task/info/${sent.json['task-id']}`;
    await until(async () => (await umbel.get(path, as('vera'))).json.state === 'SUCCESS', {
      timeoutMs: 20_000,
      what: 'the task to end',
    });
    const seen = await umbel.get(path, as('vera'));
    assert.match(seen.text, /"one"/);
    assert.doesNotMatch(seen.text, /hunter2/);
    const blind = await umbel.get(path, as('blind'));
    assert.equal(blind.status, 200);
    assert.doesNotMatch(blind.text, /"one"|hunter2/);
    assert.equal((await umbel.get(`/api/task/result/${sent.json['task-id']}`, as('blind'))).status, 403);

    assert.equal((await umbel.get('/api/v1/audit', as('olga'))).status, 403);
    const audit = await umbel.get<{ items: { action: string; who: string; outcome: string }[] }>(
      '/api/v1/audit',
      as('ada'),
    );
    assert.equal(audit.status, 200, audit.text);
    assert.doesNotMatch(audit.text, /hunter2/);
    const lines = audit.json.items.map((item) => `${item.who} ${item.outcome}`);
    assert.ok(lines.includes('vera refused'), audit.text);
    assert.ok(lines.includes('olga done'), audit.text);
  });

  test('an operator of some queues sends there and nowhere else, and sees nothing else', async (t) => {
    const umbel = await startWithRoles(t);
    const { hostname } = await cluster();
    const send = (queue: string) =>
      umbel.post('/api/task/send-task/shop.add', { args: [1, 2], queue }, as('mel'));
    const sent = await send('mail');
    assert.equal(sent.status, 200, sent.text);
    const refused = await send('celery');
    assert.equal(refused.status, 403, refused.text);
    assert.match(refused.json.error ?? '', /send/);
    const foreign = await umbel.post('/api/task/send-task/shop.add', { args: [1, 2] }, as('olga'));
    await until(
      async () => (await umbel.get(`/api/task/info/${foreign.json['task-id']}`, as('olga'))).status === 200,
      { timeoutMs: 20_000, what: 'the task of somebody else to be seen' },
    );
    assert.equal((await umbel.get(`/api/task/info/${foreign.json['task-id']}`, as('mel'))).status, 404);
    const revoked = await umbel.post(`/api/task/revoke/${foreign.json['task-id']}`, undefined, as('mel'));
    assert.ok([403, 404].includes(revoked.status), revoked.text);
    // The worker consumes another queue too.
    const stopped = await umbel.post(`/api/worker/shutdown/${hostname}`, undefined, as('mel'));
    assert.ok([403, 404].includes(stopped.status), stopped.text);
    assert.equal(worker.running(), true);
  });

  test('--read-only switches every change off, whoever asks, and says so', async (t) => {
    const umbel = await startWithRoles(t, ['--read-only']);
    const { hostname } = await cluster();
    for (const path of [
      `/api/worker/shutdown/${hostname}`,
      '/api/task/revoke/x',
      '/api/task/send-task/shop.add',
    ]) {
      const refused = await umbel.post(path, {}, as('ada'));
      assert.equal(refused.status, 403, path);
      assert.match(refused.json.error ?? '', /read-only/);
    }
    assert.equal((await umbel.get('/api/tasks', as('ada'))).status, 200);
    assert.equal(worker.running(), true);
  });

  test('`umbel audit verify` finds a changed line, and a line that the log once named', async (t) => {
    const umbel = await startWithRoles(t);
    const where = ['--db', umbel.db, '--broker', (await cluster()).broker];
    for (const id of ['a', 'b', 'c']) await umbel.post(`/api/task/revoke/${id}`, undefined, as('olga'));
    const fine = await run(['audit', 'verify', ...where]);
    assert.equal(fine.code, 0, fine.text);
    const head = /(\d+):([0-9a-f]{64})/.exec(fine.text)?.[0] ?? '';
    assert.notEqual(head, '', fine.text);
    assert.equal((await run(['audit', 'verify', ...where, '--head', head])).code, 0);

    const ledger = new DatabaseSync(umbel.db.replace(/\.db$/, '-access.db'), { timeout: 5_000 });
    const tables = ledger.prepare("SELECT name, sql FROM sqlite_master WHERE type = 'table'").all();
    const table = tables.find(({ sql }) => String(sql).includes('outcome'))?.['name'];
    assert.ok(table, JSON.stringify(tables));
    const columns = ledger
      .prepare(`PRAGMA table_info(${String(table)})`)
      .all()
      .map(({ name }) => String(name));
    assert.ok(columns.includes('outcome'), columns.join());
    ledger.exec('PRAGMA writable_schema = ON');
    for (const { name } of ledger.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").all()) {
      ledger.exec(`DROP TRIGGER ${String(name)}`);
    }
    ledger.exec(`UPDATE ${String(table)} SET outcome = 'refused' WHERE seq = 2`);
    ledger.close();
    const broken = await run(['audit', 'verify', ...where]);
    assert.equal(broken.code, 1, broken.text);
    assert.match(broken.text, /\b2\b/);
  });

  test('with --redact-stored no secret of a task reaches the disk', async (t) => {
    const umbel = await start(t, {
      args: ['--redact-stored', '--redact', 'iban'],
      env: { UMBEL_BASIC_AUTH: 'ada:pw-ada' },
    });
    const sent = await umbel.post(
      '/api/task/send-task/shop.echo',
      { args: [{ password: 'hunter2hunter2', iban: 'DE00112233', city: 'Ulm-am-Rhein' }] },
      as('ada'),
    );
    assert.equal(sent.status, 200, sent.text);
    const path = `/api/task/info/${sent.json['task-id']}`;
    await until(async () => (await umbel.get(path, as('ada'))).json.state === 'SUCCESS', {
      timeoutMs: 20_000,
      what: 'the task to end',
    });
    await umbel.stop();
    const folder = dirname(umbel.db);
    const bytes = Buffer.concat(readdirSync(folder).map((name) => readFileSync(join(folder, name))));
    assert.ok(bytes.includes('Ulm-am-Rhein'), 'nothing was stored');
    assert.ok(!bytes.includes('hunter2hunter2'));
    assert.ok(!bytes.includes('DE00112233'));
    assert.ok(!umbel.process.log().includes('hunter2hunter2'));
  });

  test('passwords and keys given at start are in no reply, no log line and no process title', async (t) => {
    const umbel = await start(t, {
      args: ['--basic-auth', 'ada:pw-ada'],
      env: { UMBEL_API_KEYS: 'viewer:static-key-1234' },
    });
    const title = readFileSync(`/proc/${umbel.process.pid}/cmdline`, 'utf8');
    assert.ok(!title.includes('pw-ada'), title);
    const texts = [umbel.process.log()];
    for (const path of [
      '/api/v1/session',
      '/api/v1/access',
      '/api/v1/audit',
      '/api/workers',
      '/readyz',
      '/',
    ]) {
      texts.push((await umbel.get(path, as('ada'))).text);
    }
    for (const text of texts) assert.doesNotMatch(text, /pw-ada|static-key-1234/);
    const key = await umbel.get('/api/tasks', { headers: bearer('static-key-1234') });
    assert.equal(key.status, 200, key.text);
    assert.equal(asText(key.headers, 'cache-control'), 'no-store');
  });
});
