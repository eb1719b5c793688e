// A private queue for control replies and rpc results, reached by its name through the default exchange.
import { randomUUID } from 'node:crypto';
import type { Channel } from 'amqplib';
import type { Message } from '../message/message.ts';
import { AmqpKeptChannel } from './amqp-kept-channel.ts';
import type { AmqpLink } from './amqp-link.ts';
import { decodeAmqpMessage } from './amqp-message.ts';
import type { ReplyQueue } from './broker.ts';
import type { Log } from './log.ts';

export class AmqpReplyQueue implements ReplyQueue {
  /**
   * Stays the same for ever, since requests and tasks under way carry it. After a frozen connection the server may hold the old
   * queue some seconds longer than this side; until it lets go, declaring fails and is tried again.
   */
  readonly routingKey = `umbel.reply.${randomUUID()}`;
  readonly channel: AmqpKeptChannel;
  readonly #handler: (message: Message) => void;
  #isClosed = false;

  constructor(link: AmqpLink, handler: (message: Message) => void, log?: Log) {
    this.#handler = handler;
    const plan = {
      purpose: 'replies cannot be received',
      setUp: (channel: Channel) => this.#setUp(channel),
      tearDown: (channel: Channel) => channel.deleteQueue(this.routingKey),
    };
    this.channel = new AmqpKeptChannel(link, plan, log);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.channel.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #setUp(channel: Channel): Promise<void> {
    await channel.assertQueue(this.routingKey, { exclusive: true, durable: false, autoDelete: true });
    await channel.consume(
      this.routingKey,
      (message) => {
        // Null: the server has cancelled the consumer, and with it has deleted the queue.
        if (message === null) channel.close().catch(() => undefined);
        else if (!this.#isClosed) this.#handler(decodeAmqpMessage(message));
      },
      { noAck: true },
    );
  }
}
