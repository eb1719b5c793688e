// The commands with --db postgres://…: what they do beside a server that keeps everything in PostgreSQL.
import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { startPostgres } from '@umbel/testkit';
import { aTask } from '../../test/store/sample-records.ts';
import { takeOneTimeLink } from '../auth/one-time-link.ts';
import { openPostgresLedger } from '../store/postgres/ledger/open-ledger.ts';
import { openPostgresStore } from '../store/postgres/open-postgres.ts';
import { runCommand } from './run-command.ts';

const log = { info: () => undefined, warn: () => undefined };

async function place(t: TestContext) {
  const postgres = await startPostgres(t);
  const secret = new URL(postgres.url);
  secret.password = 'hush-hush';
  async function umbel(words: string, db = secret.href) {
    const said = { stdout: '', stderr: '' };
    const sink = (name: keyof typeof said) =>
      new Writable({
        write(chunk, _encoding, done) {
          said[name] += String(chunk);
          done();
        },
      });
    const terminal = { stdin: Readable.from([]), stdout: sink('stdout'), stderr: sink('stderr') };
    const code = await runCommand([...words.split(' '), '--db', db], { ...terminal, env: {} });
    assert.doesNotMatch(said.stdout + said.stderr, /hush/);
    return { code, ...said };
  }
  return { postgres, url: postgres.url, umbel };
}

test('in a database a token is made, listed and revoked, a link signs in, and all of it is in a trail that holds', async (t) => {
  const { url, umbel } = await place(t);
  const made = await umbel('token create --name ci --role operator');
  assert.match(made.stdout, /^umb_[A-Za-z0-9]{40}\n$/);
  await using ledger = await openPostgresLedger({ url, log });
  const [token] = await ledger.tokens();
  assert.equal(token?.name, 'ci');
  assert.match((await umbel('token list')).stdout, new RegExp(`${token.id} +ci .* active `));
  assert.match((await umbel(`token revoke ${token.id}`)).stderr, /opens nothing any more/);
  assert.match((await umbel('token list')).stdout, / revoked /);

  const link = (await umbel('link --port 8080')).stdout;
  const secret = /^http:\/\/127\.0\.0\.1:8080\/login\/link\?token=([\w-]{43})\n$/.exec(link)?.[1] ?? '';
  assert.equal(await takeOneTimeLink(ledger, secret, Date.now()), true);
  assert.equal(await takeOneTimeLink(ledger, secret, Date.now()), false);

  const holds = await umbel('audit verify');
  const head = /^holds: 3 lines, 1 to 3\nhead: (3:[0-9a-f]{64})\n$/.exec(holds.stdout)?.[1];
  assert.ok(head);
  assert.equal((await umbel(`audit verify --head ${head}`)).code, 0);
  assert.equal((await umbel(`audit verify --head 3:${'0'.repeat(64)}`)).code, 1);
  const { items } = JSON.parse((await umbel('audit export --format json')).stdout) as {
    items: { action: string }[];
  };
  assert.deepEqual(
    items.map(({ action }) => action),
    ['session.make_link', 'token.revoke', 'token.create'],
  );
});

test('what only reads makes no ledger in a database that has none', async (t) => {
  const { postgres, umbel } = await place(t);
  for (const words of ['link', 'token list', 'token revoke x', 'audit verify', 'audit export --format csv'])
    await assert.rejects(umbel(words), (error: Error) => {
      assert.equal(error.name, 'CommandError');
      assert.match(error.message, /There is no ledger at postgres:\/\//);
      assert.doesNotMatch(error.message, /hush/);
      return true;
    });
  assert.deepEqual(await postgres.query(`SELECT 1 FROM pg_namespace WHERE nspname = 'umbel'`), []);
});

test('a database that is away is told without its password', async (t) => {
  const { umbel } = await place(t);
  for (const words of ['token list', 'token create --name ci --role viewer'])
    await assert.rejects(umbel(words, 'postgres://me:hush-hush@127.0.0.1:1/db'), (error: Error) => {
      assert.equal(error.name, 'StoreError');
      assert.doesNotMatch(String(error), /hush/);
      return true;
    });
});

test('a history in a database is described, exported, and looked at for what would be deleted', async (t) => {
  const { url, umbel } = await place(t);
  await using store = await openPostgresStore({ url, log });
  const received = Date.now() / 1000 - 10 * 86_400;
  const tasks = ['a', 'b', 'c'].map((uuid, n) =>
    aTask({ uuid, received: received + n, timestamp: received + n }),
  );
  await store.write({ tasks, workers: [] });
  assert.match((await umbel('db info')).stdout, /\b3\b/);
  const dry = await umbel('db prune --dry-run --retention-age 1d');
  assert.match(dry.stdout, /too old +3 tasks/);
  assert.equal((await store.facts()).tasks, 3);
  const lines = (await umbel('db export')).stdout.trimEnd().split('\n');
  const found = lines.filter((line) => /"uuid":"[abc]"/.test(line));
  assert.equal(found.length, 3, lines.join('\n'));
});
