import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshTexts } from './fresh-texts.ts';
import { gramText } from './gram-text.ts';

test('texts of fresh rows are read at the first search, and again when they have changed', () => {
  const values = new Map([
    [7, ["('it\\'s',)", null]],
    [9, ['hay', 'y'.repeat(2_000)]],
    [8, ['needle']],
  ]);
  const read: number[][] = [];
  let rows = Float64Array.of(7, 9);
  const texts = freshTexts(
    (ids) => {
      read.push([...ids]);
      return new Map(
        ids.flatMap((id) => {
          const of = values.get(id);
          return of === undefined ? [] : [[id, gramText(of)]];
        }),
      );
    },
    () => rows,
  );
  // A long text is not kept: it may contain anything.
  assert.deepEqual(texts.mayContain("IT'S"), Uint8Array.of(1, 1));
  rows = Float64Array.of(7, 9, 8, 6);
  assert.deepEqual(texts.mayContain('NE'), Uint8Array.of(0, 1, 1, 0));
  values.set(7, ['a needle']);
  assert.deepEqual(texts.mayContain('NEEDLE'), Uint8Array.of(0, 1, 1, 0));
  texts.forget(0);
  assert.deepEqual(texts.mayContain('NEEDLE'), Uint8Array.of(1, 1, 1, 0));
  assert.deepEqual(read, [[7, 9], [8, 6], [7]]);
});
