import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CeleryError, type CeleryErrorCode } from '../errors.ts';
import { MAX_NESTING, parseKombuJson, stringifyKombuJson } from './kombu-json.ts';

test('numbers that JavaScript would change keep their digits both ways', () => {
  const hundredDigits = '9'.repeat(100);
  for (const source of ['9007199254740993', '-0.0', '1.0', '1e400', '1e-400', '1E5', '0.10', hundredDigits]) {
    const value = parseKombuJson(source);
    assert.ok(JSON.isRawJSON(value), source);
    assert.equal(stringifyKombuJson(value), source);
  }
});

test('numbers that JavaScript prints the same are plain numbers', () => {
  for (const source of ['0', '-1', '1.5', '9007199254740991', '1732533905.123456', '1e+21', '5e-324']) {
    assert.equal(parseKombuJson(source), Number(source));
  }
});

test("Python's number tokens become text", () => {
  assert.deepEqual(parseKombuJson('[NaN, Infinity, -Infinity]'), ['NaN', 'Infinity', '-Infinity']);
});

test('the typed objects of kombu 5.7.0 become text', () => {
  const typed = (type: string, value: unknown): unknown =>
    parseKombuJson(JSON.stringify({ __type__: type, __value__: value }));
  assert.equal(typed('datetime', '2024-01-02T03:04:05+00:00'), '2024-01-02T03:04:05+00:00');
  assert.equal(typed('date', '2024-01-02'), '2024-01-02');
  assert.equal(typed('time', '01:02:00'), '01:02:00');
  assert.equal(typed('decimal', '1.50'), '1.50');
  assert.equal(typed('uuid', { hex: `${'0'.repeat(31)}5` }), '00000000-0000-0000-0000-000000000005');
  assert.equal(typed('bytes', 'hi é'), 'hi é');
  assert.equal(typed('base64', '/w=='), '/w==');
  assert.equal(typed('base64', 'aGk='), 'hi');
});

test('the uuid of kombu 5.3.0, which also says its version, is read', () => {
  assert.equal(
    parseKombuJson('{"__type__":"uuid","__value__":{"hex":"00000000000040008000000000000005","version":4}}'),
    '00000000-0000-4000-8000-000000000005',
  );
});

test('the bare text of kombu 5.2 needs no reading', () => {
  assert.deepEqual(parseKombuJson('["2024-01-02T03:04:05Z", "1.5"]'), ['2024-01-02T03:04:05Z', '1.5']);
});

test('an object is typed only by exactly the two keys, a known type and a fitting value', () => {
  for (const object of [
    { __type__: 'nosuch', __value__: '1' },
    { __type__: 'decimal', __value__: '1', more: true },
    { __type__: 'decimal' },
    { __value__: '1' },
    { __type__: 'decimal', __value__: 1 },
    { __type__: 'uuid', __value__: { hex: 'xyz' } },
    { __type__: 'uuid', __value__: null },
    { __type__: ['decimal'], __value__: '1' },
    { __type__: '__proto__', __value__: '1' },
  ]) {
    assert.deepEqual(parseKombuJson(JSON.stringify(object)), object);
  }
});

test('typed objects are found wherever they are, in any order of keys', () => {
  assert.deepEqual(parseKombuJson('{"a": [{"__value__": "1.5", "__type__": "decimal"}]}'), { a: ['1.5'] });
});

test('__proto__ is an ordinary key', () => {
  const value = parseKombuJson('{"__proto__": {"polluted": 1}, "constructor": 2}') as object;
  assert.deepEqual(Object.keys(value), ['__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
  assert.equal('polluted' in value, false);
  assert.equal(stringifyKombuJson(value), '{"__proto__":{"polluted":1},"constructor":2}');
});

test('lone surrogates survive and are written as escapes', () => {
  const value = parseKombuJson(String.raw`"\ud800 \udc00\ud83d\ude00"`);
  assert.equal(value, '\ud800 \udc00😀');
  const text = stringifyKombuJson(value);
  assert.ok(text.isWellFormed());
  assert.equal(parseKombuJson(text), value);
});

test('nesting is bounded', () => {
  const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
  assert.ok(Array.isArray(parseKombuJson(nested(MAX_NESTING))));
  for (const levels of [MAX_NESTING + 1, 1_000_000]) {
    assert.throws(() => parseKombuJson(nested(levels)), undecodable('nesting'));
    assert.throws(() => parseKombuJson('{"a":'.repeat(levels)), undecodable('nesting'));
  }
});

test('siblings do not count as nesting', () => {
  const text = `[${'[],{},'.repeat(5_000)}0]`;
  assert.equal((parseKombuJson(text) as unknown[]).length, 10_001);
});

test('a value without typed objects and exact numbers is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t', '\r\n'), (text, indent) => {
      const value: unknown = JSON.parse(text);
      const spaced = JSON.stringify(value, undefined, indent);
      assert.deepEqual(plain(parseKombuJson(spaced)), value);
    }),
  );
});

test('text that JSON.parse refuses is refused, the number tokens aside', () => {
  const damaged = fc.tuple(
    fc.json(),
    fc.nat(),
    fc.constantFrom('', '"', '\\', ',', ':', '}', ']', '0', '-', '.', '\n', 'e'),
  );
  fc.assert(
    fc.property(damaged, ([text, place, insert]) => {
      const at = place % (text.length + 1);
      const broken = text.slice(0, at) + insert + text.slice(at + (insert === '' ? 1 : 0));
      assert.equal(reads(parseKombuJson, broken), reads(JSON.parse, broken), broken);
    }),
    { numRuns: 2_000 },
  );
});

test('whatever is read is written back with the same meaning', () => {
  const number = fc.oneof(
    fc.integer().map(String),
    fc.bigInt().map(String),
    fc.integer().map((n) => `${n}.0`),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)),
  );
  fc.assert(
    fc.property(fc.array(number), (numbers) => {
      const text = `[${numbers.join(',')}]`;
      assert.equal(stringifyKombuJson(parseKombuJson(text)), text);
    }),
  );
});

test('what JSON cannot carry is refused, not changed', () => {
  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;
  for (const value of [Number.NaN, [Infinity], undefined, () => 1, { a: Symbol('x') }, cycle, deep]) {
    assert.throws(() => stringifyKombuJson(value), failsWith('bad_argument'));
  }
});

test('what is written can be nested 500 levels deep, for a worker to read it', () => {
  const nested = (levels: number): unknown => JSON.parse('['.repeat(levels) + ']'.repeat(levels));
  assert.equal(stringifyKombuJson(nested(500)).length, 1_000);
  assert.throws(() => stringifyKombuJson(nested(501)), failsWith('bad_argument'));
});

test('a bigint is written as an integer, minus zero as a float', () => {
  assert.equal(stringifyKombuJson([2n ** 64n, -0, 0]), '[18446744073709551616,-0.0,0]');
});

function reads(parse: (text: string) => unknown, text: string): boolean {
  try {
    parse(text);
    return true;
  } catch (error) {
    assert.ok(error instanceof SyntaxError || failsWith('undecodable')(error), String(error));
    return false;
  }
}

/** Raw numbers as JSON.parse would have read them. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}

function undecodable(reason: string) {
  return (error: unknown): boolean => failsWith('undecodable')(error) && error.params['reason'] === reason;
}

function failsWith(code: CeleryErrorCode) {
  return (error: unknown): error is CeleryError => error instanceof CeleryError && error.code === code;
}
