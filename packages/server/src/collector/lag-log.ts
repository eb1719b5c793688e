// Says in the log when Umbel does not keep up with the events, now and then while it lasts, and when it is over.
import type { Log } from '@umbel/celery';

/** Further behind than this is worth a line. */
const BEHIND_S = 10;
/** Less than this is caught up; the distance between the two keeps it from saying so all the time. */
const CAUGHT_UP_S = 2;
const REPEAT_MS = 60_000;

export interface LagLog {
  /** Call it about once a second. @param nowMs of a monotonic clock */
  note(lagSeconds: number, nowMs: number): void;
}

export function createLagLog(log: Log): LagLog {
  let behind: { readonly sinceMs: number; saidMs: number; mostS: number } | undefined;
  return {
    note(lagSeconds, nowMs) {
      if (behind === undefined) {
        if (lagSeconds < BEHIND_S) return;
        behind = { sinceMs: nowMs, saidMs: -Infinity, mostS: lagSeconds };
      }
      behind.mostS = Math.max(behind.mostS, lagSeconds);
      if (lagSeconds < CAUGHT_UP_S) {
        const facts = {
          seconds: Math.round((nowMs - behind.sinceMs) / 1000),
          mostLagSeconds: Math.round(behind.mostS),
        };
        behind = undefined;
        log.info(facts, 'the history has caught up with the events');
      } else if (nowMs - behind.saidMs >= REPEAT_MS) {
        behind.saidMs = nowMs;
        log.warn(
          { lagSeconds: Math.round(lagSeconds) },
          'the history is behind the events: what is shown is late, and silent workers are not judged',
        );
      }
    },
  };
}
