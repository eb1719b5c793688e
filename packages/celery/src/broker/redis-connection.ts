// A connection to Redis that comes back: reconnects with backoff, tries a failover list in turn, notices a dead peer, and
// gives every command a deadline. Used by the Redis broker (one for commands, one for each subscription) and by Redis results.
// What a single attempt does is redis-session.ts.
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { CeleryError } from '../errors.ts';
import type { ConnectionState } from './broker.ts';
import type { Log } from './log.ts';
import type { RedisAddress } from './broker-url.ts';
import { createConnectionTracker } from './connection-tracker.ts';
import { withDeadline } from './deadline.ts';
import { reconnectDelayMs, STABLE_AFTER_MS } from './reconnect.ts';
import type { RedisFailover } from './redis-failover.ts';
import {
  describeRedisError,
  isReplyError,
  openRedisSession,
  type RedisSession,
  watchRedisSession,
} from './redis-session.ts';

export interface RedisConnectionOptions {
  /** Shared by all connections of one broker, so that they are never on different servers. */
  readonly failover: RedisFailover;
  /** What it is for, e.g. `events`: seen in CLIENT LIST and in the log. */
  readonly purpose: string;
  /** Code of the errors that `run` throws. Default: `broker_unavailable`. */
  readonly unavailableCode?: 'broker_unavailable' | 'backend_unavailable' | undefined;
  /**
   * Makes a new connection ready, e.g. subscribes. A rejection counts as a failed connection; `end` ends it later, for a reason.
   */
  readonly prepare?: ((redis: Redis, end: (reason: Error) => void) => Promise<void>) | undefined;
  /** How a dead connection is told from a quiet one; see `watchRedisSession`. Default: `ping`. */
  readonly lifeSign?: 'ping' | 'traffic' | undefined;
  readonly log?: Log | undefined;
}

export interface RedisConnection extends AsyncDisposable {
  readonly connection: ConnectionState;
  onConnection(listener: (connection: ConnectionState) => void): () => void;
  /**
   * Waits for the connection, and for the command, at most `timeoutMs` in all. Nothing is ever sent a second time.
   * @throws CeleryError with `unavailableCode`; `params.outcome` is `not_done` (also when Redis refused) or `unknown`, when
   *   the command was sent and no answer came. `closed` after `close()`
   */
  run<T>(command: (redis: Redis) => Promise<T>, timeoutMs: number): Promise<T>;
  /** Stops reading from the socket, also from the next one. */
  pause(): void;
  resume(): void;
  /** Ends it at once. Safe to call twice. */
  close(): Promise<void>;
}

const CONNECT_TIMEOUT_MS = 5_000;

/** Commands that wait for a connection; more fail at once. */
const MAX_WAITING = 1_000;

/** Answers after which another server should be tried: this one is a replica, or not (yet) able to serve. */
const WRONG_SERVER = /^(READONLY|MASTERDOWN|LOADING)\b/;

