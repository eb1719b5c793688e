// Keeps the history within its bounds of age, number and size. Deletes in small steps with pauses, because it shares a thread and the
// store's write lock with the events.
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@umbel/celery';
import { pruneRule, type RetentionRule } from '../store/retention-rule.ts';
import { type Store, StoreError } from '../store/store.ts';

const ROUND_EVERY_MS = 10_000;
const STEP_TASKS = 200;
const STEP_BYTES = 1024 * 1024;
/** After a step comes a pause of so many times its length: deleting takes at most a quarter of the thread. */
const PAUSE_FACTOR = 3;
const SHORTEST_PAUSE_MS = 5;

/** Begins to watch. @param now epoch milliseconds */
export function openRetention(
  store: Store,
  rule: RetentionRule,
  log: Log,
  now: () => number,
): { close(): Promise<void> } {
  const stopping = new AbortController();
  const { signal } = stopping;

  async function round(): Promise<void> {
    let deleted = 0;
    await repeat(async () => {
      const step = await store.prune({ ...pruneRule(rule, now()), limit: STEP_TASKS });
      deleted += step;
      return step > 0;
    });
    await repeat(async () => (await store.shrink(STEP_BYTES)) > 0);
    if (deleted > 0) log.info({ tasks: deleted }, 'deleted tasks beyond the bounds of the history');
  }

  async function repeat(step: () => Promise<boolean>): Promise<void> {
    while (!signal.aborted) {
      const startedMs = performance.now();
      if (!(await step())) return;
      const tookMs = performance.now() - startedMs;
      await pause(Math.max(SHORTEST_PAUSE_MS, tookMs * PAUSE_FACTOR), signal);
    }
  }

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      try {
        await round();
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

/** Waits, or ends early when aborted. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
