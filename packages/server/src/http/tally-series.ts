// Counts of stretches ▶ series of points: sums by key, and what is read off them.
import { isSpan, type Measure, measureOf, NOTHING_COUNTED } from '../measures/measure.ts';
import type { SeriesWindow } from '../measures/series-step.ts';
import { addTallies, type TallyValues } from '../measures/sum-tallies.ts';
import type { StretchTally } from '../measures/tally.ts';

/** One sum for each stretch of the window. */
export type Stretches = readonly TallyValues[];

/** Sums of each key. @param keyOf undefined: in none of them */
export function stretchesBy(
  tallies: readonly StretchTally[],
  { from, stepS, at }: SeriesWindow,
  keyOf: (label: string) => string | undefined,
): Map<string, Stretches> {
  const sums = new Map<string, TallyValues[]>();
  for (const tally of tallies) {
    const key = keyOf(tally.label);
    const index = Math.floor((tally.at - from) / stepS);
    if (key === undefined || index < 0 || index >= at.length) continue;
    let stretches = sums.get(key);
    if (stretches === undefined) sums.set(key, (stretches = at.map(() => NOTHING_COUNTED)));
    stretches[index] = addTallies(stretches[index] ?? NOTHING_COUNTED, tally);
  }
  return sums;
}

/** Of each key the sum of all. */
export function sumsBy(
  tallies: readonly StretchTally[],
  keyOf: (label: string) => string | undefined,
): Map<string, TallyValues> {
  const sums = new Map<string, TallyValues>();
  for (const tally of tallies) {
    const key = keyOf(tally.label);
    if (key !== undefined) sums.set(key, addTallies(sums.get(key) ?? NOTHING_COUNTED, tally));
  }
  return sums;
}

export function nothingIn({ at }: SeriesWindow): Stretches {
  return at.map(() => NOTHING_COUNTED);
}

export function pointsOf(measure: Measure, stretches: Stretches): (number | null)[] {
  return stretches.map((stretch) => shownMeasure(measure, stretch));
}

/** Counts, percent with two digits behind the point, or whole milliseconds. */
export function shownMeasure(measure: Measure, tally: TallyValues): number | null {
  const value = measureOf(measure, tally);
  if (value === null) return null;
  if (isSpan(measure)) return Math.round(value * 1_000);
  return Math.round(value * 100) / 100;
}
