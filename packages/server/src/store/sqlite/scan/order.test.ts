import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assert as assertProperty, property, string } from 'fast-check';
import { compareTexts } from './order.ts';

test('texts compare as their bytes do', () => {
  const text = string({ unit: 'binary', maxLength: 4 });
  const sign = (number: number) => Math.sign(number);
  for (const [a, b] of [
    ['', 'a'],
    ['a', 'ab'],
    ['\u{e000}', '\u{1f600}'],
    ['\u{ffff}', '\u{10000}'],
    ['\u{1f600}', '\u{1f601}'],
  ] as const) {
    assert.equal(sign(compareTexts(a, b)), -1, `${a} ${b}`);
    assert.equal(sign(compareTexts(b, a)), 1, `${b} ${a}`);
  }
  assertProperty(
    property(text, text, (a, b) => {
      assert.equal(sign(compareTexts(a, b)), Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2_000 },
  );
});
