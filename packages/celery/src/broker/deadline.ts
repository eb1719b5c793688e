// Puts an end to waiting.

/**
 * What `work` gives, or a rejection with `onTimeout()` when that takes longer than `timeoutMs`. The work itself goes on; what it
 * gives later, also a failure, is dropped.
 */
export async function withDeadline<T>(
  work: Promise<T>,
  timeoutMs: number,
  onTimeout: () => Error,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(onTimeout()), Math.max(0, timeoutMs));
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
