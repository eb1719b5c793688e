// What the testkit needs of a test: a place to register clean-up, and a way to say "not here, because".
// A `TestContext` of node:test is one; so is `{ after }` of node:test within a suite's `before`, or a scope of one's own.

/** Owns what was started within it. */
export interface TestScope {
  /** Registers clean-up. node:test runs it in order of registration, so that a broker may end before its workers. */
  after(cleanUp: () => void | Promise<void>): void;
  /** Marks the test as skipped. */
  skip?(reason: string): void;
}

/** Thrown when something that a test needs is not installed on this machine. */
export class AbsentError extends Error {
  override readonly name = 'AbsentError';
}

/**
 * Ends a test that needs something this machine does not have: a skip with its reason on a laptop, a failure where `CI` is set.
 * Always throws; node:test reports a test that was skipped before it threw as skipped.
 */
export function absent(t: TestScope, reason: string): never {
  if (!process.env['CI']) t.skip?.(reason);
  throw new AbsentError(reason);
}
