// Results in Redis: one string a task, published on a channel of the same name at every change. Waiting listens there first and
// reads then, so that no end is missed. Source of the format: celery/backends/redis.py. What a document says is
// result-document.ts; connections are broker/redis-connection.ts.
import { createHash } from 'node:crypto';
import type { ConnectionState } from '../broker/broker.ts';
import { parseBrokerUrl, type RedisAddress } from '../broker/broker-url.ts';
import type { Log } from '../broker/log.ts';
import { openRedisConnection, type RedisConnection } from '../broker/redis-connection.ts';
import { createRedisFailover } from '../broker/redis-failover.ts';
import { CeleryError } from '../errors.ts';
import { READY_STATES } from '../message/task-states.ts';
import { openRedisWatches, type RedisWatches, type Watch } from './redis-watches.ts';
import type { ResultBackend, TaskResult } from './result-backend.ts';
import { decodeResultDocument, formatAbortedDocument, pendingResult } from './result-document.ts';
import { resultKeyPrefix, taskResultKey } from './result-keys.ts';

export interface RedisResultsOptions {
  /** `global_keyprefix` of Celery's `result_backend_transport_options`. Default: none. */
  readonly globalKeyprefix?: string | undefined;
  /** Longest time of one read or write, connecting included, milliseconds. Default: 5,000. */
  readonly commandTimeoutMs?: number | undefined;
  /** Largest document that is read, stored or decompressed, bytes. Default: 64 MiB. */
  readonly maxDocumentBytes?: number | undefined;
  /** Celery's `result_expires`, seconds: how long a written ABORTED lives. 0 = for ever. Default: 86,400. */
  readonly resultExpiresS?: number | undefined;
  readonly log?: Log | undefined;
}

const DEFAULT_COMMAND_TIMEOUT_MS = 5_000;
const DEFAULT_MAX_DOCUMENT_BYTES = 64 * 1024 * 1024;
const DEFAULT_EXPIRES_S = 86_400;
/** After a failed read, a wait tries again so often even when no news comes. */
const RETRY_READ_MS = 1_000;

/**
 * Replaces a document, unless it has changed since it was read (ARGV[1]: its SHA-1, or '' for none), and tells those who wait.
 * A document with a time to live, or without one, gets a successor of the same kind; ARGV[3] is for a first document.
 */
const REPLACE_UNCHANGED = `
local stored = redis.call('GET', KEYS[1])
if (stored and stored ~= '' and redis.sha1hex(stored) or '') ~= ARGV[1] then return 0 end
local ttl = redis.call('PTTL', KEYS[1])
if ttl == -2 then ttl = tonumber(ARGV[3]) end
if ttl > 0 then redis.call('PSETEX', KEYS[1], ttl, ARGV[2]) else redis.call('SET', KEYS[1], ARGV[2]) end
redis.call('PUBLISH', KEYS[1], ARGV[2])
return 1`;

/**
 * Opens a backend at `redis://`, `rediss://` or `redis+socket://`. Returns at once and connects in the background; calls wait for
 * the connection up to `commandTimeoutMs`. Certificates of `rediss://` are verified unless the URL has `ssl_cert_reqs=none`:
 * Celery's own backend refuses a URL that leaves this open.
 * @throws CeleryError `bad_url`
 */
export function openRedisResults(url: string, options: RedisResultsOptions = {}): Promise<ResultBackend> {
  return Promise.try(() => new RedisResults(parseAddresses(url), options));
}

class RedisResults implements ResultBackend {
  readonly kind = 'redis';
  readonly replyTo = null;
  readonly displayUrl: string;
  readonly #prefix: string;
  readonly #commandTimeoutMs: number;
  readonly #maxDocumentBytes: number;
  readonly #expiresMs: number;
  readonly #commands: RedisConnection;
  readonly #watches: RedisWatches;

  constructor(at: Addresses, options: RedisResultsOptions) {
    this.displayUrl = at.displayUrl;
    this.#prefix = resultKeyPrefix(options.globalKeyprefix ?? '');
    this.#commandTimeoutMs = options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
    this.#maxDocumentBytes = options.maxDocumentBytes ?? DEFAULT_MAX_DOCUMENT_BYTES;
    this.#expiresMs = Math.round((options.resultExpiresS ?? DEFAULT_EXPIRES_S) * 1000);
    const failover = createRedisFailover(at.addresses);
    const shared = { failover, unavailableCode: 'backend_unavailable', log: options.log } as const;
    this.#commands = openRedisConnection({ ...shared, purpose: 'results' });
    this.#watches = openRedisWatches({ ...shared, purpose: 'result-waits' });
  }

