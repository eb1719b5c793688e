// Channels for commands. Each command has one to itself, so that the death of a channel (a passive declare of something
// that does not exist ends it: AMQP has no other way to say no) can never hurt another command, events or replies.
import type { ConfirmChannel } from 'amqplib';
import { CeleryError } from '../errors.ts';
import type { AmqpConnection } from './amqp-connect.ts';
import { replyCode } from './amqp-errors.ts';
import { type AmqpLink, closedError } from './amqp-link.ts';
import { withDeadline } from './deadline.ts';

/** Commands at work at the same time; further ones wait for their turn. */
const MAX_CHANNELS = 16;

interface PooledChannel {
  readonly channel: ConfirmChannel;
  readonly connection: AmqpConnection;
  isOpen: boolean;
  /** What ended it. */
  error: unknown;
}

export class AmqpChannelPool {
  readonly #link: AmqpLink;
  readonly #idle: PooledChannel[] = [];
  readonly #waiting: (() => void)[] = [];
  #used = 0;

  constructor(link: AmqpLink) {
    this.#link = link;
  }

  /**
   * Runs one command on a channel of its own, in confirm mode.
   * @param deadlineMs end of all waiting, of `performance.now()`
   * @throws CeleryError `broker_unavailable` or `closed`; an Error with a reply code (amqp-errors.ts) when RabbitMQ said no
   */
  async use<T>(deadlineMs: number, work: (channel: ConfirmChannel) => Promise<T>): Promise<T> {
    await this.#takeTurn(deadlineMs);
    try {
      const connection = await this.#link.connectionUntil(deadlineMs);
      return await this.#run(connection, deadlineMs, work);
    } finally {
      this.#endTurn();
    }
  }

  async #run<T>(
    connection: AmqpConnection,
    deadlineMs: number,
    work: (channel: ConfirmChannel) => Promise<T>,
  ): Promise<T> {
    const bounded = <R>(step: Promise<R>): Promise<R> =>
      withDeadline(step, deadlineMs - performance.now(), () => {
        const { blocked } = connection;
        const reason = blocked === null ? 'no answer in time' : `it takes no messages now (${blocked})`;
        return this.#link.unavailable(reason, 'unknown');
      });
    const opening = this.#takeIdle(connection) ?? openChannel(connection);
    let pooled: PooledChannel | null = null;
    try {
      pooled = await bounded(Promise.resolve(opening));
      const result = await bounded(work(pooled.channel));
      this.#putBack(pooled);
      return result;
    } catch (error) {
      // An answer may still be under way, so nobody else may have this channel. When it opens late it is closed late.
      Promise.resolve(opening).then(closeChannel, () => undefined);
      // "Channel closed" is only the echo; the channel's own error is what RabbitMQ said.
      const reason = pooled?.error ?? error;
      if (reason instanceof CeleryError || replyCode(reason) !== null) throw reason;
      if (this.#link.closed.aborted) throw closedError();
      throw this.#link.unavailable('the connection was lost', 'unknown', reason);
    }
  }

  #takeIdle(connection: AmqpConnection): PooledChannel | null {
    for (let pooled = this.#idle.pop(); pooled; pooled = this.#idle.pop()) {
      if (pooled.isOpen && pooled.connection === connection) return pooled;
    }
    return null;
  }

  #putBack(pooled: PooledChannel): void {
    if (pooled.isOpen) this.#idle.push(pooled);
  }

  async #takeTurn(deadlineMs: number): Promise<void> {
    if (this.#used < MAX_CHANNELS) {
      this.#used += 1;
      return;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    await withDeadline(promise, deadlineMs - performance.now(), () => {
      const index = this.#waiting.indexOf(resolve);
      // Its turn came in the same moment: pass it on.
      if (index < 0) this.#endTurn();
      else this.#waiting.splice(index, 1);
      return this.#link.unavailable('too many commands at the same time');
    });
  }

  #endTurn(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#used -= 1;
  }
}

async function openChannel(connection: AmqpConnection): Promise<PooledChannel> {
  const channel = await connection.model.createConfirmChannel();
  const pooled: PooledChannel = { channel, connection, isOpen: true, error: null };
  channel.on('error', (error) => {
    pooled.error ??= error;
  });
  channel.on('close', () => {
    pooled.isOpen = false;
  });
  return pooled;
}

async function closeChannel(pooled: PooledChannel): Promise<void> {
  if (!pooled.isOpen) return;
  pooled.isOpen = false;
  // Fails when the connection has ended, and the channel with it.
  await pooled.channel.close().catch(() => undefined);
}
