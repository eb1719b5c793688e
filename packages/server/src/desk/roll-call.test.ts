import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRollCall } from './roll-call.ts';

test('a worker is there from its first answer until it has missed two calls', () => {
  const roll = createRollCall();
  roll.record(['a', 'b'], 10);
  roll.record(['b'], 20);
  assert.deepEqual(roll.present(), ['a', 'b']);
  assert.deepEqual(roll.presence('b'), { sinceS: 10, lastS: 20, missed: 0 });
  roll.record(['b'], 30);
  assert.deepEqual(roll.present(), ['b']);
  assert.equal(roll.presence('a'), undefined);
  roll.record(['a'], 40);
  assert.deepEqual([roll.presence('a')?.sinceS, roll.presence('b')?.sinceS], [40, 10]);
});

test('one missed call is forgotten with the next answer', () => {
  const roll = createRollCall();
  for (let atS = 0; atS < 100; atS += 10) roll.record(atS % 20 === 0 ? ['a'] : [], atS);
  assert.deepEqual(roll.present(), ['a']);
});

test('whoever answered just before the start is there until it misses calls', () => {
  const roll = createRollCall([['a', 5]]);
  assert.equal(roll.presence('a')?.sinceS, 5);
  roll.record([], 10);
  assert.deepEqual(roll.present(), ['a']);
  roll.record([], 20);
  assert.deepEqual(roll.present(), []);
});
