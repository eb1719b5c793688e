import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseForm } from './form.ts';
import { InvalidRequest } from './parameter.ts';

const pairs = (text: string) => [...parseForm(text)];

test('the last value wins, a plus is a space, and a name alone is empty', () => {
  assert.deepEqual(pairs('n=1&n=2'), [['n', '2']]);
  assert.deepEqual(pairs('a+b=c+d%2B&e&=f&&g=h=i'), [
    ['a b', 'c d+'],
    ['e', ''],
    ['', 'f'],
    ['g', 'h=i'],
  ]);
  assert.deepEqual(pairs(''), []);
});

test('what is not UTF-8 is refused, never changed', () => {
  for (const text of ['a=%ff', '%C3=1', 'a=%', 'a=%zz', 'a=%ED%A0%80']) {
    assert.throws(() => parseForm(text), InvalidRequest, text);
  }
});

test('too many parameters are refused', () => {
  assert.throws(() => parseForm('a=1&'.repeat(2_000)), /more than 1000/);
});

test('whatever URLSearchParams writes is read', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })), (values) => {
      const written = new URLSearchParams(Object.entries(values)).toString();
      assert.deepEqual(pairs(written), Object.entries(values));
    }),
  );
});
