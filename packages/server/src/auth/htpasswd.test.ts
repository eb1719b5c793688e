import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { BCRYPT } from '../../test/auth/open-access.ts';
import { openHtpasswd, readHtpasswd } from './htpasswd.ts';

function fileWith(t: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-htpasswd-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'htpasswd');
  writeFileSync(path, text);
  return path;
}

async function opened(t: TestContext, text: string) {
  const path = fileWith(t, text);
  const warnings: string[] = [];
  const clock = { now: 0 };
  const log = {
    info: () => undefined,
    warn: (fields: object, sentence: string) => void warnings.push(`${sentence} ${JSON.stringify(fields)}`),
  };
  const htpasswd = await openHtpasswd(path, log, () => clock.now);
  const names = async () => [...(await htpasswd.current()).keys()];
  return { path, warnings, clock, htpasswd, names };
}

test('people are read from lines, comments and empty lines are not', () => {
  const people = readHtpasswd(`# people\r\n\r\nada:${BCRYPT}\r\nbob:${BCRYPT}\n`);
  assert.deepEqual([...people.keys()], ['ada', 'bob']);
});

test('a line that is no bcrypt hash is named by number and user, and its hash is not', () => {
  for (const [line, hash] of [
    ['bob:$apr1$salt$hashhashhash', 'hashhash'],
    ['bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=', 'W6ph'],
    ['bob:plainpassword', 'plainpassword'],
    ['bob:rqXexS6ZhobKA', 'rqXex'],
    ['bob:', 'x'.repeat(99)],
    ['bob:$2y$05$short', 'short'],
  ] as const) {
    assert.throws(
      () => readHtpasswd(`ada:${BCRYPT}\n${line}\n`),
      ({ message }: Error) => /^line 2 \("bob"\) .*bcrypt/.test(message) && !message.includes(hash),
      line,
    );
  }
  assert.throws(
    () => readHtpasswd('nocolonsecret'),
    ({ message }: Error) => message === 'line 1 is not NAME:HASH',
  );
  assert.throws(() => readHtpasswd(`ada:${BCRYPT}\nada:${BCRYPT}`), /line 2 \("ada"\) is there twice/);
});

test('a file that is missing or wrong is refused at the start, by its option and path', async (t) => {
  const log = { info: () => undefined, warn: () => undefined };
  await assert.rejects(openHtpasswd('/nowhere/htpasswd', log), {
    name: 'AuthRulesError',
    message: /^--htpasswd: \/nowhere\/htpasswd: /,
  });
  const path = fileWith(t, 'ada:secretsecret');
  await assert.rejects(openHtpasswd(path, log), ({ message }: Error) => !message.includes('secretsecret'));
});

test('a changed file is read again, at most every second', async (t) => {
  const { path, clock, names, htpasswd } = await opened(t, `ada:${BCRYPT}\n`);
  const before = await htpasswd.current();
  assert.equal(await htpasswd.current(), before);
  writeFileSync(path, `ada:${BCRYPT}\nbob:${BCRYPT}\n`);
  clock.now += 900;
  assert.deepEqual(await names(), ['ada']);
  clock.now += 200;
  assert.deepEqual(await names(), ['ada', 'bob']);
  assert.notEqual(await htpasswd.current(), before);
});

test('a broken or missing new file keeps the people of before, with one warning that quotes no hash', async (t) => {
  const { path, clock, names, warnings } = await opened(t, `ada:${BCRYPT}\n`);
  writeFileSync(path, 'ada:plainsecret\n');
  for (let n = 0; n < 3; n++) {
    clock.now += 2000;
    assert.deepEqual(await names(), ['ada']);
  }
  assert.equal(warnings.length, 1);
  assert.ok(!warnings[0]?.includes('plainsecret'));
  renameSync(path, `${path}.old`);
  clock.now += 2000;
  assert.deepEqual(await names(), ['ada']);
  assert.equal(warnings.length, 2);
  writeFileSync(path, `eve:${BCRYPT}\n`);
  clock.now += 2000;
  assert.deepEqual(await names(), ['eve']);
});
