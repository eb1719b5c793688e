import assert from 'node:assert/strict';
import { test } from 'node:test';
import { secretNameRules } from './secret-name-rules.ts';
import { createSecretNames } from './secret-names.ts';

test('names are added to those that are secret by default, and a default one can be taken away', () => {
  const isSecret = createSecretNames(secretNameRules(['iban', '!token']));
  for (const name of ['iban', 'customerIban', 'password', 'DB_PASSWORD', 'apiKey']) {
    assert.equal(isSecret(name), true, name);
  }
  for (const name of ['max_tokens', 'key', 'city']) assert.equal(isSecret(name), false, name);
  assert.equal(createSecretNames(secretNameRules([]))('access_token'), true);
});
