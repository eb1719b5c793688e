// How long a scan may go on.

export interface TimeBudget {
  /** Whether it is used up. Cheap enough to be asked for every few rows. */
  isOver(): boolean;
}

/** Begins now. @param ms milliseconds */
export function timeBudget(ms: number): TimeBudget {
  const endsAt = performance.now() + ms;
  return { isOver: () => performance.now() >= endsAt };
}
