import assert from 'node:assert/strict';
import { test } from 'node:test';
import { required } from './parameter-kinds.ts';
import { InvalidRequest, readParameters } from './parameter.ts';
import { secretText } from './secret-text.ts';

const password = secretText('Password.', { maxChars: 20 });

test('a secret is taken as it is, spaces included', () => {
  assert.equal(password.read('  open sesame ', 'password'), '  open sesame ');
  assert.equal(password.read('', 'password'), undefined);
});

test('a wrong one is refused without repeating it', () => {
  for (const given of ['hunter2'.repeat(10), { hunter2: 1 }, ['hunter2'], 'hunter2\ud800']) {
    assert.throws(
      () => password.read(given, 'password'),
      (error) => error instanceof InvalidRequest && !error.message.includes('hunter2'),
    );
  }
});

test('one that is for the body alone is not taken from the query', () => {
  const inUrl = { query: new Map([['password', 'hunter2']]), body: new Map<string, unknown>() };
  const bodyOnly = secretText('Password.', { bodyOnly: true });
  assert.deepEqual(readParameters({ password: bodyOnly }, inUrl), { password: undefined });
  assert.deepEqual(readParameters({ password }, inUrl), { password: 'hunter2' });
  assert.throws(() => readParameters({ password: required(bodyOnly) }, inUrl), /password is missing/);
});
