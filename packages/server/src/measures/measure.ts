// What can be read off the counts of a stretch: the numbers that charts and tables show.
import { histogramCount, percentile } from './histogram.ts';
import { addTallies, type TallyValues } from './sum-tallies.ts';
import { COUNTS } from './tally.ts';

const SHARES = { p50: 0.5, p95: 0.95, p99: 0.99 } as const;

export const MEASURES = [
  'finished',
  'failed_pct',
  ...COUNTS,
  'run_mean',
  'run_p50',
  'run_p95',
  'run_p99',
  'wait_p50',
  'wait_p95',
  'wait_p99',
] as const;
/**
 * A count of tasks, of which `finished` succeeded or failed; the share of those that failed; or seconds: how long the last attempts of what
 * ended ran, how long those waited that started.
 */
export type Measure = (typeof MEASURES)[number];

export const NOTHING_COUNTED: TallyValues = {
  counts: { received: 0, started: 0, succeeded: 0, failed: 0, retried: 0, revoked: 0 },
  runSeconds: 0,
  run: [],
  wait: [],
};

/** In tasks, percent (0 to 100) or seconds; null where nothing happened that could be measured. */
export function measureOf(measure: Measure, { counts, runSeconds, run, wait }: TallyValues): number | null {
  const finished = counts.succeeded + counts.failed;
  switch (measure) {
    case 'finished':
      return finished;
    case 'failed_pct':
      return finished === 0 ? null : (100 * counts.failed) / finished;
    case 'run_mean': {
      const runs = histogramCount(run);
      return runs === 0 ? null : runSeconds / runs;
    }
    case 'run_p50':
    case 'run_p95':
    case 'run_p99':
      return percentile(run, SHARES[measure.slice('run_'.length) as keyof typeof SHARES]);
    case 'wait_p50':
    case 'wait_p95':
    case 'wait_p99':
      return percentile(wait, SHARES[measure.slice('wait_'.length) as keyof typeof SHARES]);
    default:
      return counts[measure];
  }
}

/** Whether its values are spans of time, in seconds. */
export function isSpan(measure: Measure): boolean {
  return measure.startsWith('run_') || measure.startsWith('wait_');
}

/** By how much something matters where only the most important are shown. */
export function weightOf(measure: Measure, tally: TallyValues): number {
  if (measure === 'failed_pct') return tally.counts.failed;
  if (measure.startsWith('run_')) return tally.runSeconds;
  if (measure.startsWith('wait_')) return histogramCount(tally.wait);
  return measureOf(measure, tally) ?? 0;
}

/** What of `all` is not in `some`; never less than nothing. */
export function restOf(all: TallyValues, some: Iterable<TallyValues>): TallyValues {
  let rest = all;
  for (const { counts, runSeconds, run, wait } of some) {
    rest = addTallies(rest, {
      counts: {
        received: -counts.received,
        started: -counts.started,
        succeeded: -counts.succeeded,
        failed: -counts.failed,
        retried: -counts.retried,
        revoked: -counts.revoked,
      },
      runSeconds: -runSeconds,
      run: run.map(([bucket, count]) => [bucket, -count]),
      wait: wait.map(([bucket, count]) => [bucket, -count]),
    });
  }
  const { counts, runSeconds, run, wait } = rest;
  return {
    counts: {
      received: Math.max(0, counts.received),
      started: Math.max(0, counts.started),
      succeeded: Math.max(0, counts.succeeded),
      failed: Math.max(0, counts.failed),
      retried: Math.max(0, counts.retried),
      revoked: Math.max(0, counts.revoked),
    },
    runSeconds: Math.max(0, runSeconds),
    run: run.filter(([, count]) => count > 0),
    wait: wait.filter(([, count]) => count > 0),
  };
}
