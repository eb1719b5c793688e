// When a worker counts as gone. Pure: who measures the silence is worker-roster.ts, over the time that listening-clock.ts counts.
import type { StoredWorker } from '../store/store.ts';

/** A worker with Celery's usual heartbeat of 2 s that was killed shows within 30 s, one that misses a few beats does not. */
const SHORTEST_LIMIT_S = 20;
/** Workers choose their own rhythm (`--heartbeat-interval`). */
const MISSED_HEARTBEATS = 3;
/** A worker may claim any rhythm; it is not believed beyond this. */
const LONGEST_LIMIT_S = 3600;

/** Seconds of silence after which a worker with this heartbeat rhythm counts as gone. */
export function silenceLimitS(freq: number | null): number {
  return Math.min(LONGEST_LIMIT_S, Math.max(SHORTEST_LIMIT_S, MISSED_HEARTBEATS * (freq ?? 0)));
}

export type Liveness = Pick<StoredWorker, 'status' | 'offlineReason'>;

/**
 * A worker is offline when its newest word was goodbye, or when it was silent for too long. Goodbye and greeting are compared by the
 * worker's own clock, because a goodbye may arrive late, after the greeting of the same worker that has come back.
 */
export function concludeLiveness(
  worker: Pick<StoredWorker, 'onlineAt' | 'heartbeatAt' | 'offlineAt' | 'freq'>,
  silenceS: number,
): Liveness {
  const { offlineAt } = worker;
  const aliveAt = Math.max(worker.onlineAt ?? -Infinity, worker.heartbeatAt ?? -Infinity);
  if (offlineAt !== null && offlineAt >= aliveAt) return { status: 'offline', offlineReason: 'goodbye' };
  if (silenceS > silenceLimitS(worker.freq)) return { status: 'offline', offlineReason: 'silent' };
  return { status: 'online', offlineReason: null };
}
