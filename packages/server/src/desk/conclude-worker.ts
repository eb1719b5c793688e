// A worker as its events tell it (the collector's record) and as its answers do. The record knows more; answers know of
// workers that send no events, and that one is back which was thought to be gone.
import type { StoredWorker, WorkerDetails } from '../store/store.ts';
import type { Presence } from './roll-call.ts';

/** So long a worker that sends no events is shown as offline, before it is forgotten. */
const FORGET_AFTER_S = 3_600;

/** Undefined when nothing at all is known. `presence`: it answers roll calls. */
export function concludeWorker(
  stored: StoredWorker | undefined,
  known: WorkerDetails | undefined,
  presence: Presence | undefined,
): StoredWorker | undefined {
  if (stored === undefined) return known === undefined ? undefined : fromAnswers(known, presence);
  if (stored.status === 'online' || presence === undefined || presence.lastS <= stored.statusSince) {
    return stored;
  }
  return { ...stored, status: 'online', statusSince: presence.sinceS, offlineReason: null };
}

/** Epoch seconds of the newest answer; 0 for none. */
export function lastAnswerS(known: WorkerDetails): number {
  return Math.max(0, ...Object.values(known.askedAt));
}

/**
 * Names of which only old answers are left: workers without events that are long gone, and those that the collector has
 * forgotten. Clusters that scale make new names all the time.
 */
export function forgottenWorkers(
  known: Iterable<WorkerDetails>,
  stored: ReadonlySet<string>,
  nowS: number,
): string[] {
  return [...known]
    .filter((details) => !stored.has(details.hostname) && nowS - lastAnswerS(details) > FORGET_AFTER_S)
    .map((details) => details.hostname);
}

function fromAnswers(known: WorkerDetails, presence: Presence | undefined): StoredWorker {
  const lastHeard = Math.max(lastAnswerS(known), presence?.lastS ?? 0);
  const stats = known.replies['stats'] as { pid?: unknown } | undefined;
  return {
    hostname: known.hostname,
    pid: typeof stats?.pid === 'number' ? stats.pid : null,
    freq: null,
    active: null,
    processed: null,
    loadavg: null,
    factsAt: null,
    software: null,
    onlineAt: null,
    heartbeatAt: null,
    offlineAt: null,
    lastEventAt: lastHeard,
    clock: 0,
    status: presence === undefined ? 'offline' : 'online',
    statusSince: presence?.sinceS ?? lastHeard,
    offlineReason: presence === undefined ? 'silent' : null,
    lastHeard,
  };
}