/** Returns at once and connects in the background. */
export function openRedisConnection(options: RedisConnectionOptions): RedisConnection {
  const { failover, purpose, log } = options;
  const code = options.unavailableCode ?? 'broker_unavailable';
  const tracker = createConnectionTracker();
  const closing = new AbortController();
  let session: RedisSession | null = null;
  let paused = false;
  let waiting = 0;

  const stopFollowing = failover.onSwitch((address) => {
    if (session && session.address !== address) {
      session.end(new Error('another server of the list is used now'));
    }
  });
  const life = keepConnected();

  async function keepConnected(): Promise<void> {
    let failures = 0;
    while (!closing.signal.aborted) {
      const address = failover.current;
      const startedMs = performance.now();
      const error = await connectOnce(address).catch((reason: unknown) => reason);
      session = null;
      if (closing.signal.aborted) return;
      if (isReplyError(error) && WRONG_SERVER.test(error.message)) failover.failed(address);
      failures = performance.now() - startedMs > STABLE_AFTER_MS ? 1 : failures + 1;
      disconnected(address, describeRedisError(error));
      await delay(reconnectDelayMs(failures), undefined, { signal: closing.signal }).catch(() => undefined);
    }
  }

  /** Connects and stays until the connection ends; gives the reason. */
  async function connectOnce(address: RedisAddress): Promise<unknown> {
    const attempt = new AbortController();
    const signal = AbortSignal.any([closing.signal, attempt.signal]);
    const timeout = (): Error => {
      const error = new Error(`no answer within ${CONNECT_TIMEOUT_MS} ms`);
      attempt.abort(error);
      return error;
    };
    const opening = openRedisSession(address, { clientName: `umbel-${purpose}`, signal, log });
    const current = await withDeadline(opening, CONNECT_TIMEOUT_MS, timeout).catch((error: unknown) => {
      failover.failed(address);
      throw error;
    });
    session = current;
    try {
      closing.signal.throwIfAborted();
      const preparing = options.prepare?.(current.redis, (reason) => current.end(reason));
      if (preparing) await withDeadline(preparing, CONNECT_TIMEOUT_MS, timeout);
      connected(address);
      if (paused) current.redis.stream.pause();
      return await watchRedisSession(current, options.lifeSign ?? 'ping', () => paused);
    } finally {
      current.end(new Error('closed'));
    }
  }

  function connected(address: RedisAddress): void {
    log?.info({ broker: address.displayUrl, connection: purpose }, 'Connected to Redis');
    tracker.enter({ state: 'connected' });
  }

  function disconnected(address: RedisAddress, error: string): void {
    if (tracker.current.state !== 'disconnected' || tracker.current.error !== error) {
      log?.warn({ broker: address.displayUrl, connection: purpose, error }, 'No connection to Redis');
    }
    tracker.enter({ state: 'disconnected', error });
  }

  async function whenConnected(deadlineMs: number): Promise<RedisSession> {
    const ready = (): RedisSession | null => (tracker.current.state === 'connected' ? session : null);
    const now = ready();
    if (now) return now;
    if (waiting >= MAX_WAITING) {
      throw unavailable(`too many commands are waiting (${MAX_WAITING})`, 'not_done');
    }
    const { promise, resolve, reject } = Promise.withResolvers<RedisSession>();
    const stopListening = tracker.listen(() => {
      const found = ready();
      if (found) resolve(found);
    });
    const onClose = (): void => reject(closedError());
    closing.signal.addEventListener('abort', onClose, { once: true });
    waiting += 1;
    try {
      return await withDeadline(promise, deadlineMs - performance.now(), () =>
        unavailable(describeState(tracker.current), 'not_done'),
      );
    } finally {
      waiting -= 1;
      stopListening();
      closing.signal.removeEventListener('abort', onClose);
    }
  }

  function unavailable(reason: string, outcome: 'not_done' | 'unknown'): CeleryError {
    return new CeleryError(code, `Redis cannot be used: ${reason.replace(/\.$/, '')}.`, {
      params: { url: failover.current.displayUrl, reason, outcome },
    });
  }

  return {
    get connection() {
      return tracker.current;
    },
    onConnection: (listener) => tracker.listen(listener),
    async run(command, timeoutMs) {
      if (closing.signal.aborted) throw closedError();
      const deadlineMs = performance.now() + timeoutMs;
      const used = await whenConnected(deadlineMs);
      try {
        return await withDeadline(command(used.redis), deadlineMs - performance.now(), () =>
          unavailable(`no answer within ${timeoutMs} ms`, 'unknown'),
        );
      } catch (error) {
        if (error instanceof CeleryError) throw error;
        if (closing.signal.aborted) throw closedError();
        if (!isReplyError(error)) throw unavailable(describeRedisError(error), 'unknown');
        if (WRONG_SERVER.test(error.message)) used.end(error);
        throw unavailable(describeRedisError(error), 'not_done');
      }
    },
    pause() {
      paused = true;
      if (tracker.current.state === 'connected') session?.redis.stream.pause();
    },
    resume() {
      paused = false;
      session?.redis.stream.resume();
    },
    async close() {
      stopFollowing();
      closing.abort();
      session?.end(closedError());
      await life;
      tracker.enter({ state: 'disconnected', error: 'it was closed' });
    },
    async [Symbol.asyncDispose]() {
      await this.close();
    },
  };
}

function describeState(connection: ConnectionState): string {
  return connection.state === 'disconnected' ? connection.error : 'it is not connected yet';
}

function closedError(): CeleryError {
  return new CeleryError('closed', 'The connection to Redis was closed.');
}
