import assert from 'node:assert/strict';
import { test } from 'node:test';
import { array, assert as assertProperty, constant, integer, nat, oneof, property, tuple } from 'fast-check';
import { Selection } from './selection.ts';

const row = tuple(oneof(integer({ min: -3, max: 3 }), constant(Infinity)), integer({ min: -2, max: 2 }));

test('a selection is the beginning of the sorted rows, wherever it is looked at', () => {
  assertProperty(
    property(
      array(row, { maxLength: 3_000 }),
      integer({ min: 0, max: 1_500 }),
      nat(1_600),
      (rows, most, offset) => {
        const selection = new Selection(most);
        rows.forEach(([key, tie], id) => selection.add(key, tie, id));
        const sorted = rows
          .map(([key, tie], id) => ({ key, tie, id }))
          .sort((a, b) => compare(a.key, b.key) || a.tie - b.tie || a.id - b.id);
        assert.deepEqual(
          selection.idsFrom(offset),
          sorted
            .slice(0, most)
            .slice(offset)
            .map(({ id }) => id),
        );
      },
    ),
    { numRuns: 300 },
  );
});

test('the bound tells which keys can no longer be among the first', () => {
  const selection = new Selection(2);
  selection.add(5, 0, 1);
  selection.settle();
  assert.deepEqual([selection.bound, selection.isFull], [Infinity, false]);
  for (const key of [9, 7, 3]) selection.add(key, 0, key);
  selection.settle();
  assert.deepEqual([selection.bound, selection.isFull], [5, true]);
});

test('a selection of nothing is full at once', () => {
  const selection = new Selection(0);
  selection.add(1, 0, 1);
  assert.deepEqual(selection.idsFrom(0), []);
  assert.equal(selection.bound, -Infinity);
});

function compare(a: number, b: number): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
