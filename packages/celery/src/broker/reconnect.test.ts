import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reconnectDelayMs } from './reconnect.ts';

test('delays double, are spread over their upper half and stay below five seconds', () => {
  const range = (failures: number): number[] => [
    reconnectDelayMs(failures, 0),
    reconnectDelayMs(failures, 1),
  ];
  assert.deepEqual([1, 2, 3].map(range), [
    [100, 200],
    [200, 400],
    [400, 800],
  ]);
  for (const failures of [6, 20, 1_000_000]) assert.deepEqual(range(failures), [2_500, 5_000]);
});
