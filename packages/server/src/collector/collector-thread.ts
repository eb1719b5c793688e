// The collector on a thread of its own, so that a flood of events never delays a page. Its options, its status and its log lines cross
// as plain data; store and broker connection are opened over there (collector-worker.ts).
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BrokerOptions, Log } from '@umbel/celery';
import type { RedactionRules } from '../redaction/create-redaction.ts';
import type { RetentionRule } from '../store/retention-rule.ts';
import { StoreError, type StoreErrorCode } from '../store/store.ts';
import type { CollectorStatus } from './collector-status.ts';
import { endThread } from './end-thread.ts';

/**
 * Events live for a fraction of a second. V8 would let their garbage grow to 48 MB and more between collections; this bound
 * was measured to cost no speed and to save some 60 MB.
 */
const YOUNG_HEAP_MB = 12;
/** Twice what the buffers may hold on a bad day. A bound also makes V8 collect earlier, which saves some 40 MB on a good one. */
const HEAP_MB = 256;

/** A thread that has told nothing for longer stands still, as while a slow disk writes: events wait for it since then. */
const STATUS_LATE_MS = 750;

/** The end of a process may take 10 s in all. */
const CLOSE_TIMEOUT_MS = 6000;

/** Where the store is that the thread opens for itself: a file, or a PostgreSQL database. */
export type HistorySource =
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'postgres'; readonly url: string };

export interface CollectorThreadOptions {
  /** Without `log`: log lines come back through this object's own. */
  readonly broker: Omit<BrokerOptions, 'log'>;
  readonly history: HistorySource;
  readonly retention?: RetentionRule | undefined;
  /** As in CollectorOptions. */
  readonly maxTextBytes?: number | undefined;
  /** What these rules match is masked before anything is kept. Missing: everything is kept as it comes. */
  readonly redaction?: RedactionRules | undefined;
  /** Bound of the thread's heap; a collector that outgrows it fails (see `onFatal`). Default: 256. */
  readonly heapMb?: number | undefined;
  readonly log: Log;
}

export interface CollectorThread extends AsyncDisposable {
  /** As it was at most half a second ago, or when the thread last moved: then it is behind by the time since. */
  status(): CollectorStatus;
  /** Calls `listener` once when the thread has ended by itself: nothing is collected any more. At once when that has happened. */
  onFatal(listener: (error: Error) => void): void;
  /** Writes what is left and ends the thread. Safe to call twice. */
  close(): Promise<void>;
}

/** What the thread is started with. */
export type CollectorWorkerData = Omit<CollectorThreadOptions, 'log' | 'heapMb'>;

export type FromCollector =
  | { readonly kind: 'open'; readonly status: CollectorStatus }
  | { readonly kind: 'refused'; readonly code: StoreErrorCode | null; readonly message: string }
  | { readonly kind: 'status'; readonly status: CollectorStatus }
  | { readonly kind: 'log'; readonly level: 'info' | 'warn'; readonly fields: object; readonly text: string };

/**
 * Starts the thread and waits until it collects.
 * @throws StoreError as `openSqliteHistory` and `openPostgresStore` do; CeleryError's sentence as Error when the broker options cannot work
 */
export async function openCollectorThread({
  log,
  heapMb = HEAP_MB,
  ...data
}: CollectorThreadOptions): Promise<CollectorThread> {
  const extension = extname(new URL(import.meta.url).pathname);
  const worker = new Worker(new URL(`./collector-worker${extension}`, import.meta.url), {
    workerData: data satisfies CollectorWorkerData,
    resourceLimits: {
      maxYoungGenerationSizeMb: YOUNG_HEAP_MB,
      maxOldGenerationSizeMb: heapMb,
    },
  });
  const opened = Promise.withResolvers<CollectorStatus>();
  let status: CollectorStatus | undefined;
  let toldAtMs = 0;
  let failure: Error | undefined;
  let closing: Promise<void> | undefined;
  const fatalListeners: ((error: Error) => void)[] = [];

  const fail = (error: Error) => {
    if (failure !== undefined || closing !== undefined) return;
    failure = error;
    opened.reject(error);
    for (const listener of fatalListeners) listener(error);
  };
  worker.on('message', (message: FromCollector) => {
    if (message.kind === 'log') log[message.level](message.fields, message.text);
    else if (message.kind === 'refused') fail(refusal(message.code, message.message));
    else {
      status = message.status;
      toldAtMs = performance.now();
      if (message.kind === 'open') opened.resolve(message.status);
    }
  });
  worker.on('error', (error) => fail(new Error('the collector failed', { cause: error })));
  worker.on('exit', (code) => fail(new Error(`the collector's thread ended by itself (${code})`)));
  await opened.promise;

  const thread: CollectorThread = {
    status: () => whileSilent(status as CollectorStatus, performance.now() - toldAtMs),
    onFatal(listener) {
      if (failure === undefined) fatalListeners.push(listener);
      else listener(failure);
    },
    close() {
      closing ??= close();
      return closing;
    },
    [Symbol.asyncDispose]: () => thread.close(),
  };
  async function close(): Promise<void> {
    if (failure !== undefined) return;
    await endThread(worker, {
      timeoutMs: CLOSE_TIMEOUT_MS,
      onLate: () => log.warn({}, 'the collector does not end; its last second is lost'),
      onError: (error) =>
        log.warn(
          { error: String(error) },
          'the collector failed while it closed; its last second may be lost',
        ),
    });
  }
  return thread;
}

function whileSilent(status: CollectorStatus, silentMs: number): CollectorStatus {
  const lagSeconds = Math.max(status.events.lagSeconds, silentMs / 1000);
  return silentMs < STATUS_LATE_MS ? status : { ...status, events: { ...status.events, lagSeconds } };
}

function refusal(code: StoreErrorCode | null, message: string): Error {
  return code === null ? new Error(message) : new StoreError(code, message);
}
