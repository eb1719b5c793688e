// Tells when something is published on Redis channels: one connection for all who watch. After a lost connection it subscribes
// again and tells everybody, because news may have been missed: whoever watches reads the key itself then.
import type { Redis } from 'ioredis';
import { openRedisConnection, type RedisConnectionOptions } from '../broker/redis-connection.ts';

/** News of one channel. */
export interface Watch {
  /** Resolves when there was news since the last call, when `signal` aborts, or after `withinMs` without either. */
  news(signal: AbortSignal, withinMs?: number): Promise<void>;
  close(): void;
}

export interface RedisWatches {
  /**
   * Watches a channel; resolves when Redis has confirmed it, so that a later read misses nothing.
   * @throws CeleryError `backend_unavailable`, `closed`
   */
  watch(channel: string, timeoutMs: number): Promise<Watch>;
  close(): Promise<void>;
}

/** Opens the connection, in the background. */
export function openRedisWatches(
  options: Omit<RedisConnectionOptions, 'prepare' | 'lifeSign'>,
): RedisWatches {
  /** By channel: how to tell each watch of news. */
  const watches = new Map<string, Set<() => void>>();
  const tell = (channel: string) => {
    for (const notify of watches.get(channel) ?? []) notify();
  };

  const prepare = async (redis: Redis): Promise<void> => {
    // As bytes: a published document may be large, and only its channel is of interest.
    redis.on('messageBuffer', (channel: Buffer) => tell(channel.toString('utf8')));
    if (watches.size > 0) await redis.subscribe(...watches.keys());
  };
  const connection = openRedisConnection({ ...options, prepare });
  connection.onConnection(({ state }) => {
    if (state === 'connected') for (const channel of watches.keys()) tell(channel);
  });

  const forget = (channel: string, notify: () => void): void => {
    const others = watches.get(channel);
    if (!others?.delete(notify) || others.size > 0) return;
    watches.delete(channel);
    if (connection.connection.state !== 'connected') return;
    connection
      .run(async (redis) => {
        // Somebody may watch it again by now.
        if (!watches.has(channel)) await redis.unsubscribe(channel);
      }, UNSUBSCRIBE_TIMEOUT_MS)
      // A lost connection has no subscriptions, and the next one makes only those that are in `watches`.
      .catch(() => undefined);
  };

  return {
    async watch(channel, timeoutMs) {
      let fresh = false;
      let wake: () => void = () => undefined;
      const notify = () => {
        fresh = true;
        wake();
      };
      const close = () => forget(channel, notify);
      const known = watches.get(channel) ?? new Set();
      watches.set(channel, known.add(notify));
      try {
        await connection.run((redis) => redis.subscribe(channel), timeoutMs);
      } catch (error) {
        close();
        throw error;
      }
      return {
        close,
        async news(signal, withinMs) {
          if (!fresh && !signal.aborted) {
            const woken = Promise.withResolvers<void>();
            wake = woken.resolve;
            signal.addEventListener('abort', wake, { once: true });
            const timer = withinMs === undefined ? undefined : setTimeout(wake, withinMs);
            await woken.promise;
            clearTimeout(timer);
            signal.removeEventListener('abort', wake);
          }
          fresh = false;
        },
      };
    },
    async close() {
      await connection.close();
      // Whoever watches reads now, and learns that the backend is closed.
      for (const channel of watches.keys()) tell(channel);
    },
  };
}

const UNSUBSCRIBE_TIMEOUT_MS = 5_000;
