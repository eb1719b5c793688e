// Results of the backend `rpc://`: the worker sends each one to the queue named in the task's `reply_to`, once. Only tasks whose
// `reply_to` is ours can be known, and only while this process lives. Needs Celery's result_backend to be rpc:// in the workers.
// Source of the format: celery/backends/rpc.py. What is kept and for how long is in kept-results.ts.
import type { Broker, ConnectionState, ReplyQueue } from '../broker/broker.ts';
import { CeleryError } from '../errors.ts';
import { decodeBody } from '../message/body.ts';
import type { Message } from '../message/message.ts';
import { READY_STATES } from '../message/task-states.ts';
import { KeptResults, type Outcome } from './kept-results.ts';
import type { ResultBackend, TaskResult } from './result-backend.ts';
import { pendingResult, readMeta } from './result-document.ts';

export interface RpcResultsOptions {
  /** Largest result that is read, decompressed, bytes. Default: 64 MiB. */
  readonly maxDocumentBytes?: number | undefined;
  /** Most tasks whose results are kept or awaited. Default: 10,000. */
  readonly maxCount?: number | undefined;
  /** Bound on the size of all results kept, bytes. Default: 64 MiB. */
  readonly maxKeptBytes?: number | undefined;
  /** How long a result is kept, milliseconds. Default: one hour. */
  readonly maxAgeMs?: number | undefined;
}

const MIB = 1024 * 1024;

/** Opens the reply queue on `broker`, which stays the caller's to close. Returns at once; results come when connected. */
export async function openRpcResults(
  broker: Broker,
  options: RpcResultsOptions = {},
): Promise<ResultBackend> {
  const results = new RpcResults(broker, options);
  await results.open();
  return results;
}

/** Told what came about a task. */
type Look = (outcome: Outcome | null) => void;

class RpcResults implements ResultBackend {
  readonly kind = 'rpc';
  readonly displayUrl = 'rpc://';
  readonly #broker: Broker;
  readonly #maxDocumentBytes: number;
  readonly #kept: KeptResults;
  /** Waits under way, by task. */
  readonly #waits = new Map<string, Set<Look>>();
  #queue: ReplyQueue | null = null;
  #closed = false;

  constructor(broker: Broker, options: RpcResultsOptions) {
    this.#broker = broker;
    this.#maxDocumentBytes = options.maxDocumentBytes ?? 64 * MIB;
    this.#kept = new KeptResults({
      maxCount: options.maxCount ?? 10_000,
      maxBytes: options.maxKeptBytes ?? 64 * MIB,
      maxAgeMs: options.maxAgeMs ?? 3_600_000,
    });
  }

  get connection(): ConnectionState {
    return this.#broker.connection;
  }

  async open(): Promise<void> {
    this.#queue = await this.#broker.openReplyQueue((message) => this.#receive(message));
  }

  get replyTo(): string | null {
    return this.#queue?.routingKey ?? null;
  }

  get(taskId: string): Promise<TaskResult> {
    return Promise.try(() => this.#read(taskId, this.#kept.get(taskId, Date.now())));
  }

  async wait(taskId: string, signal: AbortSignal): Promise<TaskResult> {
    this.expect(taskId);
    let last = this.#kept.get(taskId, Date.now());
    const ended = Promise.withResolvers<void>();
    const look = (outcome: Outcome | null) => {
      last = outcome;
      if (this.#closed || isEnd(outcome)) ended.resolve();
    };
    const onAbort = () => ended.resolve();
    this.#addWait(taskId, look);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      look(last);
      if (!signal.aborted) await ended.promise;
      return this.#read(taskId, last);
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#removeWait(taskId, look);
    }
  }

  expect(taskId: string): void {
    this.#kept.expect(taskId, Date.now());
  }

  abort(taskId: string): Promise<boolean> {
    return Promise.reject(
      new CeleryError(
        'bad_argument',
        'The result backend rpc:// cannot abort tasks: it stores nothing that a task could look at.',
        { params: { field: 'taskId', taskId } },
      ),
    );
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#kept.clear();
    for (const looks of this.#waits.values()) for (const look of looks) look(null);
    await this.#queue?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #receive(message: Message): void {
    const taskId = message.properties.correlationId;
    const nowMs = Date.now();
    if (taskId === undefined || this.#closed) return;
    if (!this.#kept.isExpected(taskId, nowMs) && !this.#waits.has(taskId)) return;
    const last = this.#kept.get(taskId, nowMs);
    const outcome = this.#decode(taskId, message);
    // A worker that lost its connection may repeat an earlier state after the end.
    if (isEnd(last) && !isEnd(outcome)) return;
    this.#kept.put(taskId, outcome, message.body.byteLength, nowMs);
    // Given to the waits directly: the bounds may have pushed it out again.
    for (const look of this.#waits.get(taskId) ?? []) look(outcome);
  }

  #decode(taskId: string, message: Message): Outcome {
    try {
      return readMeta(taskId, decodeBody(message, this.#maxDocumentBytes));
    } catch (error) {
      if (error instanceof CeleryError) return error;
      return new CeleryError('undecodable', `The result of task ${taskId} cannot be read.`, {
        params: { taskId, reason: 'unknown' },
        cause: error,
      });
    }
  }

  #read(taskId: string, outcome: Outcome | null): TaskResult {
    if (this.#closed) throw new CeleryError('closed', 'The result backend was closed.');
    if (outcome instanceof CeleryError) throw outcome;
    return outcome ?? pendingResult(taskId);
  }

  #addWait(taskId: string, look: Look): void {
    const looks = this.#waits.get(taskId) ?? new Set();
    this.#waits.set(taskId, looks.add(look));
  }

  #removeWait(taskId: string, look: Look): void {
    const looks = this.#waits.get(taskId);
    looks?.delete(look);
    if (looks?.size === 0) this.#waits.delete(taskId);
  }
}

/** Nothing will change any more: the task ended, or nobody can tell. */
function isEnd(outcome: Outcome | null): boolean {
  return outcome instanceof CeleryError || (outcome !== null && READY_STATES.has(outcome.state));
}
