import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatJson } from './format-json.ts';

test('numbers come out digit for digit, whatever else is in the reply', () => {
  const long = '123456789012345678901234567890';
  const exact = JSON.rawJSON('1.0');
  assert.equal(formatJson({ total: 3, args: [exact] }), '{"total":3,"args":[1.0]}');
  assert.equal(
    formatJson({ total: 3, args: [exact, { id: BigInt(long) }] }),
    `{"total":3,"args":[1.0,{"id":${long}}]}`,
  );
});

test('what JSON has no number for is null', () => {
  assert.equal(formatJson({ runtime: NaN, eta: [Infinity, 1n] }), '{"runtime":null,"eta":[null,1]}');
});
