// The Store for the desk: every call runs on a thread of a small pool, so that a slow query blocks neither HTTP nor the collector.
// Reading uses read-only connections. The few small writes of the desk (worker details) use a connection of their own, opened when
// first needed, which waits for the collector's transaction to end; what the desk writes and the collector's rows never overlap.
import type { Log } from '@umbel/celery';
import type { Store } from '../store.ts';
import { openFileThreads } from './file-threads.ts';
import { type StoreMethod, WRITING } from './reader-call.ts';

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
  const task = 'reading the history';
  const pool = openFileThreads({ worker: 'reader-worker', path, threads, task, log });
  const call =
    <Method extends StoreMethod>(method: Method) =>
    async (...parameters: Parameters<Store[Method]>): Promise<Awaited<ReturnType<Store[Method]>>> => {
      const deadline = WRITING.has(method) ? undefined : { timeoutMs: readTimeoutMs };
      return (await pool.run({ method, parameters }, deadline)) as Awaited<ReturnType<Store[Method]>>;
    };
  const writeWorkerDetails = call('writeWorkerDetails');

  const store: Store = {
    readTasks: call('readTasks'),
    write: call('write'),
    listTasks: call('listTasks'),
    facets: call('facets'),
    histogram: call('histogram'),
    tallies: call('tallies'),
    writeGauges: call('writeGauges'),
    gauges: call('gauges'),
    tidy: call('tidy'),
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
    previewPrune: call('previewPrune'),
    shrink: call('shrink'),
    facts: call('facts'),
    claim: async () => true,
    sharing: async () => null,
    close: () => pool.close(),
    [Symbol.asyncDispose]: () => store.close(),
  };
  return store;
}
