import assert from 'node:assert/strict';
import { test } from 'node:test';
import { basic } from '../../test/auth/open-access.ts';
import { readAuthorization } from './authorization-header.ts';

test('names and passwords are read in UTF-8, and in Latin-1 where it is no UTF-8', () => {
  const jürgen = { scheme: 'basic', name: 'jürgen', password: 'pässwort' };
  assert.deepEqual(readAuthorization(basic('jürgen:pässwort')), jürgen);
  assert.deepEqual(readAuthorization(basic('jürgen:pässwort', 'latin1')), jürgen);
  assert.deepEqual(readAuthorization(basic('ива:пароль')), {
    scheme: 'basic',
    name: 'ива',
    password: 'пароль',
  });
});

test('the scheme is read in any case, a password may hold colons and spaces or be empty', () => {
  const eve = { scheme: 'basic', name: 'eve', password: 'a:b c' };
  assert.deepEqual(readAuthorization(basic('eve:a:b c').replace('Basic', '  bAsIc  ')), eve);
  assert.deepEqual(readAuthorization(basic('eve:')), { scheme: 'basic', name: 'eve', password: '' });
  assert.deepEqual(readAuthorization('BEARER x'), { scheme: 'bearer', secret: 'x' });
});

test('no header is nothing, one that cannot be read is not taken for it', () => {
  assert.equal(readAuthorization(undefined), null);
  assert.equal(readAuthorization('  '), null);
  for (const header of [
    'Basic',
    'Bearer ',
    'Basic ====',
    'Digest x',
    basic('nocolon'),
    basic(':x'),
    'Bearer a b',
  ]) {
    assert.deepEqual(readAuthorization(header), { scheme: 'unreadable' }, header);
  }
});