  get connection(): ConnectionState {
    return this.#commands.connection;
  }

  async get(taskId: string): Promise<TaskResult> {
    return this.#decode(taskId, await this.#read(this.#keyOf(taskId)));
  }

  async wait(taskId: string, signal: AbortSignal): Promise<TaskResult> {
    const watch = await this.#watchUnlessAborted(this.#keyOf(taskId), signal);
    if (watch === null) return this.get(taskId);
    try {
      for (;;) {
        const result = await this.#getInWait(taskId, signal);
        if (result !== null && (READY_STATES.has(result.state) || signal.aborted)) return result;
        // Without a result the read failed: the connection may be back before any news.
        await watch.news(signal, result === null ? RETRY_READ_MS : undefined);
      }
    } finally {
      watch.close();
    }
  }

  /** Redis keeps every result for a while: nothing to prepare. */
  expect(_taskId: string): void {}

  async abort(taskId: string): Promise<boolean> {
    const key = this.#keyOf(taskId);
    const aborted = formatAbortedDocument(taskId);
    for (;;) {
      const stored = await this.#read(key);
      if (READY_STATES.has(this.#decode(taskId, stored).state)) return false;
      const hash = stored.length === 0 ? '' : createHash('sha1').update(stored).digest('hex');
      const replaced = await this.#commands.run(
        (redis) => redis.eval(REPLACE_UNCHANGED, 1, key, hash, aborted, this.#expiresMs),
        this.#commandTimeoutMs,
      );
      if (replaced === 1) return true;
      // The task has written meanwhile: look again whether it has ended. Each round means one state more of the task.
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#commands.close(), this.#watches.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #keyOf(taskId: string): string {
    if (taskId === '') {
      throw new CeleryError('bad_argument', 'A task id must not be empty.', { params: { field: 'taskId' } });
    }
    return taskResultKey(this.#prefix, taskId);
  }

  /** The stored bytes, one more than allowed at most; empty when nothing is stored. */
  #read(key: string): Promise<Buffer> {
    return this.#commands.run(
      (redis) => redis.getrangeBuffer(key, 0, this.#maxDocumentBytes),
      this.#commandTimeoutMs,
    );
  }

  #decode(taskId: string, document: Buffer): TaskResult {
    return document.length === 0
      ? pendingResult(taskId)
      : decodeResultDocument(taskId, document, this.#maxDocumentBytes);
  }

  async #watchUnlessAborted(channel: string, signal: AbortSignal): Promise<Watch | null> {
    if (signal.aborted) return null;
    const watching = this.#watches.watch(channel, this.#commandTimeoutMs);
    const aborted = Promise.withResolvers<null>();
    const onAbort = () => aborted.resolve(null);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const watch = await Promise.race([watching, aborted.promise]);
      // Nobody is left to use it when it is confirmed after all.
      if (watch === null)
        void watching.then(
          (late) => late.close(),
          () => undefined,
        );
      return watch;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Null when the backend is away for now and the wait goes on. */
  async #getInWait(taskId: string, signal: AbortSignal): Promise<TaskResult | null> {
    try {
      return await this.get(taskId);
    } catch (error) {
      if (!signal.aborted && error instanceof CeleryError && error.code === 'backend_unavailable')
        return null;
      throw error;
    }
  }
}

interface Addresses {
  readonly displayUrl: string;
  readonly addresses: readonly RedisAddress[];
}

function parseAddresses(url: string): Addresses {
  try {
    const parsed = parseBrokerUrl(url);
    if (parsed.transport !== 'redis')
      throw new CeleryError('bad_url', '', { params: { reason: 'names no Redis' } });
    return { displayUrl: parsed.displayUrl, addresses: parsed.addresses.map(verifiedUnlessAsked) };
  } catch (error) {
    if (!(error instanceof CeleryError) || error.code !== 'bad_url') throw error;
    const { url: shown, reason } = error.params;
    throw new CeleryError('bad_url', `The result backend URL "${String(shown)}" ${String(reason)}.`, {
      params: error.params,
    });
  }
}

function verifiedUnlessAsked(address: RedisAddress): RedisAddress {
  if (address.tls?.unverifiedByDefault !== true) return address;
  return {
    ...address,
    tls: { ...address.tls, verify: true, unverifiedByDefault: false, checkHostname: true },
  };
}
