// Spans of time in fixed buckets that grow by the same ratio, so that any two histograms add up and percentiles can be read off.

/**
 * Counts by bucket, sparse, by rising bucket. Bucket n holds spans from 1 ms × 10^(n/10) on, up to the next; whatever is shorter
 * than 1 ms is in bucket 0. So two digits of a percentile are true, no more.
 */
export type Histogram = readonly (readonly [bucket: number, count: number])[];

export const EMPTY_HISTOGRAM: Histogram = [];
