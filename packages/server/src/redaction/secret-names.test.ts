import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSecretNames } from './secret-names.ts';

const isSecret = createSecretNames([
  'password',
  'api_key',
  'AccessKey',
  'token',
  ' ',
  '*_hash',
  'Card*',
  'x-*-id',
]);

test('a rule matches as words of a name, however they are written, in the plural too', () => {
  for (const name of [
    'password',
    'PASSWORD',
    'db_password',
    'dbPassword',
    'password2',
    'passwords',
    'mail.password.new',
    'api_key',
    'apiKey',
    'X-Api-Key',
    'APIKey',
    'apikey',
    'access_key',
    'AWS_ACCESS_KEY_ID',
    'accessTokens',
    'OAuth2Token',
    `${'x'.repeat(500_000)}_token`,
  ]) {
    assert.ok(isSecret(name), name);
  }
  for (const name of [
    '',
    'pass',
    'passwordless',
    'tokenizer',
    'key',
    'api',
    'apiary_key',
    'keyspace',
    'compass',
  ]) {
    assert.ok(!isSecret(name), name);
  }
});

test('a rule with a star is a pattern for the whole name', () => {
  for (const name of [
    'pin_hash',
    'pinHash',
    'PIN-HASH',
    'card',
    'card_number',
    'cardNumber',
    'X-Request-Id',
  ]) {
    assert.ok(isSecret(name), name);
  }
  for (const name of ['hash', 'hash_pin', 'my_card', 'x_id_request']) assert.ok(!isSecret(name), name);
});

test('no rules, no secrets', () => {
  assert.ok(!createSecretNames([])('password'));
  assert.ok(!createSecretNames(['-'])(''));
});
