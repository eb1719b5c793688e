// A channel that lasts: set up anew on every connection, and on the same connection when RabbitMQ has ended only the
// channel (its queue was deleted, a consumer did not acknowledge for too long …).
import { setTimeout as delay } from 'node:timers/promises';
import type { Channel } from 'amqplib';
import type { AmqpConnection } from './amqp-connect.ts';
import { describeOperationError } from './amqp-errors.ts';
import { type AmqpLink, closedError } from './amqp-link.ts';
import type { Log } from './log.ts';
import { createConnectionTracker } from './connection-tracker.ts';
import { withDeadline } from './deadline.ts';
import { reconnectDelayMs } from './reconnect.ts';
import { createWaiting } from './waiting.ts';

/** Time for the removal of what was declared. */
const GOODBYE_MS = 1_000;

export interface ChannelPlan {
  /** For sentences, e.g. `events`. */
  readonly purpose: string;
  /** Declares and consumes. A rejection is shown, and tried again. */
  setUp(channel: Channel): Promise<void>;
  /** Removes what was declared. */
  tearDown(channel: Channel): Promise<unknown>;
}

export class AmqpKeptChannel {
  readonly #link: AmqpLink;
  readonly #plan: ChannelPlan;
  readonly #log: Log | undefined;
  readonly #closing = new AbortController();
  readonly #closed = Promise.withResolvers<null>();
  /** `disconnected` means trouble of its own, while the link may well be connected. */
  readonly tracker = createConnectionTracker();
  #channel: Channel | null = null;
  #ready = createWaiting<void>();
  #settled = createWaiting<void>();

  /** Returns at once; works as soon as the link is connected. */
  constructor(link: AmqpLink, plan: ChannelPlan, log?: Log) {
    this.#link = link;
    this.#plan = plan;
    this.#log = log;
    void this.#keep(); // never rejects
  }

  /**
   * Resolves when it is set up on the present connection.
   * @throws CeleryError `closed`
   */
  ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Resolves when it is known whether it can be set up on the present connection: as ready(), or in trouble, or closed. */
  settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Removes what was declared and ends the channel, within a second. Safe to call twice. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#closed.resolve(null);
    this.#ready.reject(closedError());
    this.#settled.resolve();
    if (this.#channel) await this.#end(this.#channel);
  }

  /** Calls `listener` when `close()` is called. */
  onClose(listener: () => void): void {
    this.#closing.signal.addEventListener('abort', listener, { once: true });
  }

  async #keep(): Promise<void> {
    let failures = 0;
    while (!this.#closing.signal.aborted) {
      const connection = await this.#nextConnection();
      if (connection === null) return;
      const error = await this.#setUpOnce(connection, () => {
        failures = 0;
      }).catch((reason: unknown) => reason);
      this.#channel = null;
      if (this.#closing.signal.aborted) return;
      if (connection.isOpen) {
        failures += 1;
        this.#inTrouble(error);
        await delay(reconnectDelayMs(failures), undefined, { signal: this.#closing.signal }).catch(
          () => undefined,
        );
      } else {
        this.tracker.enter({ state: 'connecting' });
        this.#settled = createWaiting<void>();
      }
    }
  }

  /** Null when this channel or the link was closed. */
  #nextConnection(): Promise<AmqpConnection | null> {
    return Promise.race([
      this.#closed.promise,
      // Rejects only when the link was closed.
      this.#link.connection().catch(() => null),
    ]);
  }

  /** Stays until the channel ends; gives the reason. */
  async #setUpOnce(connection: AmqpConnection, onReady: () => void): Promise<unknown> {
    const channel = await connection.model.createChannel();
    let error: unknown = new Error('the channel was closed');
    channel.on('error', (reason) => {
      error = reason;
    });
    const ended = new Promise<void>((resolve) => channel.on('close', () => resolve()));
    this.#channel = channel;
    if (this.#closing.signal.aborted) return this.#end(channel);
    try {
      await this.#plan.setUp(channel);
    } catch (reason) {
      await this.#end(channel);
      throw reason;
    }
    if (this.#closing.signal.aborted) return null;
    onReady();
    this.tracker.enter({ state: 'connected' });
    this.#ready.resolve();
    this.#settled.resolve();
    await ended;
    if (!this.#closing.signal.aborted) this.#ready = createWaiting<void>();
    return error;
  }

  #inTrouble(reason: unknown): void {
    const error = `${this.#plan.purpose}: ${describeOperationError(reason)}`;
    const { current } = this.tracker;
    if (current.state !== 'disconnected' || current.error !== error) {
      this.#log?.warn(
        { broker: this.#link.address.displayUrl, error },
        'RabbitMQ ended or refused a channel',
      );
    }
    this.tracker.enter({ state: 'disconnected', error });
    this.#settled.resolve();
  }

  async #end(channel: Channel): Promise<void> {
    const ending = async (): Promise<void> => {
      await this.#plan.tearDown(channel);
      await channel.close();
    };
    // Whatever fails here fails because the channel, and with the connection also the queue, is gone already.
    await withDeadline(ending(), GOODBYE_MS, () => new Error('late')).catch(() => undefined);
  }
}
