import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BCRYPT } from '../../test/auth/open-access.ts';
import { openPasswordChecks } from './passwords.ts';
import { type HashedPassword, readStoredPassword } from './stored-password.ts';

const log = { info: () => undefined, warn: () => undefined };
const stored = readStoredPassword(BCRYPT) as HashedPassword;

test('passwords are tried on a thread, right and wrong ones', async () => {
  await using checks = openPasswordChecks(log);
  assert.equal(await checks.check('secret', stored), true);
  assert.equal(await checks.check('Secret', stored), false);
});

test('hashes of every kind survive the way to the thread', async () => {
  await using checks = openPasswordChecks(log);
  const argon2 = '$argon2i$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG';
  assert.equal(await checks.check('password', readStoredPassword(argon2) as HashedPassword), true);
});

test('when too many wait, the next are told so at once and nothing is tried', async () => {
  await using checks = openPasswordChecks(log);
  const answers = await Promise.all(Array.from({ length: 100 }, () => checks.check('secret', stored)));
  const tried = answers.filter((answer) => answer === true).length;
  assert.ok(tried >= 16 && tried <= 20, String(tried));
  assert.equal(answers.filter((answer) => answer === 'busy').length, 100 - tried);
  assert.equal(await checks.check('secret', stored), true);
});

test('after it was closed nothing is tried', async () => {
  const checks = openPasswordChecks(log);
  await checks.close();
  assert.equal(await checks.check('secret', stored), 'busy');
});
