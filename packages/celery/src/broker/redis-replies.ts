// A private reply list on Redis, drained by BRPOP on a connection of its own. It is reached through the default exchange: a
// binding in `reply.celery.pidbox` would be swept by kombu 5.7 and would outlive a killed process with older kombu.
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { CeleryError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import { parseEnvelope } from '../message/redis-envelope.ts';
import type { ReplyQueue } from './broker.ts';
import type { Log } from './log.ts';
import { openRedisConnection, type RedisConnection } from './redis-connection.ts';
import type { RedisFailover } from './redis-failover.ts';
import type { RedisKeys } from './redis-keys.ts';
import { type RunRedis, scanKeys } from './redis-queues.ts';
import { refusalBehind } from './redis-session.ts';

export interface RedisRepliesOptions {
  readonly failover: RedisFailover;
  readonly keys: RedisKeys;
  readonly handler: (message: Message) => void;
  /** The broker's connection for commands. */
  readonly commands: RedisConnection;
  readonly commandTimeoutMs: number;
  readonly log?: Log | undefined;
}

/** One BRPOP. Its answer, also the empty one, is the connection's sign of life. */
const POP_SECONDS = 2;

/** Where one reply came, more may wait: so many are taken in one round trip. */
const BURST = 32;

const NAME_PREFIX = 'umbel-';
const NAME_SUFFIX = '.reply.celery.pidbox';

/** How long replies to a process that was killed may stay. A living one takes them within seconds. */
const LEFT_LIST_TTL_MS = 3_600_000;

/** Opens a reply list and drains it until it is closed. */
export function openRedisReplies(options: RedisRepliesOptions): ReplyQueue & { connection: RedisConnection } {
  const { keys, commands, log } = options;
  const routingKey = NAME_PREFIX + randomUUID() + NAME_SUFFIX;
  const lists = keys.queueSteps(routingKey);
  const connection = openRedisConnection({
    failover: options.failover,
    purpose: 'replies',
    lifeSign: 'traffic',
    log,
    prepare: async (redis, end) => {
      const reply = await popNow(redis, lists);
      if (reply !== null) deliver(reply, options);
      void drain(redis, end);
    },
  });

  // One blocking pop at a time: Redis may not notice at once that a connection died, and would still serve the pops sent ahead on it.
  async function drain(redis: Redis, end: (reason: Error) => void): Promise<void> {
    try {
      for (;;) {
        const popped = await redis.brpop(...lists, POP_SECONDS);
        if (!popped) continue;
        deliver(popped[1], options);
        for (const text of await popWaiting(redis, popped[0])) deliver(text, options);
      }
    } catch (error) {
      end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  let closed: Promise<void> | null = null;
  const close = (): Promise<void> => {
    closed ??= (async () => {
      await connection.close();
      // Without a connection the list is left to `expireLeftReplyLists`.
      if (commands.connection.state !== 'connected') return;
      await commands.run((redis) => redis.del(lists), options.commandTimeoutMs);
    })().catch((error: unknown) => {
      if (!(error instanceof CeleryError)) throw error;
      log?.warn({ queue: routingKey, error: error.message }, 'The reply queue could not be deleted');
    });
    return closed;
  };
  return { routingKey, connection, close, [Symbol.asyncDispose]: close };
}

/**
 * BRPOP does not block within MULTI: so a refusal (no permission, a replica) is known before the queue counts as connected.
 * @throws the refusal
 */
async function popNow(redis: Redis, lists: readonly string[]): Promise<string | null> {
  try {
    const results = await redis.multi([['brpop', ...lists, POP_SECONDS]]).exec();
    const [refusal, popped] = results?.[0] ?? [null, null];
    if (refusal) throw refusal;
    return Array.isArray(popped) ? String(popped[1]) : null;
  } catch (error) {
    throw refusalBehind(error);
  }
}

/** Only a shortcut: without the right to RPOP, replies come one by one. */
async function popWaiting(redis: Redis, list: string): Promise<string[]> {
  const results = await redis.pipeline(Array.from({ length: BURST }, () => ['rpop', list])).exec();
  return (results ?? []).flatMap(([, text]) => (typeof text === 'string' ? text : []));
}

function deliver(text: string, { handler, log }: RedisRepliesOptions): void {
  let message: Message;
  try {
    message = parseEnvelope(text);
  } catch (error) {
    if (!(error instanceof CeleryError)) throw error;
    log?.warn({ error: error.message }, 'Something that is no message came as a reply');
    return;
  }
  handler(message);
}

/**
 * Sees to it that the lists of processes that were killed do not stay for ever: a reply that came after their end has made the
 * list anew, without an expiry. Their names are known by their form only.
 */
export async function expireLeftReplyLists(run: RunRedis, keys: RedisKeys): Promise<void> {
  for (const key of await scanKeys(run, keys.queueGlob(NAME_PREFIX, NAME_SUFFIX))) {
    const ttlMs = await run((redis) => redis.pttl(key));
    if (ttlMs === -1) await run((redis) => redis.pexpire(key, LEFT_LIST_TTL_MS));
  }
}
