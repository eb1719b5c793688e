import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseExactJson } from './exact-json.ts';
import { InvalidRequest } from './parameter.ts';

test('every number comes out as it went in', () => {
  for (const source of [
    '9007199254740993',
    '1.0',
    '-0.0',
    '-0',
    '1e400',
    '1E5',
    '0.10',
    '123',
    '1234567890123456',
  ]) {
    const value = parseExactJson(`[${source}, "1.0"]`, 'x');
    assert.equal(JSON.stringify(value), `[${source},"1.0"]`);
  }
});

test('what JSON.parse reads is read the same', () => {
  fc.assert(
    fc.property(fc.json({ noUnicodeString: false }), (source) => {
      assert.deepEqual(JSON.parse(JSON.stringify(parseExactJson(source, 'x'))), JSON.parse(source));
    }),
  );
});

test('typed objects of kombu pass unread, and __proto__ is an ordinary key', () => {
  const source = '{"__type__":"datetime","__value__":"2026-01-31T00:00:00"}';
  assert.equal(JSON.stringify(parseExactJson(source, 'x')), source);
  const proto = parseExactJson('{"__proto__":{"polluted":1.0}}', 'x') as Record<string, unknown>;
  assert.deepEqual(Object.keys(proto), ['__proto__']);
  assert.equal(proto['polluted'], undefined);
});

test('the place of a mistake is named', () => {
  assert.throws(() => parseExactJson('{"args": [1,]}', 'The body'), /The body is not valid JSON: .*at 12/);
  assert.throws(() => parseExactJson('{bad', 'The body'), /at 1\./);
  assert.throws(() => parseExactJson('[1', 'The body'), /unexpected end at 2/);
  assert.throws(
    () => parseExactJson('[NaN]', 'args'),
    /^InvalidRequest: args .*NaN and Infinity are not part of JSON/,
  );
});

test('no depth of nesting harms', () => {
  assert.ok(parseExactJson(`${'['.repeat(200)}${']'.repeat(200)}`, 'x'));
  for (const open of ['[', '{"a":']) {
    assert.throws(() => parseExactJson(open.repeat(100_000), 'x'), InvalidRequest);
  }
  assert.equal(parseExactJson(`"${'['.repeat(300)}\\"["`, 'x'), `${'['.repeat(300)}"[`);
});
