// THE SEAM to what is counted and sampled over time, a part of the store (store.ts).
import type { StretchTally, TallyKind } from '../measures/tally.ts';

export interface TallyQuery {
  readonly kind: TallyKind;
  /** Only these, matched exactly; missing: all. */
  readonly labels?: readonly string[] | undefined;
  /** Epoch seconds: stretches that begin at `from` or later and before `to`. */
  readonly from: number;
  readonly to: number;
  /**
   * Length of the stretches to answer, seconds, a multiple of a minute. Where only longer ones are kept (measures/kept-step.ts), those
   * come, and say so in their `stepS`.
   */
  readonly stepS: number;
}

/** What `gauges` keeps of queues, and of workers. Missing: not known at that moment. */
export const GAUGE_FIELDS = {
  queue: ['depth', 'consumers', 'oldestS'],
  worker: ['active', 'slots', 'load1'],
} as const;
export type GaugeKind = keyof typeof GAUGE_FIELDS;

/** What was seen of one queue or worker at one moment. */
export interface Gauge {
  readonly kind: GaugeKind;
  readonly label: string;
  /** Epoch seconds. */
  readonly at: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface GaugeQuery {
  readonly kind: GaugeKind;
  readonly labels?: readonly string[] | undefined;
  readonly from: number;
  readonly to: number;
  /** Of each label the newest sample of every stretch of so many seconds. */
  readonly stepS: number;
}

export interface Measures {
  /** By time, then label. Stretches in which nothing happened are left out. */
  tallies(query: TallyQuery): Promise<StretchTally[]>;
  writeGauges(gauges: readonly Gauge[]): Promise<void>;
  /** By time, then label. */
  gauges(query: GaugeQuery): Promise<Gauge[]>;
}
