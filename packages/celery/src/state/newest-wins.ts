// The one rule by which two values meet: the newer event's value wins, and at the very same time the greater value does.
// "Newer" is a total order and "greater" a maximum, so whatever is merged this way is commutative, associative and idempotent.

/** 1: the challenger's values replace the holder's; 0: the greater of both; -1: the holder's stay. */
export type Outcome = 1 | 0 | -1;

/** By time; null means that there was no event yet. */
export function compareTimes(challenger: number | null, holder: number | null): Outcome {
  return compare(challenger, holder);
}

/** By code units, not for people's eyes. */
export function compareTexts(challenger: string | null, holder: string | null): Outcome {
  return compare(challenger, holder);
}

function compare<T extends string | number>(challenger: T | null, holder: T | null): Outcome {
  if (challenger === holder) return 0;
  if (challenger === null) return -1;
  return holder === null || challenger > holder ? 1 : -1;
}

/** The value that stays. */
export function settle<T extends string | number | boolean | null>(
  outcome: Outcome,
  challenger: T,
  holder: T,
): T {
  if (outcome !== 0) return outcome > 0 ? challenger : holder;
  return greater(challenger, holder);
}

/** Null is the least value. */
export function greater<T extends string | number | boolean | null>(a: T, b: T): T {
  if (a === null) return b;
  if (b === null) return a;
  return a > b ? a : b;
}
