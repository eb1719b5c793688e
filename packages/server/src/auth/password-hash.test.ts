import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hashPassword, matchesHash } from './password-hash.ts';
import { type HashedPassword, readStoredPassword } from './stored-password.ts';

const matches = (given: string, text: string) =>
  matchesHash(given, readStoredPassword(text) as HashedPassword);
const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

test('a password is found behind its own hash, and no other', () => {
  for (const kind of ['argon2id', 'scrypt'] as const) {
    const text = hashPassword('pässwort', kind);
    assert.ok(text.startsWith(`$${kind}$`));
    assert.equal(matches('pässwort', text), true);
    assert.equal(matches('passwort', text), false);
    assert.equal(matches('', text), false);
    assert.notEqual(hashPassword('pässwort', kind), text);
  }
  assert.match(hashPassword('x'), /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test('hashes of other programs are understood: the vectors of argon2, RFC 7914 and crypt_blowfish', () => {
  const argon2 = '$argon2i$v=19$m=65536,t=2,p=4$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG';
  assert.equal(matches('password', argon2), true);
  assert.equal(matches('Password', argon2), false);
  const key = Buffer.from(
    '7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887',
    'hex',
  );
  const scrypt = `$scrypt$ln=14,r=8,p=1$${base64(Buffer.from('SodiumChloride'))}$${base64(key)}`;
  assert.equal(matches('pleaseletmein', scrypt), true);
  assert.equal(matches('pleaseletmeout', scrypt), false);
  for (const version of ['2a', '2b', '2y']) {
    const bcrypt = `$${version}$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW`;
    assert.equal(matches('U*U', bcrypt), true);
    assert.equal(matches('U*V', bcrypt), false);
  }
});
