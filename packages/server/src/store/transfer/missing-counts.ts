// What a store's counts of one stretch lack of another's. Pure.
import type { Histogram } from '../../measures/histogram.ts';
import { COUNTS, type Counts, type Tally } from '../../measures/tally.ts';

/** What has to be added to `there` so that no count is below that of `wanted`. Both of one kind and stretch, a label once in each. */
export function missingCounts(wanted: readonly Tally[], there: readonly Tally[]): Tally[] {
  const known = new Map(there.map((tally) => [tally.label, tally]));
  return wanted
    .map((tally) => missingOf(tally, known.get(tally.label)))
    .filter(
      ({ counts, run, wait, runSeconds }) =>
        COUNTS.some((name) => counts[name] > 0) || run.length + wait.length > 0 || runSeconds > 0,
    );
}

function missingOf(wanted: Tally, there: Tally | undefined): Tally {
  if (there === undefined) return wanted;
  const counts = Object.fromEntries(
    COUNTS.map((name) => [name, Math.max(0, wanted.counts[name] - there.counts[name])]),
  ) as unknown as Counts;
  return {
    ...wanted,
    counts,
    runSeconds: Math.max(0, wanted.runSeconds - there.runSeconds),
    run: missingSpans(wanted.run, there.run),
    wait: missingSpans(wanted.wait, there.wait),
  };
}

function missingSpans(wanted: Histogram, there: Histogram): Histogram {
  const known = new Map(there);
  return wanted
    .map(([bucket, count]) => [bucket, count - (known.get(bucket) ?? 0)] as const)
    .filter(([, count]) => count > 0);
}
