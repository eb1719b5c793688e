import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccess } from './access.ts';

const basic = (text: string, encoding: BufferEncoding = 'utf8') =>
  `Basic ${Buffer.from(text, encoding).toString('base64')}`;
const nobody = { users: [], apiKeys: [], unauthenticatedApi: false };

test('with nothing configured nobody is let in, and the refusal says how to change that', () => {
  const access = createAccess(nobody);
  assert.equal(access.open, false);
  for (const header of [
    undefined,
    '',
    'Basic',
    'Bearer ',
    'Bearer x',
    basic('a:b'),
    basic(':'),
    'Basic ====',
  ]) {
    assert.equal(access.identify(header), null, String(header));
  }
  assert.match(access.challenge, /^Basic realm=/);
  assert.match(access.refusal, /FLOWER_UNAUTHENTICATED_API/);
  assert.match(access.refusal, /--basic-auth/);
});

test('an opened API lets everybody in, but users or keys close it again', () => {
  assert.equal(createAccess({ ...nobody, unauthenticatedApi: true }).identify(undefined)?.kind, 'anybody');
  const both = createAccess({ users: ['a:b'], apiKeys: [], unauthenticatedApi: true });
  assert.equal(both.open, false);
  assert.equal(both.identify(undefined), null);
});

test('every user is found by name and password, a password may hold colons and spaces', () => {
  const access = createAccess({ ...nobody, users: ['ada:lovelace', 'eve:a:b c'] });
  assert.deepEqual(access.identify(basic('ada:lovelace')), { kind: 'user', name: 'ada' });
  assert.deepEqual(access.identify(basic('eve:a:b c')), { kind: 'user', name: 'eve' });
  assert.deepEqual(access.identify(basic('ada:lovelace').replace('Basic', 'bAsIc')), {
    kind: 'user',
    name: 'ada',
  });
  for (const wrong of [
    'ada:Lovelace',
    'ada:',
    'ada',
    ':lovelace',
    'eve:a',
    'ada:lovelace ',
    'eve:lovelace',
  ]) {
    assert.equal(access.identify(basic(wrong)), null, wrong);
  }
  assert.equal(access.identify('Bearer lovelace'), null);
  assert.equal(access.identify(`${basic('ada:lovelace')} x`), null);
});

test('names and passwords beyond ASCII are found in UTF-8 and as requests sends them, in Latin-1', () => {
  const access = createAccess({ ...nobody, users: ['jürgen:pässwort', 'ива:пароль'] });
  assert.equal(access.identify(basic('jürgen:pässwort'))?.name, 'jürgen');
  assert.equal(access.identify(basic('jürgen:pässwort', 'latin1'))?.name, 'jürgen');
  assert.equal(access.identify(basic('ива:пароль'))?.name, 'ива');
  assert.equal(access.identify(basic('ива:пароль', 'latin1')), null);
});

test('every key is found, an empty one is refused at start', () => {
  const access = createAccess({ ...nobody, apiKeys: ['k-1', 'k-2'] });
  assert.deepEqual(access.identify('Bearer k-2'), { kind: 'key', name: 'key 2' });
  assert.equal(access.identify('Bearer k-3'), null);
  assert.equal(access.identify('Bearer k-1,k-2'), null);
  assert.match(access.challenge, /^Bearer realm=/);
  assert.throws(() => createAccess({ ...nobody, apiKeys: [''] }), TypeError);
  assert.throws(() => createAccess({ ...nobody, users: ['nopassword'] }), TypeError);
});
