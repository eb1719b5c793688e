// Events from Redis: pub/sub on a connection of its own. What nobody listens to is gone; so every gap is logged.
import type { Redis } from 'ioredis';
import { CeleryError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import { parseEnvelope } from '../message/redis-envelope.ts';
import type { EventSubscription } from './broker.ts';
import type { Log } from './log.ts';
import { openRedisConnection, type RedisConnection } from './redis-connection.ts';
import type { RedisFailover } from './redis-failover.ts';
import type { RedisKeys } from './redis-keys.ts';

export interface RedisEventsOptions {
  readonly failover: RedisFailover;
  readonly keys: RedisKeys;
  readonly exchange: string;
  readonly handler: (message: Message) => void;
  readonly onUndecodable?: ((reason: string, detail: string) => void) | undefined;
  readonly log?: Log | undefined;
}

/** How much of an undecodable message is handed on, characters. */
const DETAIL_LENGTH = 200;

/** A subscription to all events, and the connection that carries it. */
export function openRedisEvents(
  options: RedisEventsOptions,
): EventSubscription & { connection: RedisConnection } {
  const { keys, log } = options;
  let lostAtMs: number | null = null;
  const connection = openRedisConnection({
    failover: options.failover,
    purpose: 'events',
    log,
    prepare: async (redis: Redis) => {
      redis.on('pmessageBuffer', (_pattern: string, _channel: Buffer, payload: Buffer) => {
        deliver(payload.toString('utf8'), options);
      });
      await redis.psubscribe(keys.channelGlob(options.exchange));
      if (lostAtMs !== null) {
        const gapMs = Math.round(performance.now() - lostAtMs);
        log?.warn(
          { gapMs },
          'Events sent during the last gap are lost: Redis keeps none for an absent reader',
        );
      }
      lostAtMs = null;
    },
  });
  const stopListening = connection.onConnection(({ state }) => {
    if (state === 'disconnected') lostAtMs ??= performance.now();
  });
  const close = async (): Promise<void> => {
    stopListening();
    await connection.close();
  };
  return {
    connection,
    // While paused, Redis keeps the flood in its output buffer (client-output-buffer-limit pubsub) and cuts the connection when
    // that is full. That is found out on resume; then the connection is made anew.
    pause: () => connection.pause(),
    resume: () => connection.resume(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function deliver(text: string, { handler, onUndecodable }: RedisEventsOptions): void {
  let message: Message;
  try {
    message = parseEnvelope(text);
  } catch (error) {
    if (!(error instanceof CeleryError)) throw error;
    onUndecodable?.(reasonOf(error), text.slice(0, DETAIL_LENGTH));
    return;
  }
  handler(message);
}

function reasonOf({ code, params }: CeleryError): string {
  return typeof params['reason'] === 'string' ? params['reason'] : code;
}
