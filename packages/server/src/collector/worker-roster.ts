// The workers: their records, and whether they are there. Their events merge in; time passing makes silent ones offline.
import { type CeleryEvent, emptyWorker, mergeIntoWorker, type WorkerDraft, workerOf } from '@umbel/celery';
import type { StoreBatch, StoredWorker } from '../store/store.ts';
import { concludeLiveness, type Liveness, silenceLimitS } from './liveness.ts';

/** `lastHeard` alone is written no more often than this: it changes with every event. */
const WRITE_HEARD_EVERY_S = 5;
/** A heartbeat that comes so long after the goodbye is none that was overtaken by it. */
const STRAGGLING_S = 20;
/** A time of Umbel's own that is further ahead was noted before the clock was set back. */
const CLOCK_SET_S = 60;
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
  /** And when it said goodbye. */
  goodbyeAt: number;
  /** It goes on speaking of itself after its goodbye, whatever time it says that it is: its clock was set back meanwhile. */
  isBack: boolean;
  changed: boolean;
  /** The store may hold it: when it is forgotten here, it is to be forgotten there. */
  stored: boolean;
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
  /** Forgets workers that have been offline for longer. Only while the clock is believed. */
  forgetOfflineFor(seconds: number, nowS: number): void;
  /** Workers that are this collector's to write from now on: as it knows them. */
  takeOver(isTaken: (hostname: string) => boolean): void;
  /** What is to be written. When it was, settle it; give it back when that failed. */
  take(): WorkerChanges;
  settle(changes: WorkerChanges): void;
  giveBack(changes: WorkerChanges): void;
}

/** What has changed about the workers. */
export type WorkerChanges = Required<Pick<StoreBatch, 'workers' | 'forgottenWorkers'>>;

/**
 * @param stored what earlier runs knew; nobody's silence counts until Umbel itself has listened
 * @param isOurs whether this collector is the one that writes the worker. Default: it writes all.
 */
export function createWorkerRoster(
  stored: readonly StoredWorker[],
  isOurs: (hostname: string) => boolean = () => true,
): WorkerRoster {
  const entries = new Map<string, Entry>();
  for (const { status, offlineReason, statusSince, lastHeard, ...draft } of stored) {
    const liveness = { status, offlineReason };
    const isBack = status === 'online';
    const heard = { lastHeard, writtenHeard: lastHeard, heardAt: 0, goodbyeAt: 0, isBack };
    entries.set(draft.hostname, { draft, liveness, statusSince, ...heard, changed: false, stored: true });
  }
  let changed: Entry[] = [];
  /** Forgotten here, but not in the store yet. */
  let forgotten = new Set<string>();

  const forget = (leaving: readonly Entry[]) => {
    for (const { draft, stored: inStore } of leaving) {
      entries.delete(draft.hostname);
      if (inStore) forgotten.add(draft.hostname);
    }
    changed = changed.filter((entry) => entries.get(entry.draft.hostname) === entry);
  };
  const markStored = (hostname: string) => {
    const entry = entries.get(hostname);
    // It may have been forgotten, or have come back, while the store was writing.
    if (entry === undefined) forgotten.add(hostname);
    else entry.stored = true;
  };
  const forgetLongestUnheard = (keep: number) => {
    if (entries.size <= keep) return;
    const oldestFirst = [...entries.values()].sort((a, b) => a.lastHeard - b.lastHeard);
    forget(oldestFirst.slice(0, entries.size - keep));
  };
  forgetLongestUnheard(MOST_WORKERS);

  const markChanged = (entry: Entry) => {
    if (!entry.changed) changed.push(entry);
    entry.changed = true;
  };
  const conclude = (entry: Entry, { nowS, listenedS }: Moment) => {
    const spoken = entry.isBack ? { ...entry.draft, offlineAt: null } : entry.draft;
    const liveness = concludeLiveness(spoken, listenedS - entry.heardAt);
    const same = liveness.status === entry.liveness.status;
    if (same && liveness.offlineReason === entry.liveness.offlineReason) return;
    if (!same) entry.statusSince = nowS;
    entry.liveness = liveness;
    markChanged(entry);
  };
  const enter = (hostname: string, { nowS }: Moment): Entry => {
    // A tenth at once, so that this does not run for every new name.
    if (entries.size >= MOST_WORKERS) forgetLongestUnheard(MOST_WORKERS * 0.9);
    const entry: Entry = {
      draft: emptyWorker(hostname),
      liveness: { status: 'online', offlineReason: null },
      statusSince: nowS,
      lastHeard: nowS,
      writtenHeard: -Infinity,
      heardAt: 0,
      goodbyeAt: 0,
      isBack: false,
      changed: false,
      stored: forgotten.delete(hostname),
    };
    entries.set(hostname, entry);
    return entry;
  };

  return {
    merge(event, moment) {
      const hostname = workerOf(event);
      if (hostname === null) return;
      const entry = entries.get(hostname) ?? enter(hostname, moment);
      entry.lastHeard = moment.nowS;
      entry.heardAt = moment.listenedS;
      mergeIntoWorker(entry.draft, event);
      if (event.type === 'worker-offline') {
        entry.goodbyeAt = moment.listenedS;
        entry.isBack = false;
      } else if (event.type.startsWith('worker-')) {
        entry.isBack ||= moment.listenedS - entry.goodbyeAt > STRAGGLING_S;
      }
      const aboutItself = event.type.startsWith('worker-');
      if (aboutItself) markChanged(entry);
      // A task's event shows that its worker lives, but does not take back a goodbye.
      if (aboutItself || entry.liveness.offlineReason === 'silent') conclude(entry, moment);
      // Also when the clock was set back.
      if (Math.abs(moment.nowS - entry.writtenHeard) >= WRITE_HEARD_EVERY_S) markChanged(entry);
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
    forgetOfflineFor(seconds, nowS) {
      for (const entry of entries.values()) {
        // Noted while the clock was ahead: it would stay until that time has come.
        if (Math.max(entry.statusSince, entry.lastHeard) <= nowS + CLOCK_SET_S) continue;
        entry.statusSince = Math.min(entry.statusSince, nowS);
        entry.lastHeard = Math.min(entry.lastHeard, nowS);
        markChanged(entry);
      }
      const gone = [...entries.values()].filter(
        ({ liveness, statusSince }) => liveness.status === 'offline' && statusSince < nowS - seconds,
      );
      if (gone.length > 0) forget(gone);
    },
    takeOver(isTaken) {
      for (const entry of entries.values()) if (isTaken(entry.draft.hostname)) markChanged(entry);
    },
    take() {
      for (const entry of changed) entry.changed = false;
      const taken = changed.filter(({ draft }) => isOurs(draft.hostname));
      const forgottenWorkers = [...forgotten].filter(isOurs);
      changed = [];
      forgotten = new Set();
      const workers = taken.map((entry) => {
        entry.writtenHeard = entry.lastHeard;
        const { draft, liveness, statusSince, lastHeard } = entry;
        return { ...draft, ...liveness, statusSince, lastHeard };
      });
      return { workers, forgottenWorkers };
    },
    settle({ workers }) {
      for (const { hostname } of workers) markStored(hostname);
    },
    giveBack({ workers, forgottenWorkers }) {
      for (const { hostname } of workers) {
        const entry = entries.get(hostname);
        if (entry !== undefined) markChanged(entry);
      }
      for (const hostname of forgottenWorkers) markStored(hostname);
    },
  };
}
