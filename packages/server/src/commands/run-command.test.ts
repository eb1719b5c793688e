import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { tempFolder } from '@umbel/testkit';
import { takeOneTimeLink } from '../auth/one-time-link.ts';
import { matchesHash } from '../auth/password-hash.ts';
import { readStoredPassword } from '../auth/stored-password.ts';
import { historyPlace } from '../config/history-place.ts';
import type { Ledger } from '../store/ledger.ts';
import { openSqliteLedger } from '../store/sqlite/open-ledger.ts';
import { COMMANDS, isCommandWord } from './commands.ts';
import { runCommand } from './run-command.ts';

const BROKER = 'redis://127.0.0.1:1/0';

function collect() {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(String(chunk));
      done();
    },
  });
  return { stream, text: () => chunks.join('') };
}

/** A place with a ledger of its own, and a command line beside it. */
function place(t: TestContext) {
  const db = join(tempFolder(t), 'umbel.db');
  const at = historyPlace({ db, broker: BROKER });
  assert.ok(at.kind === 'file');
  const path = at.ledgerPath;
  async function umbel(
    words: string,
    { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {},
  ) {
    const [stdout, stderr] = [collect(), collect()];
    const code = await runCommand(words.split(' '), {
      stdin: Readable.from([stdin]),
      stdout: stdout.stream,
      stderr: stderr.stream,
      env: { UMBEL_DB: db, UMBEL_BROKER: BROKER, ...env },
    });
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  }
  async function withLedger<T>(use: (ledger: Ledger) => Promise<T>): Promise<T> {
    await using ledger = await openSqliteLedger({
      path,
      log: { info: () => undefined, warn: () => undefined },
    });
    return await use(ledger);
  }
  const trail = () => withLedger(async (ledger) => (await ledger.listAudit({ limit: 100 })).records);
  return { path, umbel, withLedger, trail };
}

test('every command has a help that names its options, by itself and with its group', async (t) => {
  const { umbel, path } = place(t);
  for (const { name, summary, options, serverOptions } of COMMANDS) {
    assert.ok(isCommandWord(name.split(' ')[0] ?? ''));
    const { code, stdout } = await umbel(`${name} --help`);
    assert.equal(code, 0);
    assert.ok(stdout.includes(summary));
    for (const option of [...Object.keys(options), ...serverOptions])
      assert.match(stdout, new RegExp(`--${option}\\s`), `${name} --${option}`);
  }
  assert.match((await umbel('token --help')).stdout, /umbel token create\n.*umbel token list\n/s);
  assert.equal(existsSync(path), false);
});

test('wrong usage is told, without repeating what may be a secret', async (t) => {
  const { umbel } = place(t);
  const wrong: [string, RegExp][] = [
    ['token', /umbel token needs one of create, list, revoke/],
    ['token make', /needs one of create/],
    ['token create --role viewer', /needs --name NAME/],
    ['token create --name ci', /needs --role ROLE/],
    ['token create --name ci --role god', /--role god is not known; there is viewer, operator, admin/],
    ['token create --name ci --role viewer --expires soon', /--expires needs a time .*or never/],
    ['token create --name ci --role viewer --ip hunter2/8', /neither an address nor a network/],
    ['token create --name= --role viewer', /--name needs a value/],
    ['token revoke', /takes ID/],
    ['token list --all', /Unknown option '--all'/],
    ['hash-password hunter2', /takes no further words/],
    ['hash-password --kind md5', /--kind needs one of argon2id, scrypt/],
    ['audit verify --head 12', /--head needs the number of a line and its seal/],
    ['audit export', /needs --format/],
    ['audit export --format csv --from -7d', /--from needs its value with an equals sign .*: --from=-…/],
    ['audit export --format xml', /--format needs one of csv, json/],
    ['link --port 0', /add --public-url/],
  ];
  for (const [words, message] of wrong)
    await assert.rejects(umbel(words), { name: 'ConfigError', message }, words);
  await assert.rejects(umbel('hash-password hunter2'), (error: Error) => !error.message.includes('hunter2'));
  await assert.rejects(umbel('token list', { env: { UMBEL_PORT: 'x' } }), /UMBEL_PORT needs/);
});

test('a password that is piped in becomes a hash of either kind', async (t) => {
  const { umbel } = place(t);
  for (const kind of ['argon2id', 'scrypt']) {
    const { stdout } = await umbel(`hash-password --kind ${kind}`, { stdin: 'open sesame \nmore\n' });
    const stored = readStoredPassword(stdout.trimEnd());
    assert.ok(stored.kind !== 'plain' && stored.kind === kind);
    assert.equal(matchesHash('open sesame ', stored), true);
  }
  await assert.rejects(umbel('hash-password', { stdin: '' }), {
    name: 'CommandError',
    message: /No password/,
  });
  await assert.rejects(umbel('hash-password', { stdin: '1234567\n' }), {
    name: 'CommandError',
    message: /8 characters or more/,
  });
});

test('a token is made, listed, revoked, and each change is in the trail', async (t) => {
  const { umbel, withLedger, trail } = place(t);
  const made = await umbel('token create --name ci --role operator --expires 90d --ip 10.0.0.0/8 --ip ::1');
  assert.equal(made.code, 0);
  assert.match(made.stdout, /^umb_[A-Za-z0-9]{40}\n$/);
  const [token] = await withLedger((ledger) => ledger.tokens());
  assert.ok(token);
  assert.deepEqual(
    [token.name, token.owner, token.roles, token.rights, token.networks],
    ['ci', null, ['operator'], null, ['10.0.0.0/8', '::1']],
  );
  assert.equal((token.expiresAt ?? 0) - token.createdAt, 90 * 86_400_000);

  const { stdout: list } = await umbel('token list');
  assert.match(list, new RegExp(`${token.id} +ci +${token.prefix} +active +operator +10\\.0\\.0\\.0/8,::1`));
  assert.ok(!list.includes(made.stdout.trim()));

  assert.match((await umbel(`token revoke ${token.id}`)).stderr, /opens nothing any more/);
  assert.match((await umbel('token list')).stdout, / revoked /);
  await assert.rejects(umbel(`token revoke ${token.id}`), { name: 'CommandError', message: /No token/ });
  await assert.rejects(umbel('token revoke nonsense'), { name: 'CommandError' });

  const lines = await trail();
  assert.deepEqual(
    lines.map(({ action, target, via, outcome }) => [action, target, via, outcome]),
    [
      ['token.revoke', token.id, 'command line', 'done'],
      ['token.create', 'ci', 'command line', 'done'],
    ],
  );
  assert.ok(lines.every(({ who, subject }) => who !== null && subject === `system:${who}`));
  assert.ok(!JSON.stringify(lines).includes(made.stdout.trim()));
});

test('a token may last for ever, and have a role of the config file', async (t) => {
  const { umbel, withLedger } = place(t);
  const env = { UMBEL_ROLES: '{"mailer": {"rights": ["send"], "queues": ["emails*"]}}' };
  await umbel('token create --name m --role mailer --role viewer --expires never', { env });
  const [token] = await withLedger((ledger) => ledger.tokens());
  assert.deepEqual([token?.roles, token?.expiresAt], [['mailer', 'viewer'], null]);
});

test('names from elsewhere cannot move the cursor of whoever lists tokens', async (t) => {
  const { umbel, withLedger } = place(t);
  await umbel('token create --name ci --role viewer');
  await withLedger(async (ledger) => {
    const [token] = await ledger.tokens();
    assert.ok(token);
    const owner = { subject: 'x:1', name: 'eve\u001b[2J\u202e', email: null, via: 'x', groups: [] };
    await ledger.writeToken({ ...token, id: 'aa', hash: 'bb', owner, roles: [] });
  });
  assert.match((await umbel('token list')).stdout, /as eve\ufffd\[2J\ufffd \(x\)/);
});

test('a link signs in once, where the options say that the server is', async (t) => {
  const { umbel, withLedger, trail } = place(t);
  await withLedger(async () => undefined);
  const { stdout } = await umbel('link --port 8080 --url-prefix /u');
  const secret = /^http:\/\/127\.0\.0\.1:8080\/u\/login\/link\?token=([\w-]{43})\n$/.exec(stdout)?.[1] ?? '';
  await withLedger(async (ledger) => {
    assert.equal(await takeOneTimeLink(ledger, secret, Date.now()), true);
    assert.equal(await takeOneTimeLink(ledger, secret, Date.now()), false);
  });
  const bases: [string, string][] = [
    ['--public-url https://umbel.example.org/u --url-prefix /u', 'https://umbel.example.org/u/'],
    ['--address 0.0.0.0', 'http://127.0.0.1:5555/'],
    ['--address fd00::1 --certfile /c.pem', 'https://[fd00::1]:5555/'],
  ];
  for (const [words, base] of bases)
    assert.ok((await umbel(`link ${words}`)).stdout.startsWith(`${base}login/link?token=`), words);
  await assert.rejects(
    umbel('link --unix-socket /run/umbel.sock'),
    /listens on a unix socket: add --public-url/,
  );
  const lines = await trail();
  assert.equal(lines.length, 4);
  assert.ok(lines.every(({ action }) => action === 'session.make_link'));
  assert.ok(!JSON.stringify(lines).includes(secret));
});

test('the trail is verified, and the first line that was changed is named', async (t) => {
  const { umbel, path } = place(t);
  for (const name of ['a', 'b', 'c']) await umbel(`token create --name ${name} --role viewer`);
  const holds = await umbel('audit verify');
  assert.equal(holds.code, 0);
  const head = /^holds: 3 lines, 1 to 3\nhead: (3:[0-9a-f]{64})\n$/.exec(holds.stdout)?.[1];
  assert.ok(head);
  assert.equal((await umbel(`audit verify --head ${head}`)).code, 0);
  const forged = await umbel(`audit verify --head 3:${'0'.repeat(64)}`);
  assert.equal(forged.code, 1);
  assert.match(forged.stdout, /^broken: .*line 3/);

  const database = new DatabaseSync(path);
  for (const { name } of database.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all())
    database.exec(`DROP TRIGGER "${String(name)}"`);
  const { changes } = database.prepare("UPDATE audit SET target = 'forged' WHERE seq = 2").run();
  database.close();
  assert.equal(changes, 1);
  const broken = await umbel('audit verify');
  assert.equal(broken.code, 1);
  assert.match(broken.stdout, /^broken: line 2 /);
});

test('the trail is exported as CSV and as JSON, all of it or a span', async (t) => {
  const { umbel } = place(t);
  for (const name of ['a', 'b']) await umbel(`token create --name ${name} --role viewer`);
  const csv = (await umbel('audit export --format csv')).stdout.split('\r\n');
  assert.match(csv[0] ?? '', /^seq,at,who,via,/);
  assert.match(csv[1] ?? '', /^2,.*,token\.create,b,/);
  assert.equal(csv.length, 4);
  const json = JSON.parse((await umbel('audit export --format json')).stdout) as {
    items: { seq: number; at: string; action: string; took_ms: number }[];
    next: null;
  };
  assert.deepEqual(
    json.items.map(({ seq, action }) => [seq, action]),
    [
      [2, 'token.create'],
      [1, 'token.create'],
    ],
  );
  assert.match(json.items[0]?.at ?? '', /^\d{4}-.*Z$/);
  const none = (await umbel('audit export --format json --from=1d')).stdout;
  assert.deepEqual(JSON.parse(none), { items: [], next: null });
  assert.match((await umbel('audit export --format csv --to 2020-01-01')).stdout, /^seq,[^\r]*\r\n$/);
});

test('what only reads leaves no empty ledger behind', async (t) => {
  const { umbel, path } = place(t);
  for (const words of ['link', 'token list', 'token revoke x', 'audit verify', 'audit export --format csv'])
    await assert.rejects(umbel(words), { name: 'CommandError', message: /There is no ledger at / });
  assert.equal(existsSync(path), false);
});

test('a damaged ledger does not count as one that holds, and is left where it is', async (t) => {
  const { umbel, path } = place(t);
  const damaged = 'SQLite format 3\0 and then nothing of the kind'.repeat(100);
  writeFileSync(path, damaged);
  for (const command of ['audit verify', 'token list']) {
    await assert.rejects(umbel(command), { name: 'StoreError' });
    assert.equal(readFileSync(path, 'utf8'), damaged);
  }
});
