// One log line per reason and time span, however often the reason occurs, with how many there were.
import type { Log } from '@umbel/celery';

const SPAN_MS = 10_000;

/** Counts by reason; the counts are for everybody to read. */
export interface LimitedLog {
  readonly counts: Readonly<Record<string, number>>;
  note(reason: string, detail: string, nowMs: number): void;
}

/** @param text what happened, e.g. `events were dropped` */
export function createLimitedLog(log: Log, text: string): LimitedLog {
  const counts: Record<string, number> = Object.create(null) as Record<string, number>;
  const spans = new Map<string, { startMs: number; unsaid: number }>();
  return {
    counts,
    note(reason, detail, nowMs) {
      counts[reason] = (counts[reason] ?? 0) + 1;
      const span = spans.get(reason);
      if (span !== undefined && nowMs - span.startMs < SPAN_MS) {
        span.unsaid++;
        return;
      }
      log.warn({ reason, detail, count: 1 + (span?.unsaid ?? 0) }, text);
      spans.set(reason, { startMs: nowMs, unsaid: 0 });
    },
  };
}
