// How long tasks are kept, as people say it: for the server, which keeps to it all the time, and for `umbel db prune`.
import type { PruneRule } from './store.ts';

export interface RetentionRule {
  /** Tasks whose newest event is older go. Null or missing: kept for ever. */
  readonly maxAgeMs?: number | null | undefined;
  /** The age for tasks that failed for good. Null or missing: that of all others. */
  readonly maxFailureAgeMs?: number | null | undefined;
  /** While there are more tasks, the oldest go. Null or missing: no bound. */
  readonly maxTasks?: number | null | undefined;
  /** While the history is larger, the oldest go. Null or missing: no bound. */
  readonly maxBytes?: number | null | undefined;
}

/** What the rule means at one moment, epoch milliseconds. */
export function pruneRule(rule: RetentionRule, nowMs: number): Omit<PruneRule, 'limit'> {
  const secondsAt = (ageMs: number | null | undefined) =>
    typeof ageMs === 'number' ? (nowMs - ageMs) / 1000 : undefined;
  const failuresBefore = secondsAt(rule.maxFailureAgeMs);
  return {
    before: secondsAt(rule.maxAgeMs),
    beforeByState: failuresBefore === undefined ? undefined : new Map([['FAILURE', failuresBefore]]),
    maxTasks: rule.maxTasks ?? undefined,
    maxBytes: rule.maxBytes ?? undefined,
  };
}
