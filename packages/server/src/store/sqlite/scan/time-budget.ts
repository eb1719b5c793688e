// How long a scan may go on.

export interface TimeBudget {
  /** Whether it is used up. Cheap enough to be asked for every few rows. */
  isOver(): boolean;
  /** Does what reads rows, which costs so much more than columns that it has a budget of its own. */
  reading<T>(work: () => T): T;
}

/**
 * Begins now.
 * @param ms milliseconds
 * @param readingMs of it, at most, for reading rows; default: all
 */
export function timeBudget(ms: number, readingMs: number = ms): TimeBudget {
  const endsAt = performance.now() + ms;
  let readMs = 0;
  return {
    isOver: () => readMs >= readingMs || performance.now() >= endsAt,
    reading(work) {
      const startedMs = performance.now();
      try {
        return work();
      } finally {
        readMs += performance.now() - startedMs;
      }
    },
  };
}
