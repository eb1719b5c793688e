// Keeps the history within its bounds of age, number and size. Deletes in small steps with pauses (spare-time.ts), because it shares a
// thread and the store's write lock with the events.
import type { Log } from '@umbel/celery';
import { pruneRule, type RetentionRule } from '../store/retention-rule.ts';
import { type Store, StoreError } from '../store/store.ts';
import { pause } from './pause.ts';
import type { SpareTime } from './spare-time.ts';
import type { SteadyClock } from './steady-clock.ts';

const ROUND_EVERY_MS = 10_000;
const STEP_TASKS = 200;
const STEP_BYTES = 1024 * 1024;

export interface RetentionOptions {
  readonly store: Pick<Store, 'prune' | 'shrink'>;
  readonly rule: RetentionRule;
  readonly spareTime: SpareTime;
  /** Whether it is this collector's to do. Default: it is. */
  readonly isKeeper?: (() => boolean) | undefined;
  readonly log: Log;
  /** While it is in doubt nothing goes for its age. */
  readonly clock: Pick<SteadyClock, 'now' | 'doubt'>;
}

/** Begins to watch. */
export function openRetention({
  store,
  rule,
  spareTime,
  isKeeper = () => true,
  log,
  clock,
}: RetentionOptions): { close(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function round(): Promise<void> {
    let deleted = 0;
    await repeat(async () => {
      // Asked again for each step: a clock may jump between two of them.
      const kept = clock.doubt === null ? rule : { ...rule, maxAgeMs: null, maxFailureAgeMs: null };
      const step = await store.prune({ ...pruneRule(kept, clock.now()), limit: STEP_TASKS });
      deleted += step;
      return step > 0;
    });
    await repeat(async () => (await store.shrink(STEP_BYTES)) > 0);
    if (deleted > 0) log.info({ tasks: deleted }, 'deleted tasks beyond the bounds of the history');
  }

  async function repeat(step: () => Promise<boolean>): Promise<void> {
    while (!signal.aborted && isKeeper() && (await spareTime.run(step)));
  }

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      try {
        if (isKeeper()) await round();
      } catch (error) {
        // A store that is full or busy says so where events are written; the next round tries again.
        if (!(error instanceof StoreError)) log.warn({ error: String(error) }, 'old tasks cannot be deleted');
      }
      await pause(ROUND_EVERY_MS, signal);
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
