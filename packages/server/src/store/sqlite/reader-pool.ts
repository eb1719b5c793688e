// The Store for the desk: every call runs on a thread of a small pool, so that a slow query blocks neither HTTP nor the collector.
// Reading uses read-only connections. The few small writes of the desk (worker details) use a connection of their own, opened when
// first needed, which waits for the collector's transaction to end; what the desk writes and the collector's rows never overlap.
import { extname } from 'node:path';
import type { Log } from '@umbel/celery';
import { Piscina } from 'piscina';
import { type Store, StoreError } from '../store.ts';
import { type StoreAnswer, type StoreCall, type StoreMethod, WRITING } from './reader-call.ts';

/** Calls that wait for a thread; more than that means that the disk does not keep up, and waiting longer would not help. */
const MOST_WAITING = 1000;

/** A page of tasks is small; V8 would let each thread's garbage grow to 48 MB before it looks. */
const YOUNG_HEAP_MB = 8;
/** The other threads are started when there is work for them, and end when there was none for so long. */
const IDLE_MS = 30_000;
const READ_TIMEOUT_MS = 10_000;

export interface SqliteReadersOptions {
  readonly path: string;
  readonly log: Log;
  /** At most; one is always there. Default: 2. */
  readonly threads?: number | undefined;
  /** How long a call that reads may take, waiting for a thread included; then it rejects with `too_slow`. Default: 10,000. */
  readonly readTimeoutMs?: number | undefined;
}

/** Opens the pool. The file itself is opened by the threads at the first call, and again until it is there. */
export async function openSqliteReaders({
  path,
  log,
  threads = 2,
  readTimeoutMs = READ_TIMEOUT_MS,
}: SqliteReadersOptions): Promise<Store> {
  // From source this file and the worker are .ts, when built .js.
  const extension = extname(new URL(import.meta.url).pathname);
  const pool = new Piscina<StoreCall, StoreAnswer>({
    filename: new URL(`./reader-worker${extension}`, import.meta.url).href,
    workerData: { path },
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
    minThreads: 1,
    maxThreads: threads,
    idleTimeout: IDLE_MS,
    maxQueue: MOST_WAITING,
  });
  // A thread that dies is replaced by the pool, and its call is rejected; unheard, this event would end the process.
  pool.on('error', (error: unknown) =>
    log.warn({ error: String(error) }, 'a thread reading the history died'),
  );
  let closing: Promise<void> | undefined;

  /** At the deadline the pool ends the thread, which stops its query (interruptible.ts), and starts another one. */
  const runInTime = async (storeCall: StoreCall): Promise<StoreAnswer> => {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), readTimeoutMs);
    try {
      return await pool.run(storeCall, { signal: deadline.signal });
    } catch (error) {
      if (!deadline.signal.aborted) throw error;
      throw new StoreError('too_slow', `reading took longer than ${readTimeoutMs / 1000} s`, error);
    } finally {
      clearTimeout(timer);
    }
  };
  const call =
    <Method extends StoreMethod>(method: Method) =>
    async (...parameters: Parameters<Store[Method]>): Promise<Awaited<ReturnType<Store[Method]>>> => {
      if (closing !== undefined) throw new StoreError('closed', 'the store is closed');
      if (pool.queueSize >= MOST_WAITING) {
        throw new StoreError('unavailable', `${path} is too busy: ${MOST_WAITING} calls are waiting`);
      }
      const run = WRITING.has(method) ? pool.run({ method, parameters }) : runInTime({ method, parameters });
      const answer = await run;
      if ('error' in answer) throw new StoreError(answer.error.code, answer.error.message);
      return answer.value as Awaited<ReturnType<Store[Method]>>;
    };
  const writeWorkerDetails = call('writeWorkerDetails');

  const store: Store = {
    readTasks: call('readTasks'),
    write: call('write'),
    listTasks: call('listTasks'),
    childrenOf: call('childrenOf'),
    taskTypes: call('taskTypes'),
    countByState: call('countByState'),
    workers: call('workers'),
    workerDetails: call('workerDetails'),
    // Exact numbers (JSON.rawJSON) would not survive the way to another thread.
    writeWorkerDetails: async (details) =>
      writeWorkerDetails({
        ...details,
        replies: JSON.parse(JSON.stringify(details.replies)) as Record<string, unknown>,
      }),
    prune: call('prune'),
    shrink: call('shrink'),
    facts: call('facts'),
    close() {
      closing ??= pool.close();
      return closing;
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
  return store;
}
