// Adds up what is counted: the changes of many tasks into few rows, and short stretches into longer ones.
import { type CountedTask, MINUTE_S, NONE } from './counted-task.ts';
import { EMPTY_HISTOGRAM, type Histogram, histogramOf, mergeHistograms } from './histogram.ts';
import { startOf } from './kept-step.ts';
import { COUNTS, TALLY_KINDS, type Tally, type TallyKind } from './tally.ts';

type Count = (typeof COUNTS)[number];

interface OpenTally {
  readonly kind: TallyKind;
  readonly label: string;
  readonly at: number;
  readonly counts: Record<Count, number>;
  /** Whole, so that what is taken back leaves nothing. */
  runMicroseconds: number;
  /** Spans that were added as histograms, and one by one since. Nearly all sums of a reader have but one of the first and none of the others. */
  run: Histogram;
  wait: Histogram;
  runSpans: Map<number, number> | undefined;
  waitSpans: Map<number, number> | undefined;
}

export interface TallySum {
  /** One task was counted as `before` (undefined: not at all) and is to be counted as `after`. */
  change(before: CountedTask | undefined, after: CountedTask): void;
  add(tally: Tally): void;
  /** By time, kind and label; what came to nothing is left out. */
  tallies(): Tally[];
}

/** @param stepS length of the stretches that `add` sums up to, seconds. Default: whatever the tallies have. */
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

  const count = (task: CountedTask, kind: TallyKind, label: string | null, sign: 1 | -1) => {
    if (label === null) return;
    for (const what of kind === 'failure' ? FAILURES : COUNTS) {
      if (task[what] !== NONE) open(task[what] * MINUTE_S, kind, label).counts[what] += sign;
    }
    if (kind === 'failure') return;
    if (task.ended !== NONE && task.runBucket !== NONE) {
      const tally = open(task.ended * MINUTE_S, kind, label);
      tally.runMicroseconds += sign * task.runMicroseconds;
      addTo((tally.runSpans ??= new Map()), task.runBucket, sign);
    }
    if (task.started !== NONE && task.waitBucket !== NONE) {
      const tally = open(task.started * MINUTE_S, kind, label);
      addTo((tally.waitSpans ??= new Map()), task.waitBucket, sign);
    }
  };

  return {
    change(before, after) {
      if (before !== undefined && isSame(before, after)) return;
      for (const kind of TALLY_KINDS) {
        if (before !== undefined) count(before, kind, labelIn(before, kind), -1);
        count(after, kind, labelIn(after, kind), 1);
      }
    },
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
            const sum = closed(tally);
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

const FAILURES = ['failed', 'retried'] as const satisfies readonly Count[];

function labelIn(task: CountedTask, kind: TallyKind): string | null {
  return kind === 'all' ? '' : task[kind];
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
    runSpans: undefined,
    waitSpans: undefined,
  };
}

function closed({ kind, label, at, counts, runMicroseconds, ...spans }: OpenTally): Tally {
  const run =
    spans.runSpans === undefined ? spans.run : mergeHistograms(spans.run, histogramOf(spans.runSpans));
  const wait =
    spans.waitSpans === undefined ? spans.wait : mergeHistograms(spans.wait, histogramOf(spans.waitSpans));
  return { kind, label, at, counts, runSeconds: runMicroseconds / 1e6, run, wait };
}

function addTo(histogram: Map<number, number>, bucket: number, count: number): void {
  histogram.set(bucket, (histogram.get(bucket) ?? 0) + count);
}

function isSame(a: CountedTask, b: CountedTask): boolean {
  return (
    COUNTS.every((what) => a[what] === b[what]) &&
    a.name === b.name &&
    a.worker === b.worker &&
    a.queue === b.queue &&
    a.failure === b.failure &&
    a.ended === b.ended &&
    a.runBucket === b.runBucket &&
    a.runMicroseconds === b.runMicroseconds &&
    a.waitBucket === b.waitBucket
  );
}
