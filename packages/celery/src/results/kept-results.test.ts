import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeptResults } from './kept-results.ts';
import { pendingResult } from './result-document.ts';

const result = (taskId: string) => ({ ...pendingResult(taskId), state: 'SUCCESS' });

test('a result is kept for its task until it is too old', () => {
  const kept = new KeptResults({ maxCount: 10, maxBytes: 1000, maxAgeMs: 100 });
  kept.expect('a', 0);
  assert.equal(kept.get('a', 0), null);
  kept.put('a', result('a'), 5, 50);
  assert.deepEqual(kept.get('a', 150), result('a'));
  assert.equal(kept.get('a', 151), null);
  assert.equal(kept.isExpected('a', 151), false);
  assert.equal(kept.sizeBytes, 0);
});

test('beyond the number allowed the oldest announcement goes first', () => {
  const kept = new KeptResults({ maxCount: 2, maxBytes: 1000, maxAgeMs: 1e9 });
  kept.expect('a', 0);
  kept.expect('b', 1);
  kept.expect('a', 2);
  kept.expect('c', 3);
  assert.deepEqual(
    ['a', 'b', 'c'].map((id) => kept.isExpected(id, 3)),
    [true, false, true],
  );
});

test('beyond the size allowed the oldest go, and one that alone is too large is not kept', () => {
  const kept = new KeptResults({ maxCount: 10, maxBytes: 100, maxAgeMs: 1e9 });
  kept.put('a', result('a'), 60, 0);
  kept.put('b', result('b'), 60, 1);
  assert.equal(kept.get('a', 1), null);
  assert.deepEqual(kept.get('b', 1), result('b'));
  kept.put('c', result('c'), 101, 2);
  assert.equal(kept.count, 0);
  assert.equal(kept.sizeBytes, 0);
});

test('a later message about a task replaces the earlier one and its size', () => {
  const kept = new KeptResults({ maxCount: 10, maxBytes: 100, maxAgeMs: 1e9 });
  kept.put('a', { ...result('a'), state: 'STARTED' }, 60, 0);
  kept.put('a', result('a'), 70, 1);
  kept.expect('a', 2);
  assert.deepEqual(kept.get('a', 2), result('a'));
  assert.equal(kept.sizeBytes, 70);
});
