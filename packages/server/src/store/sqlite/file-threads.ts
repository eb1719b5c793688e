// Threads that work on one SQLite file: node:sqlite works on the calling thread, and neither HTTP nor the collector may wait for it.
// reader-pool.ts and open-ledger.ts say what is called.
import { extname } from 'node:path';
import type { Log } from '@umbel/celery';
import { Piscina } from 'piscina';
import { StoreError } from '../store.ts';
import { type ThreadAnswer, type ThreadCall, type ThreadLogLine, valueOf } from './thread-call.ts';

/** Calls that wait for a thread; more than that means that the disk does not keep up, and waiting longer would not help. */
const MOST_WAITING = 1000;
/** Answers are small; V8 would let each thread's garbage grow to 48 MB before it looks. */
const YOUNG_HEAP_MB = 8;
/** All threads but one are started when there is work for them, and end when there was none for so long. */
const IDLE_MS = 30_000;

export interface FileThreadsOptions {
  /** Name of the file in this folder that a thread runs, without extension. */
  readonly worker: 'reader-worker' | 'ledger-worker';
  /** Of the SQLite file; the worker's data. */
  readonly path: string;
  /** Further data for the worker. */
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  /** At most; one is always there. */
  readonly threads: number;
  /** For the log: a thread … died. */
  readonly task: string;
  readonly log: Log;
}

export interface FileThreads {
  /**
   * Runs one call on the next free thread. @throws StoreError as on the thread, and `closed`; `unavailable` when too many are waiting;
   * `too_slow` when it takes longer than `timeoutMs`, waiting included: then its thread is ended, and another one started
   */
  run(call: ThreadCall, options?: { readonly timeoutMs: number }): Promise<unknown>;
  /** Waits for what is under way, and then for `last`, the only call that still runs. Safe to call twice. */
  close(last?: ThreadCall): Promise<void>;
}

/** Opens the threads. The file itself is opened by them. */
export function openFileThreads({ worker, path, data, threads, task, log }: FileThreadsOptions): FileThreads {
  // From source this file and the worker are .ts, when built .js.
  const extension = extname(new URL(import.meta.url).pathname);
  const pool = new Piscina<ThreadCall, ThreadAnswer>({
    filename: new URL(`./${worker}${extension}`, import.meta.url).href,
    workerData: { ...data, path },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    maxQueue: MOST_WAITING,
  });
  // A thread that dies is replaced by the pool, and its call is rejected; unheard, this event would end the process.
  pool.on('error', (error: unknown) => log.warn({ error: String(error) }, `a thread ${task} died`));
  pool.on('message', ({ level, fields, text }: ThreadLogLine) => log[level](fields, text));
  let closing: Promise<void> | undefined;

  /** At the deadline the pool ends the thread, which stops where JavaScript runs, as scans do (scan/), and starts another one. */
  const runInTime = async (call: ThreadCall, timeoutMs: number): Promise<ThreadAnswer> => {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    try {
      return await pool.run(call, { signal: deadline.signal });
    } catch (error) {
      if (!deadline.signal.aborted) throw error;
      throw new StoreError('too_slow', `reading took longer than ${timeoutMs / 1000} s`, error);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    async run(call, options) {
      if (closing !== undefined) throw new StoreError('closed', 'the store is closed');
      if (pool.queueSize >= MOST_WAITING) {
        throw new StoreError('unavailable', `${path} is too busy: ${MOST_WAITING} calls are waiting`);
      }
      return valueOf(await (options === undefined ? pool.run(call) : runInTime(call, options.timeoutMs)));
    },
    close(last) {
      closing ??= (async () => {
        if (last !== undefined) await pool.run(last);
        await pool.close();
      })();
      return closing;
    },
  };
}
