// Waiting for something to become true, with a deadline and a name. Tests never sleep and hope.
import { setTimeout as sleep } from 'node:timers/promises';

export interface UntilOptions {
  /** How long to try, in milliseconds. Default 15,000: generous, because a loaded machine must not fail a test. */
  timeoutMs?: number;
  /** Pause between two checks, in milliseconds. Default 50. */
  everyMs?: number;
  /** What is waited for, for the error message; a function is asked when the time is up (to show the last state). */
  what: string | (() => string);
}

/**
 * Calls `check` until it returns something truthy, and returns that. A check that throws counts as "not yet".
 *
 * @throws Error naming `what` when the time is up; its cause is the last error of `check`
 */
export async function until<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 15_000, everyMs = 50, what }: UntilOptions,
): Promise<Exclude<Awaited<T>, null | undefined | false | 0 | ''>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const value = await check();
      if (value) return value as Exclude<Awaited<T>, null | undefined | false | 0 | ''>;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) {
      const name = typeof what === 'string' ? what : what();
      throw new Error(`waited ${timeoutMs} ms in vain for: ${name}`, { cause });
    }
    await sleep(everyMs);
  }
}
