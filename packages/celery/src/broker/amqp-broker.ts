// RabbitMQ as a Broker: puts together the connection (amqp-link.ts), its channels (amqp-channel-pool.ts for commands,
// amqp-kept-channel.ts for subscriptions) and what is done on them. Topology: Celery's own, see amqp-declare.ts.
import { CeleryError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import { AmqpChannelPool } from './amqp-channel-pool.ts';
import { requireConsumable } from './amqp-consumable.ts';
import { describeOperationError, replyCode } from './amqp-errors.ts';
import { AmqpEvents } from './amqp-events.ts';
import { AmqpLink, closedError } from './amqp-link.ts';
import { AmqpReplyQueue } from './amqp-reply-queue.ts';
import { AmqpSender } from './amqp-sender.ts';
import { readQueueLengths } from './amqp-queue-lengths.ts';
import type {
  Broker,
  ConnectionState,
  ConsumerTarget,
  EventSubscription,
  PublishTarget,
  ReplyQueue,
} from './broker.ts';
import type { BrokerOptions } from './broker-options.ts';
import { type AmqpAddress, parseBrokerUrl } from './broker-url.ts';
import { createConnectionTracker, worstConnection } from './connection-tracker.ts';
import { withDeadline } from './deadline.ts';

const DEFAULT_COMMAND_TIMEOUT_MS = 5_000;
const DEFAULT_EVENT_QUEUE_TTL_MS = 60_000;
/** RabbitMQ counts it, and a little more for the queue itself, in 32 bits. */
const MAX_EVENT_QUEUE_TTL_MS = 4_000_000_000;

/**
 * Opens a broker for an `amqp://` or `amqps://` URL. Returns at once and connects in the background.
 * @throws CeleryError `bad_url`, `unsupported_transport`, `bad_argument`
 */
export async function openAmqpBroker(options: BrokerOptions): Promise<Broker> {
  const parsed = parseBrokerUrl(options.url);
  if (parsed.transport !== 'amqp') {
    throw new CeleryError('unsupported_transport', `${parsed.displayUrl} is no URL of RabbitMQ.`, {
      params: { url: parsed.displayUrl },
    });
  }
  const ttlMs = options.eventQueueTtlMs ?? DEFAULT_EVENT_QUEUE_TTL_MS;
  if (!Number.isInteger(ttlMs) || ttlMs < 1 || ttlMs > MAX_EVENT_QUEUE_TTL_MS) {
    const reason = `eventQueueTtlMs must be a whole number from 1 to ${MAX_EVENT_QUEUE_TTL_MS}`;
    throw new CeleryError('bad_argument', reason, { params: { field: 'eventQueueTtlMs' } });
  }
  return new AmqpBroker(parsed.addresses, options);
}

class AmqpBroker implements Broker {
  readonly transport = 'amqp';
  readonly #options: BrokerOptions;
  readonly #commandTimeoutMs: number;
  readonly #link: AmqpLink;
  readonly #pool: AmqpChannelPool;
  readonly #sender: AmqpSender;
  readonly #events = new Set<AmqpEvents>();
  readonly #replyQueues = new Set<AmqpReplyQueue>();
  readonly #tracker = createConnectionTracker();

  constructor(addresses: readonly AmqpAddress[], options: BrokerOptions) {
    this.#options = options;
    this.#commandTimeoutMs = options.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
    this.#link = new AmqpLink(addresses, options.log);
    this.#link.onState(() => this.#updateConnection());
    this.#pool = new AmqpChannelPool(this.#link);
    this.#sender = new AmqpSender(this.#pool, options.controlExchange ?? 'celery');
  }

  get displayUrl(): string {
    return this.#link.address.displayUrl;
  }

  get connection(): ConnectionState {
    return this.#tracker.current;
  }

  onConnection(listener: (connection: ConnectionState) => void): () => void {
    return this.#tracker.listen(listener);
  }

  async consumeEvents(handler: (message: Message) => void): Promise<EventSubscription> {
    this.#requireOpen();
    const { eventExchange, eventQueuePrefix, eventQueueTtlMs, log } = this.#options;
    const events = new AmqpEvents(
      this.#link,
      this.#pool,
      {
        exchange: eventExchange ?? 'celeryev',
        queuePrefix: eventQueuePrefix ?? 'celeryev',
        ttlMs: eventQueueTtlMs ?? DEFAULT_EVENT_QUEUE_TTL_MS,
        commandTimeoutMs: this.#commandTimeoutMs,
        log,
      },
      handler,
    );
    this.#keep(events, this.#events);
    return events;
  }

  async openReplyQueue(handler: (message: Message) => void): Promise<ReplyQueue> {
    this.#requireOpen();
    const queue = new AmqpReplyQueue(this.#link, handler, this.#options.log);
    this.#keep(queue, this.#replyQueues);
    return queue;
  }

  broadcast(message: Message): Promise<void> {
    return this.#command(async (deadlineMs) => {
      await this.#subscribed(deadlineMs);
      await this.#sender.broadcast(message, deadlineMs);
    });
  }

  publish(target: PublishTarget, message: Message): Promise<void> {
    return this.#command(async (deadlineMs) => {
      await this.#subscribed(deadlineMs);
      await this.#sender.publish(target, message, deadlineMs);
    });
  }

  requireConsumable(target: ConsumerTarget): Promise<void> {
    return this.#command((deadlineMs) => requireConsumable(this.#pool, target, deadlineMs));
  }

  queueLengths(queues: readonly string[]): Promise<Map<string, number>> {
    return this.#command((deadlineMs) => readQueueLengths(this.#pool, queues, deadlineMs));
  }

  async listQueues(): Promise<string[]> {
    this.#requireOpen();
    return [];
  }

  async close(): Promise<void> {
    const subscriptions = [...this.#events, ...this.#replyQueues];
    await Promise.all([...subscriptions.map((subscription) => subscription.close()), this.#link.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Follows the troubles of a subscription, and forgets it when it is closed. */
  #keep<S extends AmqpEvents | AmqpReplyQueue>(subscription: S, kept: Set<S>): void {
    kept.add(subscription);
    const { channel } = subscription;
    const stop = channel.tracker.listen(() => this.#updateConnection());
    channel.onClose(() => {
      stop();
      kept.delete(subscription);
      this.#updateConnection();
    });
  }

  /**
   * Connected is only what also carries the subscriptions: events that come before their queue is bound are gone, and a
   * connection on which events or replies are refused is not what anybody would call connected.
   */
  #updateConnection(): void {
    const { state } = this.#link;
    const subscriptions = [...this.#events, ...this.#replyQueues].map(
      ({ channel }) => channel.tracker.current,
    );
    this.#tracker.enter(state.state === 'connected' ? worstConnection([state, ...subscriptions]) : state);
  }

  /** What a command brings about, replies and events, must find the subscriptions that were opened before it. */
  async #subscribed(deadlineMs: number): Promise<void> {
    const subscribed = Promise.allSettled([
      // Without its reply queue a request is pointless; a monitor that may not read events may still send tasks.
      ...[...this.#replyQueues].map(({ channel }) => channel.ready()),
      ...[...this.#events].map(({ channel }) => channel.settled()),
    ]);
    await withDeadline(subscribed, deadlineMs - performance.now(), () => {
      const { connection } = this;
      if (connection.state === 'disconnected') return this.#link.unavailable(connection.error);
      const reason = connection.state === 'connected' ? 'no answer in time' : 'it is not connected yet';
      return this.#link.unavailable(reason);
    });
  }

  async #command<T>(command: (deadlineMs: number) => Promise<T>): Promise<T> {
    this.#requireOpen();
    try {
      return await command(performance.now() + this.#commandTimeoutMs);
    } catch (error) {
      if (replyCode(error) === null) throw error;
      throw this.#link.unavailable(describeOperationError(error), 'not_done', error);
    }
  }

  #requireOpen(): void {
    if (this.#link.closed.aborted) throw closedError();
  }
}
