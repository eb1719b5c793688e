import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from './until.ts';

test('returns what the check found', async () => {
  let calls = 0;
  assert.equal(await until(() => (++calls === 3 ? 'found' : null), { what: 'it', everyMs: 1 }), 'found');
  assert.equal(calls, 3);
});

test('names what it waited for and why the last check failed', async () => {
  const check = (): never => {
    throw new Error('connection refused');
  };
  await assert.rejects(
    until(check, { what: () => 'the server', timeoutMs: 5, everyMs: 1 }),
    (error: Error) => {
      assert.match(error.message, /in vain for: the server/);
      assert.equal((error.cause as Error).message, 'connection refused');
      return true;
    },
  );
});
