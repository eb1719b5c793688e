// Counts for tests of what is made of them: of an hour that is over.
import { type Histogram, bucketOf } from '../../src/measures/histogram.ts';
import type { Tally } from '../../src/measures/tally.ts';

const HOUR_S = 3_600;

/** Where the hour before the one that is under way begins, epoch seconds. */
export const LAST_HOUR = Math.floor(Date.now() / 1_000 / HOUR_S) * HOUR_S - HOUR_S;

/** As `from` and `to` of a request: the hour alone. */
export const IN_LAST_HOUR = `from=${timeText(LAST_HOUR)}&to=${timeText(LAST_HOUR + HOUR_S)}`;

export interface Counted extends Partial<Tally['counts']> {
  /** Seconds that each of them ran, and waited. */
  readonly ran?: readonly number[];
  readonly waited?: readonly number[];
}

/** @param minute of the hour */
export function tallyOf(kind: Tally['kind'], label: string, minute: number, counted: Counted): Tally {
  const { ran = [], waited = [], ...counts } = counted;
  return {
    kind,
    label,
    at: LAST_HOUR + minute * 60,
    counts: { received: 0, started: 0, succeeded: 0, failed: 0, retried: 0, revoked: 0, ...counts },
    runSeconds: ran.reduce((sum, seconds) => sum + seconds, 0),
    run: histogram(ran),
    wait: histogram(waited),
  };
}

export function timeText(seconds: number): string {
  return new Date(seconds * 1_000).toISOString();
}

function histogram(spans: readonly number[]): Histogram {
  const byBucket = Map.groupBy(spans, (seconds) => bucketOf(seconds) ?? -1);
  return [...byBucket].sort(([a], [b]) => a - b).map(([bucket, of]) => [bucket, of.length]);
}
