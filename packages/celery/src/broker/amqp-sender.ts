// Where messages go: control requests to the mailbox exchange, tasks to queues or exchanges. Owns the memory of what exists.
import { CeleryError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import type { AmqpChannelPool } from './amqp-channel-pool.ts';
import { ensureExchange, ensureTaskQueue } from './amqp-declare.ts';
import { NOT_FOUND, replyCode } from './amqp-errors.ts';
import { type AmqpPublication, encodeAmqpMessage, requireShortString } from './amqp-message.ts';
import { publishConfirmed } from './amqp-publish.ts';
import type { PublishTarget } from './broker.ts';

/** How many queues are remembered as existing. One that has vanished meanwhile sends the message back. */
const MAX_KNOWN_QUEUES = 1_000;

export class AmqpSender {
  readonly #pool: AmqpChannelPool;
  readonly #mailboxExchange: string;
  readonly #knownQueues = new Set<string>();

  /** @param controlExchange without `.pidbox` */
  constructor(pool: AmqpChannelPool, controlExchange: string) {
    this.#pool = pool;
    this.#mailboxExchange = `${controlExchange}.pidbox`;
  }

  /** As Broker.broadcast. A request that no worker is there for is no error. */
  async broadcast(message: Message, deadlineMs: number): Promise<void> {
    const publication = encodeAmqpMessage(message);
    const route = { exchange: this.#mailboxExchange, routingKey: '', mandatory: false };
    const send = (): Promise<boolean> =>
      this.#pool.use(deadlineMs, (channel) => publishConfirmed(channel, route, publication));
    try {
      await send();
    } catch (error) {
      if (replyCode(error) !== NOT_FOUND) throw error;
      // No worker has been here yet, or the server was restarted: this exchange is not durable. Nothing was sent so far.
      await ensureExchange(this.#pool, { name: route.exchange, type: 'fanout', durable: false }, deadlineMs);
      await send();
    }
  }

  /** As Broker.publish. */
  async publish(target: PublishTarget, message: Message, deadlineMs: number): Promise<void> {
    const publication = encodeAmqpMessage(message);
    if (target.exchange) await this.#sendToExchange(target.exchange, target, publication, deadlineMs);
    else await this.#sendToQueue(target.queue, publication, deadlineMs);
  }

  async #sendToQueue(queue: string, publication: AmqpPublication, deadlineMs: number): Promise<void> {
    if (queue === '') throw badTarget('queue', 'the name of the queue is empty');
    const route = { exchange: '', routingKey: requireShortString(queue, 'queue'), mandatory: true };
    const send = (): Promise<boolean> =>
      this.#pool.use(deadlineMs, (channel) => publishConfirmed(channel, route, publication));
    await this.#ensureQueue(queue, deadlineMs);
    if (await send()) return;
    // It came back, so no queue has it and it may be sent again; once.
    this.#knownQueues.delete(queue);
    await this.#ensureQueue(queue, deadlineMs);
    if (!(await send())) throw badTarget('queue', `the queue "${queue}" vanishes as soon as it is declared`);
  }

  async #sendToExchange(
    exchange: string,
    target: PublishTarget,
    publication: AmqpPublication,
    deadlineMs: number,
  ): Promise<void> {
    const routingKey = requireShortString(target.routingKey ?? target.queue, 'routing_key');
    requireShortString(exchange, 'exchange');
    const route = { exchange, routingKey, mandatory: true };
    const isRouted = await this.#pool
      .use(deadlineMs, (channel) => publishConfirmed(channel, route, publication))
      .catch((error: unknown) => {
        if (replyCode(error) !== NOT_FOUND) throw error;
        throw badTarget('exchange', `there is no exchange "${exchange}"`);
      });
    if (!isRouted) {
      throw badTarget(
        'routing_key',
        `no queue is bound to the exchange "${exchange}" with the routing key "${routingKey}"`,
      );
    }
  }

  async #ensureQueue(queue: string, deadlineMs: number): Promise<void> {
    if (this.#knownQueues.has(queue)) return;
    await ensureTaskQueue(this.#pool, queue, deadlineMs);
    if (this.#knownQueues.size >= MAX_KNOWN_QUEUES) this.#knownQueues.clear();
    this.#knownQueues.add(queue);
  }
}

function badTarget(field: string, reason: string): CeleryError {
  return new CeleryError('bad_argument', `The message cannot be sent: ${reason}.`, { params: { field } });
}
