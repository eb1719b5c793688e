// Brings what events have changed into the store: soon, in batches of one transaction, again and again until the store takes it.
// While the store does not, the batch is kept, and when too much is waiting the reader of events is asked to stop.
import type { Log } from '@umbel/celery';
import { type Store, type StoreBatch, StoreError } from '../store/store.ts';
import type { OpenTask, TaskBuffer } from './task-buffer.ts';
import type { WorkerChanges, WorkerRoster } from './worker-roster.ts';

/** How long a change waits for others to share its transaction with. A change is to be on disk within a second. */
const FLUSH_AFTER_MS = 200;
/**
 * So many do not wait. A flood's tasks are then gone before V8 takes them for long-lived ones, whose garbage is collected late:
 * that was measured to save some 20 MB.
 */
const FLUSH_AT_TASKS = 2000;
/** Bounds how long one transaction holds up other writers, and how much memory it takes. */
const BATCH_TASKS = 5000;
const BATCH_BYTES = 16 * 1024 * 1024;
/** So many are read from the store before their size is looked at. */
const READ_TASKS = 100;
/** When the store fails: wait so long, then twice as long, up to the most. */
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 5000;
/** Above the first, reading of events stops; below the second it goes on. */
const PAUSE_BYTES = 64 * 1024 * 1024;
const RESUME_BYTES = 24 * 1024 * 1024;

export interface BatchWriterOptions {
  readonly store: Store;
  readonly tasks: TaskBuffer;
  readonly workers: WorkerRoster;
  readonly log: Log;
  /** Called with true when no more events should come, with false when they may. */
  readonly onPressure: (paused: boolean) => void;
}

export interface BatchWriter {
  /** Something may have changed: it will be written soon. */
  schedule(): void;
  readonly paused: boolean;
  /** Why the store does not take anything now; undefined when it does. */
  readonly failure: Error | undefined;
  /** When the oldest change that is not on disk arrived, milliseconds of the monotonic clock. */
  readonly waitingSinceMs: number | undefined;
  readonly refused: number;
  /** Writes what waits, at once. Answers whether everything that was there is in the store. */
  flush(): Promise<boolean>;
  /** Writes what is left, once. Answers whether everything is in the store. */
  close(): Promise<boolean>;
}

export function createBatchWriter(options: BatchWriterOptions): BatchWriter {
  const { store, tasks, workers, log, onPressure } = options;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let failure: Error | undefined;
  let failures = 0;
  let waitingSinceMs: number | undefined;
  let paused = false;
  let refused = 0;
  let closed = false;

  const setPaused = (value: boolean) => {
    if (paused === value) return;
    paused = value;
    onPressure(value);
  };

  const wake = (afterMs: number) => {
    if (!closed) timer ??= setTimeout(run, afterMs);
  };

  const run = () => {
    if (closed) return;
    clearTimeout(timer);
    timer = undefined;
    running = flush().finally(() => {
      running = undefined;
      if (failure !== undefined) {
        wake(Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures));
        failures++;
      } else if (waitingSinceMs !== undefined) {
        wake(FLUSH_AFTER_MS);
      }
    });
  };

  /** Writes until nothing is left or the store fails. Never rejects. */
  async function flush(): Promise<void> {
    for (;;) {
      const startedMs = performance.now();
      const batch: OpenTask[] = [];
      const changes = workers.take();
      try {
        await fill(batch);
        if (batch.length + changes.workers.length + changes.forgottenWorkers.length === 0) {
          waitingSinceMs = undefined;
          setPaused(false);
          return;
        }
        await write(batch, changes);
        tasks.settle(batch);
        workers.settle(changes);
      } catch (error) {
        tasks.giveBack(batch);
        workers.giveBack(changes);
        fail(error);
        return;
      }
      succeed();
      // What is left arrived while this batch was on its way, or waits for the next one.
      waitingSinceMs = tasks.changedTasks > 0 ? startedMs : undefined;
      if (tasks.changedBytes < RESUME_BYTES) setPaused(false);
    }
  }

  /** Takes changed tasks, joined with what the store knows of them. */
  async function fill(batch: OpenTask[]): Promise<void> {
    const taken = new Set<OpenTask>();
    for (let bytes = 0; batch.length < BATCH_TASKS && bytes < BATCH_BYTES; ) {
      const found = tasks.take(READ_TASKS);
      if (found.length === 0) return;
      // While the store was asked for a task, more may have been heard of it: it is in the batch already, and counts once.
      const part = found.filter((open) => !taken.has(open));
      for (const open of part) taken.add(open);
      batch.push(...part);
      const unread = part.filter((open) => !open.joined);
      if (unread.length > 0) {
        const stored = await store.readTasks(unread.map(({ draft }) => draft.uuid));
        for (const open of unread) tasks.join(open, stored.get(open.draft.uuid));
      }
      bytes += part.reduce((sum, open) => sum + open.bytes, 0);
    }
  }

  async function write(batch: readonly OpenTask[], changes: WorkerChanges): Promise<void> {
    try {
      await store.write({ tasks: batch.map(({ draft }) => draft), tallies: tasks.count(batch), ...changes });
    } catch (error) {
      if (error instanceof StoreError) throw error;
      log.warn(
        { error: String(error) },
        'a batch was refused by the store; its tasks are written one by one',
      );
      await writeOneByOne(batch, changes);
    }
  }

  /** One record that the store can never take must not stop all others. */
  async function writeOneByOne(
    batch: readonly OpenTask[],
    { workers: changed, forgottenWorkers }: WorkerChanges,
  ): Promise<void> {
    await writeSingle({ tasks: [], workers: [], forgottenWorkers });
    for (const open of batch) {
      const tallies = tasks.count([open]);
      // What the store does not have it does not count either: its next event begins with what is there.
      open.joined = await writeSingle({ tasks: [open.draft], workers: [], tallies });
    }
    for (const worker of changed) await writeSingle({ tasks: [], workers: [worker] });
  }

  /** Answers whether the store has taken it. */
  async function writeSingle(single: StoreBatch): Promise<boolean> {
    try {
      await store.write(single);
      return true;
    } catch (error) {
      if (error instanceof StoreError) throw error;
      refused++;
      log.warn(
        { error: String(error), task: single.tasks[0]?.uuid },
        'the store refuses a record; it is lost',
      );
      return false;
    }
  }

  function fail(error: unknown): void {
    const reason = error instanceof Error ? error : new Error(String(error));
    if (failure?.message !== reason.message) {
      log.warn(
        { error: reason.message },
        'the history cannot be written; what happens is kept in memory for now',
      );
    }
    failure = reason;
  }

  function succeed(): void {
    if (failure !== undefined) log.info({}, 'the history is written again');
    failure = undefined;
    failures = 0;
  }

  return {
    schedule() {
      waitingSinceMs ??= performance.now();
      if (tasks.changedBytes > PAUSE_BYTES) setPaused(true);
      if (running !== undefined) return;
      if (failure === undefined && tasks.changedTasks >= FLUSH_AT_TASKS) run();
      else wake(FLUSH_AFTER_MS);
    },
    get paused() {
      return paused;
    },
    get failure() {
      return failure;
    },
    get waitingSinceMs() {
      return waitingSinceMs;
    },
    get refused() {
      return refused;
    },
    async flush() {
      await running;
      run();
      await running;
      return failure === undefined;
    },
    async close() {
      closed = true;
      clearTimeout(timer);
      await running;
      await flush();
      return failure === undefined && tasks.changedTasks === 0;
    },
  };
}
