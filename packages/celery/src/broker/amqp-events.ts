// The stream of events: an own queue, bound to the exchange of events, consumed under backpressure. When the reader is
// paused or slow the flood waits in RabbitMQ, up to the bounds below, beyond which the oldest events go.
import { randomUUID } from 'node:crypto';
import type { Channel, ConsumeMessage } from 'amqplib';
import type { Message } from '../message/message.ts';
import type { AmqpChannelPool } from './amqp-channel-pool.ts';
import { ensureExchange } from './amqp-declare.ts';
import { AmqpKeptChannel } from './amqp-kept-channel.ts';
import type { AmqpLink } from './amqp-link.ts';
import { decodeAmqpMessage } from './amqp-message.ts';
import type { EventSubscription } from './broker.ts';
import type { Log } from './log.ts';

/** Messages on their way that are not acknowledged: what a pause holds in this process. Enough to never wait for a distant broker. */
const PREFETCH = 1_000;
/**
 * What a monitor that stands still may cost the broker: a minute at 5,000 messages per second, or 256 MB; then the oldest go
 * (`drop-head`), because a monitor must never be the reason that a broker stops taking tasks.
 */
const MAX_QUEUE_MESSAGES = 300_000;
const MAX_QUEUE_BYTES = 256 * 1024 * 1024;
/** How much longer than its messages the queue may be without a consumer, after a reconnection during a pause. */
const QUEUE_EXPIRY_MARGIN_MS = 60_000;

export interface AmqpEventOptions {
  readonly exchange: string;
  readonly queuePrefix: string;
  /** How long an event waits in the queue. */
  readonly ttlMs: number;
  /** Time for finding or making the exchange. */
  readonly commandTimeoutMs: number;
  readonly log?: Log | undefined;
}

export class AmqpEvents implements EventSubscription {
  readonly #pool: AmqpChannelPool;
  readonly #options: AmqpEventOptions;
  readonly #handler: (message: Message) => void;
  /** Sets the queue up and brings it back. */
  readonly channel: AmqpKeptChannel;
  #queue = '';
  #current: Channel | null = null;
  #isConsuming = false;
  #isPaused = false;
  /** Arrived during a pause, oldest first. At most PREFETCH for a channel. */
  #held: Delivery[] = [];
  /** Newest delivery that was handled and is not acknowledged yet. */
  #handled: Delivery | null = null;

  constructor(
    link: AmqpLink,
    pool: AmqpChannelPool,
    options: AmqpEventOptions,
    handler: (message: Message) => void,
  ) {
    this.#pool = pool;
    this.#options = options;
    this.#handler = handler;
    const plan = {
      purpose: 'events cannot be read',
      setUp: (channel: Channel) => this.#setUp(channel),
      tearDown: (channel: Channel) => channel.deleteQueue(this.#queue),
    };
    this.channel = new AmqpKeptChannel(link, plan, options.log);
  }

  /** What has arrived is held; without acknowledgements RabbitMQ sends no more than that. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    while (!this.#isPaused) {
      const delivery = this.#held.shift();
      if (delivery === undefined) break;
      this.#handle(delivery);
    }
    if (!this.#isPaused && this.#current && !this.#isConsuming) this.#startLate(this.#current);
  }

  async close(): Promise<void> {
    this.#current = null;
    this.#held = [];
    await this.channel.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #setUp(channel: Channel): Promise<void> {
    const { exchange, queuePrefix, ttlMs, commandTimeoutMs } = this.#options;
    const deadlineMs = performance.now() + commandTimeoutMs;
    await ensureExchange(this.#pool, { name: exchange, type: 'topic', durable: true }, deadlineMs);
    // A new name, since a dead connection may still own the old queue. What that had delivered stays in #held.
    this.#queue = `${queuePrefix}.${randomUUID()}`;
    await channel.assertQueue(this.#queue, {
      // Exclusive: goes with the connection, and nobody else can declare, read or purge it.
      exclusive: true,
      durable: false,
      autoDelete: true,
      arguments: {
        'x-message-ttl': ttlMs,
        'x-expires': ttlMs + QUEUE_EXPIRY_MARGIN_MS,
        'x-max-length': MAX_QUEUE_MESSAGES,
        'x-max-length-bytes': MAX_QUEUE_BYTES,
        'x-overflow': 'drop-head',
      },
    });
    await channel.bindQueue(this.#queue, exchange, '#');
    await channel.prefetch(PREFETCH);
    this.#current = channel;
    this.#isConsuming = false;
    channel.on('close', () => {
      if (this.#current === channel) this.#current = null;
    });
    // After a reconnection during a pause nothing more is taken in, or each one would add to what is held.
    if (!this.#isPaused) await this.#consume(channel);
  }

  async #consume(channel: Channel): Promise<void> {
    this.#isConsuming = true;
    await channel.consume(this.#queue, (message) => {
      if (message === null) this.#endChannel(channel);
      else this.#receive({ channel, message });
    });
  }

  #startLate(channel: Channel): void {
    this.#consume(channel).catch(() => this.#endChannel(channel));
  }

  /** RabbitMQ has cancelled the consumer, e.g. because the queue was deleted: with a new channel comes a new queue. */
  #endChannel(channel: Channel): void {
    if (this.#current !== channel) return;
    this.#current = null;
    channel.close().catch(() => undefined); // fails when it is closed already
  }

  #receive(delivery: Delivery): void {
    if (delivery.channel !== this.#current) return;
    if (this.#isPaused || this.#held.length > 0) this.#held.push(delivery);
    else this.#handle(delivery);
  }

  #handle(delivery: Delivery): void {
    // One acknowledgement for all messages of a turn of the event loop, which is one read from the socket.
    if (this.#handled === null) setImmediate(() => this.#acknowledge());
    this.#handled = delivery;
    try {
      this.#handler(decodeAmqpMessage(delivery.message));
    } catch (error) {
      // Thrown on, it would end the channel, and the same event would come again and again.
      this.#options.log?.warn({ error: String(error) }, 'An event could not be handled');
    }
  }

  #acknowledge(): void {
    const delivery = this.#handled;
    this.#handled = null;
    if (delivery === null || delivery.channel !== this.#current) return;
    try {
      delivery.channel.ack(delivery.message, true);
    } catch {
      this.#current = null; // the channel is about to close; then all that was not acknowledged is void
    }
  }
}

interface Delivery {
  readonly channel: Channel;
  readonly message: ConsumeMessage;
}
