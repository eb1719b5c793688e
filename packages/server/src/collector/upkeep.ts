// Keeps the store tidy behind the events: its indexes, its counts of old minutes, its old samples. What there is to do the store knows.
import type { Log } from '@umbel/celery';
import { type Store, StoreError } from '../store/store.ts';
import { pause as pauseFor } from './pause.ts';
import type { SpareTime } from './spare-time.ts';

/** How long nothing is asked of a store that had nothing to do, or that failed. */
const IDLE_MS = 1_000;
const RETRY_MS = 5_000;

export interface UpkeepOptions {
  readonly store: Pick<Store, 'tidy'>;
  readonly spareTime: SpareTime;
  /** Whether it is this collector's to do, and the store takes what is written; while it does not, it is left alone. */
  readonly isDue: () => boolean;
  /** What time it is, epoch seconds; null while nobody knows. */
  readonly nowS: () => number | null;
  readonly log: Log;
  /** Default: pause.ts. */
  readonly pause?: typeof pauseFor | undefined;
}

/** Begins at once. */
export function openUpkeep(options: UpkeepOptions): { close(): Promise<void> } {
  const { store, spareTime, isDue, nowS, log, pause = pauseFor } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let complaint = '';

  /** Answers how long to wait before the next step. */
  async function step(): Promise<number> {
    if (!isDue()) return RETRY_MS;
    try {
      return (await spareTime.run(() => store.tidy(nowS()))) ? 0 : IDLE_MS;
    } catch (error) {
      // A store that is full or busy says so where events are written.
      if (!(error instanceof StoreError) && complaint !== String(error)) {
        complaint = String(error);
        log.warn({ error: complaint }, 'the history cannot be tidied');
      }
      return RETRY_MS;
    }
  }

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      const waitMs = await step();
      if (waitMs > 0) await pause(waitMs, signal);
    }
  }

  const watching = watch();
  return {
    async close() {
      stopping.abort();
      await watching;
    },
  };
}
