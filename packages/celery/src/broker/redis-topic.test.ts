import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { matchesTopic } from './redis-topic.ts';

test('words and wildcards match as in kombu', () => {
  const cases: [string, string, boolean][] = [
    ['a.b', 'a.b', true],
    ['a.b', 'a.c', false],
    ['a.b', 'axb', false],
    ['#', '', true],
    ['#', 'a.b.c', true],
    ['letter.#', 'letter.home.fast', true],
    ['letter.#', 'letter', false],
    ['#.fast', 'letter.home.fast', true],
    ['a.*', 'a.b', true],
    ['a.*', 'a.', false],
    ['a.*', 'a.b.c', true],
    ['a.*.c', 'a.b.c', true],
    ['', '', true],
    ['', 'a', false],
  ];
  for (const [binding, key, expected] of cases) {
    assert.equal(matchesTopic(binding, key), expected, `${binding} and ${key}`);
  }
});

test('it decides like the regular expression that kombu stores', () => {
  const symbols = fc.array(fc.constantFrom('a', 'b', '.', '*', '#'), { maxLength: 8 });
  const letters = fc.array(fc.constantFrom('a', 'b', '.'), { maxLength: 8 });
  fc.assert(
    fc.property(symbols, letters, (binding, key) => {
      const pattern = binding
        .join('')
        .replaceAll('.', '\\.')
        .replaceAll('*', '.*?[^\\.]')
        .replaceAll('#', '.*?');
      // kombu replaces in this order, so a `*` is never written anew.
      const expected = new RegExp(`^${pattern}$`).test(key.join(''));
      assert.equal(matchesTopic(binding.join(''), key.join('')), expected);
    }),
    { numRuns: 3_000 },
  );
});

test('a hostile binding key takes no exponential time', () => {
  assert.equal(matchesTopic('*#'.repeat(250), `${'a'.repeat(250)}.`), true);
  assert.equal(matchesTopic(`${'*'.repeat(250)}b`, 'a'.repeat(250)), false);
});
