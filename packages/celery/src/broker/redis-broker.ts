// The Redis broker: one connection for commands, one for each subscription, one view of their state. The work itself is in
// redis-events.ts, redis-replies.ts, redis-publish.ts, redis-queues.ts.
import type { Redis } from 'ioredis';
import { CeleryError } from '../errors.ts';
import type { Broker, EventSubscription, ReplyQueue, Subscription } from './broker.ts';
import type { BrokerOptions } from './broker-options.ts';
import { parseBrokerUrl, type RedisAddress } from './broker-url.ts';
import { createConnectionTracker, worstConnection } from './connection-tracker.ts';
import { openRedisConnection, type RedisConnection } from './redis-connection.ts';
import { openRedisEvents } from './redis-events.ts';
import { createRedisFailover } from './redis-failover.ts';
import { createRedisKeys } from './redis-keys.ts';
import { publishFanout, publishTask } from './redis-publish.ts';
import { requireConsumable } from './redis-consumable.ts';
import { readBoundQueues, readQueueLengths } from './redis-queues.ts';
import { expireLeftReplyLists, openRedisReplies } from './redis-replies.ts';

const DEFAULT_COMMAND_TIMEOUT_MS = 5_000;

/** How often reply lists of killed processes are looked for. */
const SWEEP_INTERVAL_MS = 3_600_000;

/**
 * Opens a broker at `redis://`, `rediss://` or `redis+socket://`. Returns at once and connects in the background.
 * The options `globalKeyprefix`, `prioritySteps`, `sep`, `fanoutPrefix`, `fanoutPatterns` must be those of the workers.
 * @throws CeleryError `bad_url`, `unsupported_transport`, `bad_argument`
 */
export async function openRedisBroker(options: BrokerOptions): Promise<Broker> {
  const addresses = redisAddresses(options.url);
  const { log, eventExchange = 'celeryev', controlExchange = 'celery' } = options;
  const keys = createRedisKeys(sharedDb(addresses), options);
  const timeoutMs = options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
  for (const address of addresses) warnOfUnverifiedTls(address, options);

  const failover = createRedisFailover(addresses);
  const commands = openRedisConnection({ failover, purpose: 'commands', log });
  const run = <T>(command: (redis: Redis) => Promise<T>): Promise<T> => commands.run(command, timeoutMs);

  const tracker = createConnectionTracker();
  const subscriptions = new Map<Subscription, RedisConnection>();
  const updateState = (): void => {
    tracker.enter(worstConnection([commands, ...subscriptions.values()].map((c) => c.connection)));
  };
  commands.onConnection(updateState);
  let closed: Promise<void> | null = null;

  /** Makes a subscription part of this broker: of its state, and of what it closes. */
  function adopt<T extends Subscription & { connection: RedisConnection }>(subscription: T): T {
    const { connection } = subscription;
    const close = subscription.close.bind(subscription);
    subscriptions.set(subscription, connection);
    const stopListening = connection.onConnection(updateState);
    updateState();
    const closeAndForget = async (): Promise<void> => {
      stopListening();
      await close();
      subscriptions.delete(subscription);
      updateState();
    };
    return Object.assign(subscription, { close: closeAndForget, [Symbol.asyncDispose]: closeAndForget });
  }

  function throwIfClosed(): void {
    if (closed) throw new CeleryError('closed', 'The broker was closed.');
  }

  let sweeping: NodeJS.Timeout | null = null;
  const sweepLeftReplies = (): void => {
    expireLeftReplyLists(run, keys).catch((error: unknown) => {
      if (!(error instanceof CeleryError)) throw error;
      if (!closed) log?.warn({ error: error.message }, 'Left reply queues could not be looked for');
    });
  };

  const broker: Broker = {
    transport: 'redis',
    get displayUrl() {
      return failover.current.displayUrl;
    },
    get connection() {
      return tracker.current;
    },
    onConnection: (listener) => tracker.listen(listener),
    async consumeEvents(handler, onUndecodable): Promise<EventSubscription> {
      throwIfClosed();
      return adopt(openRedisEvents({ failover, keys, exchange: eventExchange, handler, onUndecodable, log }));
    },
    async openReplyQueue(handler): Promise<ReplyQueue> {
      throwIfClosed();
      if (sweeping === null) {
        sweepLeftReplies();
        sweeping = setInterval(sweepLeftReplies, SWEEP_INTERVAL_MS).unref();
      }
      return adopt(openRedisReplies({ failover, keys, handler, commands, commandTimeoutMs: timeoutMs, log }));
    },
    async broadcast(message) {
      throwIfClosed();
      await publishFanout(run, keys, { exchange: `${controlExchange}.pidbox`, routingKey: '' }, message);
    },
    async publish(target, message) {
      throwIfClosed();
      await publishTask(run, keys, target, message);
    },
    async requireConsumable(target) {
      throwIfClosed();
      await requireConsumable(run, keys, target);
    },
    async queueLengths(queues) {
      throwIfClosed();
      return readQueueLengths(run, keys, queues);
    },
    async listQueues() {
      throwIfClosed();
      return readBoundQueues(run, keys, eventExchange);
    },
    close() {
      closed ??= (async () => {
        if (sweeping) clearInterval(sweeping);
        await Promise.all([...subscriptions.keys()].map((subscription) => subscription.close()));
        await commands.close();
      })();
      return closed;
    },
    [Symbol.asyncDispose]: () => broker.close(),
  };
  return broker;
}

function redisAddresses(url: string): readonly RedisAddress[] {
  const parsed = parseBrokerUrl(url);
  if (parsed.transport === 'redis') return parsed.addresses;
  throw new CeleryError('unsupported_transport', `"${parsed.displayUrl}" is not the URL of a Redis.`);
}

/** The database is part of the channels' names, so it must be one for all. */
function sharedDb(addresses: readonly RedisAddress[]): number {
  const [db, ...others] = new Set(addresses.map((address) => address.db));
  if (db === undefined || others.length > 0) {
    throw new CeleryError(
      'bad_url',
      'All Redis servers of a failover list must use the same database number.',
    );
  }
  return db;
}

function warnOfUnverifiedTls(address: RedisAddress, { log }: BrokerOptions): void {
  if (!address.tls?.unverifiedByDefault) return;
  log?.warn(
    { broker: address.displayUrl },
    'The certificate of this Redis is not verified: add ssl_cert_reqs=required (and ssl_ca_certs=/path/to/ca.pem) to the URL',
  );
}
