// Adds up tallies: many into few, and short stretches into longer ones.
import { EMPTY_HISTOGRAM, type Histogram, mergeHistograms } from './histogram.ts';
import { startOf } from './kept-step.ts';
import { COUNTS, type Tally, type TallyKind } from './tally.ts';

interface OpenTally {
  readonly kind: TallyKind;
  readonly label: string;
  readonly at: number;
  readonly counts: Record<(typeof COUNTS)[number], number>;
  /** Whole, so that what is taken back leaves nothing. */
  runMicroseconds: number;
  run: Histogram;
  wait: Histogram;
}

export interface TallySum {
  add(tally: Tally): void;
  /** By time, kind and label; what came to nothing is left out. */
  tallies(): Tally[];
}

/** @param stepS length of the stretches to sum up to, seconds. Default: whatever the tallies have. */
export function createTallySum(stepS = 1): TallySum {
  const stretches = new Map<number, Map<TallyKind, Map<string, OpenTally>>>();

  const open = (at: number, kind: TallyKind, label: string): OpenTally => {
    let kinds = stretches.get(at);
    if (kinds === undefined) stretches.set(at, (kinds = new Map()));
    let labels = kinds.get(kind);
    if (labels === undefined) kinds.set(kind, (labels = new Map()));
    let tally = labels.get(label);
    if (tally === undefined) labels.set(label, (tally = openTally(kind, label, at)));
    return tally;
  };

  return {
    add({ kind, label, at, counts, runSeconds, run, wait }) {
      const tally = open(startOf(at, stepS), kind, label);
      for (const what of COUNTS) tally.counts[what] += counts[what];
      tally.runMicroseconds += Math.round(runSeconds * 1e6);
      tally.run = mergeHistograms(tally.run, run);
      tally.wait = mergeHistograms(tally.wait, wait);
    },
    tallies() {
      const sums: Tally[] = [];
      for (const kinds of stretches.values()) {
        for (const labels of kinds.values()) {
          for (const tally of labels.values()) {
            const { runMicroseconds, ...counted } = tally;
            const sum = { ...counted, runSeconds: runMicroseconds / 1e6 };
            if (!isNothing(sum)) sums.push(sum);
          }
        }
      }
      return sums.sort(compareTallies);
    },
  };
}

/** The sums of tallies of the same kind, label and stretch. @param stepS as for `createTallySum` */
export function sumTallies(tallies: Iterable<Tally>, stepS = 1): Tally[] {
  const sum = createTallySum(stepS);
  for (const tally of tallies) sum.add(tally);
  return sum.tallies();
}

/** What of a tally adds up. */
export type TallyValues = Pick<Tally, 'counts' | 'runSeconds' | 'run' | 'wait'>;

/** Two of the same kind, label and stretch. */
export function addTallies(a: TallyValues, b: TallyValues): TallyValues {
  return {
    counts: {
      received: a.counts.received + b.counts.received,
      started: a.counts.started + b.counts.started,
      succeeded: a.counts.succeeded + b.counts.succeeded,
      failed: a.counts.failed + b.counts.failed,
      retried: a.counts.retried + b.counts.retried,
      revoked: a.counts.revoked + b.counts.revoked,
    },
    runSeconds: Math.round((a.runSeconds + b.runSeconds) * 1e6) / 1e6,
    run: mergeHistograms(a.run, b.run),
    wait: mergeHistograms(a.wait, b.wait),
  };
}

/** Whether nothing happened in it. */
export function isNothing({ counts, runSeconds, run, wait }: TallyValues): boolean {
  return (
    runSeconds === 0 && run.length === 0 && wait.length === 0 && COUNTS.every((what) => counts[what] === 0)
  );
}

/** By time, kind, then label, by code units. */
export function compareTallies(a: Tally, b: Tally): number {
  if (a.at !== b.at) return a.at - b.at;
  if (a.kind !== b.kind) return a.kind < b.kind ? -1 : 1;
  if (a.label === b.label) return 0;
  return a.label < b.label ? -1 : 1;
}

function openTally(kind: TallyKind, label: string, at: number): OpenTally {
  return {
    kind,
    label,
    at,
    counts: { received: 0, started: 0, succeeded: 0, failed: 0, retried: 0, revoked: 0 },
    runMicroseconds: 0,
    run: EMPTY_HISTOGRAM,
    wait: EMPTY_HISTOGRAM,
  };
}
