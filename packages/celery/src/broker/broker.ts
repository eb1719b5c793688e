// THE SEAM to message brokers: everything Umbel asks of RabbitMQ or Redis, in Celery's terms.
// Implementations: amqp-broker.ts, redis-broker.ts; both run broker.contract.ts. They own sockets, reconnection and
// topology; they know nothing of what is inside a body. A broker heals itself: after a lost connection it connects
// again with capped backoff and jitter, and every subscription and reply queue that is still open comes back.
import type { Message } from '../message/message.ts';

export type ConnectionState =
  | { readonly state: 'connecting'; readonly sinceMs: number }
  | { readonly state: 'connected'; readonly sinceMs: number }
  /** `error` is a sentence without passwords. */
  | { readonly state: 'disconnected'; readonly sinceMs: number; readonly error: string };

/** Anything with a lifetime on the broker. */
export interface Subscription extends AsyncDisposable {
  /** Ends delivery and removes what was declared for it. Safe to call twice. */
  close(): Promise<void>;
}

/** A subscription to events. Delivery can be held back while the reader is behind. */
export interface EventSubscription extends Subscription {
  /** Stops reading from the socket, so that the flood waits in the broker and not in this process. */
  pause(): void;
  resume(): void;
}

/** A private queue for control replies and rpc results, reached through the default exchange. */
export interface ReplyQueue extends Subscription {
  /** Value for `reply_to.routing_key` of a control request (with exchange `''`) and for a task's `reply_to`. */
  readonly routingKey: string;
}

/** Where a task message goes. */
export interface PublishTarget {
  /** Queue whose default-exchange route is used, unless `exchange` is given. Declared as a worker would when missing. */
  readonly queue: string;
  /** Named exchange, used as it is (never declared); then `routingKey` decides and `queue` is not declared. `''` is none. */
  readonly exchange?: string | undefined;
  readonly routingKey?: string | undefined;
}

/** What a worker declares when it is told to consume from a queue that it does not know. */
export interface ConsumerTarget {
  readonly queue: string;
  /** Missing: one with the name of the queue. */
  readonly exchange?: string | undefined;
  /** Missing: direct. */
  readonly exchangeType?: 'direct' | 'topic' | 'fanout' | 'headers' | undefined;
}

export interface Broker extends AsyncDisposable {
  readonly transport: 'redis' | 'amqp';
  /** The URL in use, of a failover list that of the present server. Password masked: safe to show anywhere. */
  readonly displayUrl: string;
  readonly connection: ConnectionState;

  /** Calls `listener` on every change of `connection`. Returns the way to stop. */
  onConnection(listener: (connection: ConnectionState) => void): () => void;

  /**
   * Receives every event of the cluster. Returns at once; delivery begins when the broker is connected. Neither function may
   * throw. `onUndecodable` gets what is no message at all (only Redis can carry such); `reason` as in CeleryError `undecodable`.
   */
  consumeEvents(
    handler: (message: Message) => void,
    onUndecodable?: (reason: string, detail: string) => void,
  ): Promise<EventSubscription>;

  /** Opens a private queue. Returns at once; usable when connected. The handler must not throw. */
  openReplyQueue(handler: (message: Message) => void): Promise<ReplyQueue>;

  /**
   * Publishes a control request to all workers (exchange `<control_exchange>.pidbox`).
   * @throws CeleryError `broker_unavailable` when it cannot be handed to the broker within `commandTimeoutMs`
   */
  broadcast(message: Message): Promise<void>;

  /**
   * Publishes a task. The queue is declared as a worker declares it, unless it exists.
   * @throws CeleryError `broker_unavailable`; `bad_argument` when the exchange does not exist
   */
  publish(target: PublishTarget, message: Message): Promise<void>;

  /**
   * Whether the broker would let a worker consume so. A worker that is refused is lost: it ends on RabbitMQ, and on Redis connects
   * anew for ever. Changes nothing.
   * @throws CeleryError `bad_argument` when it would refuse; `broker_unavailable`
   */
  requireConsumable(target: ConsumerTarget): Promise<void>;

  /**
   * Messages waiting (not those already with a worker) per queue; queues that do not exist are left out on RabbitMQ
   * and 0 on Redis, where an empty queue and no queue are the same. On Redis all priority lists are summed.
   * @throws CeleryError `broker_unavailable`
   */
  queueLengths(queues: readonly string[]): Promise<Map<string, number>>;

  /** Task queues that the broker itself reveals: bindings on Redis; none on RabbitMQ without its management API. */
  listQueues(): Promise<string[]>;

  /** Closes everything that was opened through this broker. Safe to call twice. */
  close(): Promise<void>;
}
