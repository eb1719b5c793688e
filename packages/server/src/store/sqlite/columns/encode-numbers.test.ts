import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as assertProperty, constant, double, integer, oneof, property } from 'fast-check';
import { decodeNumbers, encodeNumbers } from './encode-numbers.ts';

const micros = integer({ min: 0, max: 2_000_000_000_000_000 }).map((value) => value / 1e6);

test('numbers come back as they were, to the last bit', () => {
  const value = oneof(micros, constant(NaN), constant(0), integer(), double());
  assertProperty(
    property(
      oneof(array(oneof(micros, constant(NaN)), { maxLength: 300 }), array(value, { maxLength: 300 })),
      (list) => {
        const values = Float64Array.from(list);
        const bytes = encodeNumbers(values);
        if (bytes === null) assert.ok(list.every(Number.isNaN));
        else assert.deepEqual(decodeNumbers(bytes, list.length), values);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('times of a busy cluster take little more than two bytes', () => {
  let at = 1_790_000_000;
  const values = Float64Array.from({ length: 4_096 }, (_, index) => {
    at += ((index * 7_919) % 2_857) / 1e6;
    return Math.round(at * 1e6) / 1e6;
  });
  const bytes = encodeNumbers(values)?.length ?? 0;
  assert.ok(bytes < 4_096 * 2.5, `${bytes} bytes`);
});

test('what is no column is refused', () => {
  const bytes = encodeNumbers(Float64Array.of(1, 2, 3)) ?? new Uint8Array();
  assert.throws(() => decodeNumbers(bytes, 4), RangeError);
  assert.throws(() => decodeNumbers(Uint8Array.of(1, 2, 3), 3));
});
