// A scope for servers that all tests of a suite share. `after` of node:test is of no use for it inside `before`: there it belongs
// to the hook, and cleans up when the hook is over, before the first test.
import { after } from 'node:test';
import type { TestScope } from './test-scope.ts';

/** Call it in the body of `describe`, or of the file. What was started last is ended first. */
export function suiteScope(): TestScope {
  const cleanUps: (() => void | Promise<void>)[] = [];
  after(async () => {
    const errors: unknown[] = [];
    for (const cleanUp of cleanUps.toReversed()) {
      try {
        await cleanUp();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, 'cleaning up after a suite failed');
  });
  return { after: (cleanUp) => void cleanUps.push(cleanUp) };
}
