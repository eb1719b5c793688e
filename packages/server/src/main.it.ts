// The program as a process: what a command line shows of it, what a terminal shows, and with which code it ends.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { absent, findExecutable, startRedis, tempFolder, until } from '@umbel/testkit';
import { startUmbel } from '../test/start-umbel.ts';
import { matchesHash } from './auth/password-hash.ts';
import { readStoredPassword } from './auth/stored-password.ts';

const UMBEL = ['--conditions=source', join(import.meta.dirname, 'main.ts')];

function umbel(args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...UMBEL, ...args], {
    encoding: 'utf8',
    env: { ...process.env, UMBEL_BROKER: 'redis://127.0.0.1:1/0', ...env },
    input: '',
  });
  return { status, stdout, stderr };
}

/** A person at a terminal: answers each question when it is there. Prints the whole screen, then the exit code. */
const AT_TERMINAL = `
import os, pty, sys
answers = sys.argv[2].split("|")
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
screen = b""
while True:
    try:
        part = os.read(fd, 4096)
    except OSError:
        break
    if not part:
        break
    screen += part
    if answers and part.rstrip().endswith(b":"):
        os.write(fd, answers.pop(0).encode().decode("unicode_escape").encode())
sys.stdout.write(screen.decode())
print("exit", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

describe('umbel', () => {
  test('lists its commands in the help', () => {
    const { status, stdout } = umbel(['--help']);
    assert.equal(status, 0);
    for (const name of ['hash-password', 'link', 'token create', 'audit verify'])
      assert.match(stdout, new RegExp(`\\n  ${name} +\\w`));
    assert.equal(umbel(['token', 'create', '--help']).status, 0);
  });

  test('ends with 2 for wrong usage and with 1 for what cannot be done', (t) => {
    const db = join(tempFolder(t), 'umbel.db');
    const wrong = umbel(['token', 'create']);
    assert.deepEqual([wrong.status, wrong.stdout], [2, '']);
    assert.match(wrong.stderr, /^umbel: umbel token create needs --name NAME\.\n$/);
    const impossible = umbel(['audit', 'verify', '--db', db]);
    assert.equal(impossible.status, 1);
    assert.match(impossible.stderr, /^umbel: There is no ledger at /);
    assert.equal(umbel(['serve-me']).status, 2);
  });

  test('makes a token whose output is the token alone', (t) => {
    const { status, stdout } = umbel(['token', 'create', '--name', 'ci', '--role', 'viewer'], {
      UMBEL_DB: join(tempFolder(t), 'umbel.db'),
    });
    assert.equal(status, 0);
    assert.match(stdout, /^umb_[A-Za-z0-9]{40}\n$/);
  });

  test('keeps no argument where ps can see it, and ends although its input stays open', async (t) => {
    if (process.platform !== 'linux') absent(t, '/proc is not there');
    const child = spawn(process.execPath, [...UMBEL, 'hash-password', '--kind', 'scrypt']);
    t.after(() => child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (data) => (output += String(data)));
    const commandLine = () => readFileSync(`/proc/${child.pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    await until(async () => commandLine() === 'umbel', { timeoutMs: 20_000, what: commandLine });
    const ended = new Promise((resolve) => child.once('close', resolve));
    child.stdin.write('open sesame\n');
    assert.equal(await ended, 0);
    assert.match(output, /^\$scrypt\$/);
  });

  test('serves without showing in its command line what it was given there', async (t) => {
    if (process.platform !== 'linux') absent(t, '/proc is not there');
    const redis = await startRedis(t);
    const secrets = ['--basic-auth', 'ada:hunter2', '--oauth2-secret', 'geheim', '--auth', '@example.org'];
    const provider = ['--auth-provider', 'google', '--oauth2-key', 'id'];
    const started = await startUmbel(t, {
      broker: redis.url,
      args: [...secrets, ...provider],
    });
    assert.equal(readFileSync(`/proc/${started.process.pid}/cmdline`, 'utf8').replaceAll('\0', ''), 'umbel');
    const authorization = `Basic ${Buffer.from('ada:hunter2').toString('base64')}`;
    assert.equal((await started.get('/api/workers', { headers: { authorization } })).status, 200);
    assert.doesNotMatch(started.process.log(), /hunter2|geheim/);
  });

  test('prints a link to sign in with while no way to sign in is configured', async (t) => {
    const redis = await startRedis(t);
    const env = { FLOWER_UNAUTHENTICATED_API: '' };
    const { process: server, url } = await startUmbel(t, { broker: redis.url, env });
    await until(async () => server.log().includes('Sign in: '), {
      timeoutMs: 20_000,
      what: () => server.log(),
    });
    const link = /^Sign in: (http:\/\/127\.0\.0\.1:\d+\/login\/link\?token=[\w-]{43})$/m.exec(
      server.log(),
    )?.[1];
    assert.ok(link !== undefined && link.startsWith(url), server.log());
    const signIn = await fetch(link, { redirect: 'manual' });
    assert.match(signIn.headers.get('set-cookie') ?? '', /^umbel_session=/);
    // Nowhere else: a log is kept, and read by others.
    assert.equal(server.log().split(new URL(link).searchParams.get('token') ?? '').length, 2);
  });

  test('asks for a password twice at a terminal, and never shows it', (t) => {
    const python = findExecutable('python3') ?? absent(t, 'python3 is not installed');
    const type = (answers: string): string =>
      spawnSync(python, ['-c', AT_TERMINAL, '-', answers, process.execPath, ...UMBEL, 'hash-password'], {
        encoding: 'utf8',
      }).stdout;
    const good = type('open sesamx\\x7fe\\r|open sesame\\r');
    const hash = /^(\$argon2id\$\S+)\r?$/m.exec(good)?.[1] ?? '';
    const stored = readStoredPassword(hash);
    assert.ok(stored.kind !== 'plain' && matchesHash('open sesame', stored), good);
    assert.match(good, /^Password: \r?\nThe same again: \r?\n/);
    assert.match(good, /exit 0$/m);

    const different = type('open sesame\\r|open sesami\\r');
    assert.match(different, /two different passwords/);
    assert.match(different, /exit 1$/m);
    const interrupted = type('open\\x03');
    assert.match(interrupted, /No password was given/);
    assert.match(interrupted, /exit 1$/m);
    for (const screen of [good, different, interrupted]) assert.doesNotMatch(screen, /open|sesam/);
  });
});
