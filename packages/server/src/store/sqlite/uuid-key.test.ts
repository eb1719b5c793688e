import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { uuidKey } from './uuid-key.ts';

test('the key of a UUID is its first 12 hex digits as a number', () => {
  assert.equal(uuidKey('ffffffff-ffff-4fff-bfff-ffffffffffff'), 2 ** 48 - 1);
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      assert.equal(uuidKey(uuid), Number.parseInt(uuid.replace('-', '').slice(0, 12), 16));
    }),
  );
});

test('the key of any other id never changes: histories are indexed by it', () => {
  assert.equal(uuidKey(''), 1_251_001_572_509);
  assert.equal(uuidKey('order-17'), 75_744_664_629_316);
  assert.equal(uuidKey('ABCDEF01-2345-1234-1234-123456789abc'), 36_486_548_557_208);
  assert.equal(uuidKey('0123456g-89ab-'), 232_580_956_292_260);
  assert.equal(uuidKey('0123456é-89ab-'), 149_213_498_272_534);
  assert.equal(uuidKey('ffffffff-ffffx'), 20_339_789_009_272);
});

test('the key of any text is a whole number of 48 bits', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const key = uuidKey(text);
      assert.ok(Number.isInteger(key) && key >= 0 && key < 2 ** 48);
    }),
  );
});
