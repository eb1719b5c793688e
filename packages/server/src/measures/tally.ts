// What happened in one stretch of time, counted: the points of every chart. Kept long after the tasks themselves are gone.
import type { Histogram } from './histogram.ts';

/** What is counted apart: everything, each task name, worker, queue, and each group of failures (its fingerprint). */
export const TALLY_KINDS = ['all', 'name', 'worker', 'queue', 'failure'] as const;
export type TallyKind = (typeof TALLY_KINDS)[number];

/** Stretches that are kept, seconds: minutes first, folded into hours later, and those into days. */
export const TALLY_STEPS = [60, 3_600, 86_400] as const;

export const COUNTS = ['received', 'started', 'succeeded', 'failed', 'retried', 'revoked'] as const;
export type Counts = Readonly<Record<(typeof COUNTS)[number], number>>;

export interface Tally {
  readonly kind: TallyKind;
  /** '' for `all`. Beyond the labels that one stretch may have, `OTHER_LABEL`. */
  readonly label: string;
  /** Where the stretch begins, epoch seconds, a multiple of its length. */
  readonly at: number;
  /** Changes of state in it. Each counts once for each task, where its time lies. May be below 0 in a change that takes back. */
  readonly counts: Counts;
  /** Seconds that the last attempts of what ended in it (well or not) ran, together; whole microseconds. Not counted by `failure`. */
  readonly runSeconds: number;
  /** How long each of those ran. */
  readonly run: Histogram;
  /** How long those waited whose last attempt started in it. */
  readonly wait: Histogram;
}

/** A sum that was read. */
export interface StretchTally extends Tally {
  /** How long the stretch is, seconds. */
  readonly stepS: number;
}

/** So many labels a kind may have in one stretch. */
export const MOST_LABELS = 1_000;

/** The label of whatever is beyond the most labels of one kind and stretch. No task, worker or queue is called so. */
export const OTHER_LABEL = '\u0000other';
