// When to try a lost connection again: one policy for all transports and result backends.

const FIRST_DELAY_MS = 200;
/** Short enough that a broker which is back is found within seconds; long enough not to be a load. */
const MAX_DELAY_MS = 5_000;

/** A connection that lived longer was a good one: after it the delays start anew. Longer than any attempt that fails. */
export const STABLE_AFTER_MS = 15_000;

/**
 * Milliseconds to wait before the next attempt: doubles with each failure up to 5 s, and is spread over its upper half, so that
 * many clients of one broker do not come back at the same moment.
 * @param failures attempts that failed in a row, 1 or more
 * @param random 0 … 1
 */
export function reconnectDelayMs(failures: number, random: number = Math.random()): number {
  const longest = Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(failures - 1, 16));
  return Math.round((longest * (1 + random)) / 2);
}
