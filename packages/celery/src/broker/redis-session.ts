// One authenticated connection to Redis, from nothing to its end. It never heals itself: that is redis-connection.ts.
// ioredis is used as protocol and socket only; its own reconnection and offline queue are off, because they would send commands
// twice and keep them without bound.
import { Redis, type RedisOptions } from 'ioredis';
import { maskUrls } from './mask-url.ts';
import type { Log } from './log.ts';
import type { RedisAddress } from './broker-url.ts';
import { readTlsOptions } from './tls-options.ts';

export interface RedisSession {
  readonly redis: Redis;
  readonly address: RedisAddress;
  /** Resolves with the reason when the connection is over. */
  readonly ended: Promise<Error>;
  /** Ends the connection at once, also when its peer is frozen. Commands under way are rejected. */
  end(reason: Error): void;
}

/** A silent connection is asked after one interval and given up after a second one: within 10 s. */
const WATCH_INTERVAL_MS = 5_000;

/** Dead peers are also asked by the kernel, for connections that are paused. */
const TCP_KEEPALIVE_MS = 15_000;

/**
 * Connects, authenticates, selects the database and waits for the answer to a PING.
 * @param signal ends the attempt
 * @throws Error what the server or the network said; see `describeRedisError`
 */
export async function openRedisSession(
  address: RedisAddress,
  { clientName, signal, log }: { clientName: string; signal: AbortSignal; log?: Log | undefined },
): Promise<RedisSession> {
  const tls = address.tls ? await readTlsOptions(address.tls) : null;
  signal.throwIfAborted();
  const redis = new Redis(sessionOptions(address, tls));
  let socketError: Error | null = null;
  redis.on('error', (error: Error) => {
    socketError ??= error;
  });
  const abort = (): void => destroy(redis);
  signal.addEventListener('abort', abort, { once: true });
  try {
    await redis.connect();
    await authenticate(redis, address, log);
    if (address.db !== 0) await redis.select(address.db);
    await redis.client('SETNAME', clientName).catch(ignoreRefusal);
    await redis.ping().catch(ignoreNoPermission);
    return createSession(redis, address);
  } catch (error) {
    destroy(redis);
    signal.throwIfAborted();
    // ioredis reports a failed connect as "Connection is closed." and tells the reason only in its event.
    throw isReplyError(error) ? error : (socketError ?? error);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Waits for the end of the session, and ends it itself when nothing is heard from the other side.
 * @param lifeSign how a dead connection is told from a quiet one. `ping`: by asking. `traffic`: something arrives at least every
 *   few seconds anyway, and a PING would wait behind a blocking command
 */
export async function watchRedisSession(
  session: RedisSession,
  lifeSign: 'ping' | 'traffic',
  isPaused: () => boolean,
): Promise<Error> {
  const { redis } = session;
  let heard = 0;
  let asked = false;
  const look = (): void => {
    // A paused connection is not read, so its silence says nothing.
    if (isPaused()) {
      asked = false;
      return;
    }
    if (asked && redis.stream.bytesRead === heard) {
      session.end(new Error('the connection is dead: nothing was heard from it'));
      return;
    }
    heard = redis.stream.bytesRead;
    asked = true;
    // Any answer is a sign of life, also a refusal; a broken connection ends the session by itself.
    if (lifeSign === 'ping') redis.ping().catch(() => undefined);
  };
  // After the poll phase: what waited in the kernel while this process was busy has been read by then.
  const timer = setInterval(() => setImmediate(look), WATCH_INTERVAL_MS);
  try {
    return await session.ended;
  } finally {
    clearInterval(timer);
  }
}

function createSession(redis: Redis, address: RedisAddress): RedisSession {
  const { promise: ended, resolve } = Promise.withResolvers<Error>();
  let lastError: Error | null = null;
  redis.on('error', (error: Error) => {
    lastError = error;
  });
  redis.once('end', () => resolve(lastError ?? new Error('the server closed the connection')));
  // It may have ended before anybody listened.
  if (redis.status === 'end') resolve(new Error('the server closed the connection'));
  const end = (reason: Error): void => {
    resolve(reason);
    destroy(redis);
  };
  return { redis, address, ended, end };
}

function destroy(redis: Redis): void {
  redis.disconnect();
  // Undefined until ioredis has made its socket.
  const stream: Redis['stream'] | undefined = redis.stream;
  stream?.destroy();
}

/** An answer of the server that says no, as opposed to a broken connection. */
export function isReplyError(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

/** What Redis had against a transaction: EXECABORT itself says only that there was something. */
export function refusalBehind(error: unknown): unknown {
  if (!(error instanceof Error) || !('previousErrors' in error)) return error;
  const [first]: unknown[] = Array.isArray(error.previousErrors) ? error.previousErrors : [];
  return first ?? error;
}

/** A sentence for people, without passwords. The error itself must not be shown: ioredis puts a command's arguments into it. */
export function describeRedisError(error: unknown): string {
  if (!(error instanceof Error)) return maskUrls(String(error));
  if (error instanceof AggregateError && error.message === '') {
    return [...new Set(error.errors.map(describeRedisError))].join('; ');
  }
  if (error.message === 'Connection is closed.') return 'the server closed the connection';
  return maskUrls(error.message || error.name);
}

function sessionOptions(address: RedisAddress, tls: RedisOptions['tls'] | null): RedisOptions {
  return {
    ...(address.socketPath === null
      ? { host: address.host, port: address.port }
      : { path: address.socketPath }),
    ...(tls ? { tls } : {}),
    lazyConnect: true,
    // RESP2 is understood by every server and proxy; kombu speaks it too.
    protocol: 2,
    retryStrategy: () => null,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResubscribe: false,
    autoResendUnfulfilledCommands: false,
    disableClientInfo: true,
    keepAlive: TCP_KEEPALIVE_MS,
  };
}

/** Done here and not by ioredis, which would print its own warnings to the console. */
async function authenticate(redis: Redis, address: RedisAddress, log?: Log): Promise<void> {
  const { username, password } = address;
  if (username === null && password === null) return;
  try {
    if (username === null) await redis.auth(password ?? '');
    else await redis.auth(username, password ?? '');
  } catch (error) {
    if (!isReplyError(error)) throw error;
    if (/without any password configured|no password is set/.test(error.message)) {
      log?.warn({ broker: address.displayUrl }, 'This Redis asks for no password, although the URL has one');
    } else if (
      username !== null &&
      password !== null &&
      error.message.includes('wrong number of arguments')
    ) {
      await redis.auth(password); // Redis 5 and older know passwords only
    } else {
      throw error;
    }
  }
}

function ignoreRefusal(error: unknown): void {
  if (!isReplyError(error)) throw error;
}

/** A user who may not PING is known to the server all the same. NOAUTH, LOADING … are failures. */
function ignoreNoPermission(error: unknown): void {
  if (!isReplyError(error) || !error.message.startsWith('NOPERM')) throw error;
}
