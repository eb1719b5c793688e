// The workers: their records, and whether they are there. Their events merge in; time passing makes silent ones offline.
import { type CeleryEvent, emptyWorker, mergeIntoWorker, type WorkerDraft, workerOf } from '@umbel/celery';
import type { StoredWorker } from '../store/store.ts';
import { concludeLiveness, type Liveness, silenceLimitS } from './liveness.ts';

/** `lastHeard` alone is written no more often than this: it changes with every event. */
const WRITE_HEARD_EVERY_S = 5;
/** Names of workers are chosen by whoever can publish; beyond this many the longest unheard are forgotten. */
const MOST_WORKERS = 20_000;

interface Entry {
  readonly draft: WorkerDraft;
  liveness: Liveness;
  statusSince: number;
  /** Umbel's clock, epoch seconds. */
  lastHeard: number;
  writtenHeard: number;
  /** Reading of the listening clock when it was last heard. */
  heardAt: number;
  changed: boolean;
}

/** What time it is: Umbel's clock in epoch seconds, and the reading of the listening clock. */
export interface Moment {
  readonly nowS: number;
  readonly listenedS: number;
}

export interface WorkerRoster {
  /** Merges any event; one that comes from no worker changes nothing. */
  merge(event: CeleryEvent, moment: Moment): void;
  /** Time has passed. Answers whether some online worker has been silent for half its limit: time to ask. */
  tick(moment: Moment): boolean;
  /** The connection was made anew: all silence until now says nothing. */
  restart(moment: Moment): void;
  /** Forgets workers that have been offline for longer, and answers their names. */
  forgetOfflineSince(beforeS: number): string[];
  /** Workers to be written. Give them back when that fails. */
  take(): StoredWorker[];
  giveBack(workers: readonly StoredWorker[]): void;
}

/** @param stored what earlier runs knew; nobody's silence counts until Umbel itself has listened */
export function createWorkerRoster(stored: readonly StoredWorker[]): WorkerRoster {
  const entries = new Map<string, Entry>();
  for (const { status, offlineReason, statusSince, lastHeard, ...draft } of stored) {
    const liveness = { status, offlineReason };
    const heard = { lastHeard, writtenHeard: lastHeard, heardAt: 0 };
    entries.set(draft.hostname, { draft, liveness, statusSince, ...heard, changed: false });
  }
  let changed: Entry[] = [];

  const markChanged = (entry: Entry) => {
    if (!entry.changed) changed.push(entry);
    entry.changed = true;
  };
  const conclude = (entry: Entry, { nowS, listenedS }: Moment) => {
    const liveness = concludeLiveness(entry.draft, listenedS - entry.heardAt);
    const same = liveness.status === entry.liveness.status;
    if (same && liveness.offlineReason === entry.liveness.offlineReason) return;
    if (!same) entry.statusSince = nowS;
    entry.liveness = liveness;
    markChanged(entry);
  };
  const enter = (hostname: string, { nowS }: Moment): Entry => {
    if (entries.size >= MOST_WORKERS) forgetLongestUnheard();
    const entry: Entry = {
      draft: emptyWorker(hostname),
      liveness: { status: 'online', offlineReason: null },
      statusSince: nowS,
      lastHeard: nowS,
      writtenHeard: -Infinity,
      heardAt: 0,
      changed: false,
    };
    entries.set(hostname, entry);
    return entry;
  };
  const forgetLongestUnheard = () => {
    const oldestFirst = [...entries].sort(([, a], [, b]) => a.lastHeard - b.lastHeard);
    for (const [hostname] of oldestFirst.slice(0, MOST_WORKERS / 10)) entries.delete(hostname);
  };

  return {
    merge(event, moment) {
      const hostname = workerOf(event);
      if (hostname === null) return;
      const entry = entries.get(hostname) ?? enter(hostname, moment);
      entry.lastHeard = moment.nowS;
      entry.heardAt = moment.listenedS;
      mergeIntoWorker(entry.draft, event);
      const aboutItself = event.type.startsWith('worker-');
      if (aboutItself) markChanged(entry);
      // A task's event shows that its worker lives, but does not take back a goodbye.
      if (aboutItself || entry.liveness.offlineReason === 'silent') conclude(entry, moment);
      if (moment.nowS - entry.writtenHeard >= WRITE_HEARD_EVERY_S) markChanged(entry);
    },
    tick(moment) {
      let someoneIsQuiet = false;
      for (const entry of entries.values()) {
        if (entry.liveness.status === 'offline') continue;
        conclude(entry, moment);
        const silenceS = moment.listenedS - entry.heardAt;
        if (silenceS > silenceLimitS(entry.draft.freq) / 2) someoneIsQuiet = true;
      }
      return someoneIsQuiet;
    },
    restart({ listenedS }) {
      for (const entry of entries.values()) entry.heardAt = listenedS;
    },
    forgetOfflineSince(beforeS) {
      const gone = [...entries].filter(
        ([, { liveness, statusSince }]) => liveness.status === 'offline' && statusSince < beforeS,
      );
      for (const [hostname] of gone) entries.delete(hostname);
      return gone.map(([hostname]) => hostname);
    },
    take() {
      const taken = changed;
      changed = [];
      return taken.map((entry) => {
        entry.changed = false;
        entry.writtenHeard = entry.lastHeard;
        const { draft, liveness, statusSince, lastHeard } = entry;
        return { ...draft, ...liveness, statusSince, lastHeard };
      });
    },
    giveBack(workers) {
      for (const { hostname } of workers) {
        const entry = entries.get(hostname);
        if (entry !== undefined) markChanged(entry);
      }
    },
  };
}
