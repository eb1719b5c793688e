// Spans of time in fixed buckets that grow by the same ratio, so that any two histograms add up and percentiles can be read off.

/**
 * Counts by bucket, sparse, by rising bucket. Bucket n holds spans from 1 ms × 10^(n/10) on, up to the next; whatever is shorter
 * than 1 ms is in bucket 0. So two digits of a percentile are true, no more.
 */
export type Histogram = readonly (readonly [bucket: number, count: number])[];

export const EMPTY_HISTOGRAM: Histogram = [];

const SHORTEST_S = 0.001;
const BUCKETS_PER_DECADE = 10;
/** 31 years and more: whatever is longer, endless included. */
export const LAST_BUCKET = 120;
/** A bound such as 0.01 s belongs to the bucket that begins there, whatever its logarithm is rounded to. */
const ROUNDING = 1e-9;

/** Bucket of a span, seconds. Below 0 (clocks that differ) is 0; null for what is no number. */
export function bucketOf(seconds: number): number | null {
  if (Number.isNaN(seconds)) return null;
  if (seconds <= SHORTEST_S) return 0;
  const exact = Math.log10(seconds / SHORTEST_S) * BUCKETS_PER_DECADE;
  return Math.min(LAST_BUCKET, Math.floor(exact + ROUNDING));
}

/** Where a bucket begins, seconds. */
export function bucketStart(bucket: number): number {
  return SHORTEST_S * 10 ** (bucket / BUCKETS_PER_DECADE);
}

/** The sum of both; buckets that come to 0 are left out. Counts may be below 0. */
export function mergeHistograms(a: Histogram, b: Histogram): Histogram {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const sum: [number, number][] = [];
  let inB = 0;
  for (const [bucket, count] of a) {
    for (let next = b[inB]; next !== undefined && next[0] < bucket; next = b[++inB])
      sum.push([next[0], next[1]]);
    const same = b[inB];
    const both = same?.[0] === bucket ? count + same[1] : count;
    if (same?.[0] === bucket) inB++;
    if (both !== 0) sum.push([bucket, both]);
  }
  for (let next = b[inB]; next !== undefined; next = b[++inB]) sum.push([next[0], next[1]]);
  return sum;
}

/** Counts by bucket, in any order, as a histogram. */
export function histogramOf(counts: ReadonlyMap<number, number>): Histogram {
  if (counts.size === 0) return EMPTY_HISTOGRAM;
  return [...counts].filter(([, count]) => count !== 0).sort(([a], [b]) => a - b);
}

/** How many spans are in it. */
export function histogramCount(histogram: Histogram): number {
  return histogram.reduce((sum, [, count]) => sum + Math.max(0, count), 0);
}

/**
 * The span that the `share` (0 … 1) of all spans does not exceed, seconds: the geometric middle of its bucket. Null when there are none.
 */
export function percentile(histogram: Histogram, share: number): number | null {
  const total = histogramCount(histogram);
  if (total === 0) return null;
  const rank = Math.max(1, Math.ceil(total * Math.min(1, Math.max(0, share))));
  let seen = 0;
  for (const [bucket, count] of histogram) {
    seen += Math.max(0, count);
    if (seen >= rank) return bucketStart(bucket + 0.5);
  }
  return null;
}
