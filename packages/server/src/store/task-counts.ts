// THE SEAM to counts over the tasks that match a filter, a part of the store (store.ts).
import type { TaskFilter } from './store.ts';

/** What tasks can be counted by. `group` is the deployment of the worker, `exception` the type, `fp` the group of failures. */
export const FACET_FIELDS = ['state', 'name', 'worker', 'queue', 'group', 'exception', 'fp'] as const;
export type FacetField = (typeof FACET_FIELDS)[number];

export interface FacetQuery {
  readonly field: FacetField;
  readonly filter: TaskFilter;
  /** So many of the most frequent values. */
  readonly limit: number;
  /** Only values that contain it; Unicode case is ignored. */
  readonly containing?: string | undefined;
  /** Milliseconds that looking may take. Default: as long as any reading. */
  readonly withinMs?: number | undefined;
}

export interface Facet {
  /** By falling count, then value. Tasks without one are not in it. */
  readonly values: readonly { readonly value: string; readonly count: number }[];
  /** Different values beyond those. */
  readonly more: number;
  /** The time ran out: counts are what was seen, scaled up to all. */
  readonly approximate: boolean;
}

export interface HistogramQuery {
  readonly filter: TaskFilter;
  readonly field: 'received' | 'finished';
  /** Epoch seconds; `from` inclusive, `to` exclusive. */
  readonly from: number;
  readonly to: number;
  readonly buckets: number;
  readonly withinMs?: number | undefined;
}

export interface TaskHistogram {
  /** Tasks by bucket, and those of them that failed. As long as the query's `buckets`. */
  readonly total: readonly number[];
  readonly failed: readonly number[];
  readonly approximate: boolean;
}

export interface TaskCounts {
  facets(queries: readonly FacetQuery[]): Promise<Facet[]>;
  histogram(query: HistogramQuery): Promise<TaskHistogram>;
}
