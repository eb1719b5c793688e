import assert from 'node:assert/strict';
import { test } from 'node:test';
import { costOf, type HashedPassword, readStoredPassword } from './stored-password.ts';

const SALT = 'c29tZXNhbHRzb21lc2FsdA';
const HASH = 'RdescudvJCsgt3ub+b+dWRWJTmaaJObG';
const hashed = (text: string) => readStoredPassword(text) as HashedPassword;

test('what is no hash is a plain password, also with dollars, braces and colons in it', () => {
  for (const text of ['secret', '$ecret', 'a$b$c', '{x', 'a:b c', '$', '2y$04$']) {
    assert.deepEqual(readStoredPassword(text), { kind: 'plain', text });
  }
});

test('hashes say their kind and cost', () => {
  const argon2 = hashed(`$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${HASH}`);
  assert.equal(argon2.kind, 'argon2id');
  assert.ok(argon2.kind === 'argon2id' && argon2.memory === 19_456 && argon2.passes === 2);
  assert.equal(hashed(`$scrypt$ln=17,r=8,p=1$${SALT}$${HASH}`).kind, 'scrypt');
  const bcrypt = hashed(`$2y$12$${'a'.repeat(53)}`);
  assert.ok(bcrypt.kind === 'bcrypt' && bcrypt.rounds === 12);
});

test('a hash whose cost would take gigabytes or minutes is refused', () => {
  for (const text of [
    `$argon2id$v=19$m=4194304,t=1,p=1$${SALT}$${HASH}`,
    `$argon2id$v=19$m=262144,t=9,p=1$${SALT}$${HASH}`,
    `$argon2id$v=19$m=8,t=0,p=1$${SALT}$${HASH}`,
    `$argon2id$v=19$m=8,t=1,p=2$${SALT}$${HASH}`,
    `$argon2id$v=19$m=65536,t=1,p=100$${SALT}$${HASH}`,
    `$scrypt$ln=19,r=8,p=1$${SALT}$${HASH}`,
    `$scrypt$ln=18,r=8,p=16$${SALT}$${HASH}`,
    `$scrypt$ln=99,r=8,p=1$${SALT}$${HASH}`,
    `$scrypt$ln=14,r=0,p=1$${SALT}$${HASH}`,
    `$2y$15$${'a'.repeat(53)}`,
    `$2y$03$${'a'.repeat(53)}`,
    `$2y$31$${'a'.repeat(53)}`,
  ]) {
    assert.throws(() => readStoredPassword(text), TypeError, text);
  }
});

test('a hash of another kind, or one that was cut, is not taken for a plain password, and never quoted', () => {
  for (const text of [
    '$apr1$abcdefgh$ijklmnopqrstuvwxyz0123',
    '$1$abc$defsecret',
    '$5$abc$defsecret',
    '$6$rounds=5000$abc$defsecret',
    '$y$j9T$abc$defsecret',
    '{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=',
    '{SSHA512}secretsecret',
    'pbkdf2_sha256$600000$abc$secret',
    '$pbkdf2-sha256$29000$abc$secret',
    '$argon2d$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$secretsecretsecretsecre',
    '$argon2id$v=19$m=19456,t=2,p=1',
    '$argon2id$v=16$m=19456,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b7dWR',
    '$scrypt$ln=17$c29tZXNhbHQ$secret',
    '$2y$12$secret',
    '$2$12$secret',
  ]) {
    assert.throws(
      () => readStoredPassword(text),
      (error) =>
        error instanceof TypeError && !error.message.includes('secret') && !error.message.includes(text),
      text,
    );
  }
});

test('dearer hashes are known to be dearer', () => {
  const argon2 = costOf(hashed(`$argon2id$v=19$m=19456,t=2,p=1$${SALT}$${HASH}`));
  assert.ok(costOf(hashed(`$argon2id$v=19$m=65536,t=3,p=1$${SALT}$${HASH}`)) > argon2);
  assert.ok(costOf(hashed(`$2y$12$${'a'.repeat(53)}`)) > argon2);
  assert.ok(costOf(hashed(`$2y$05$${'a'.repeat(53)}`)) < argon2);
  assert.ok(costOf(hashed(`$scrypt$ln=17,r=8,p=1$${SALT}$${HASH}`)) > argon2);
});
