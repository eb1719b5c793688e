// The connection to RabbitMQ as something that lasts: connects, notices the end, connects again with backoff, tries a
// failover list in turn. One connection carries everything; what must not disturb each other has channels of its own.
import { setTimeout as delay } from 'node:timers/promises';
import { CeleryError } from '../errors.ts';
import { type AmqpConnection, connectAmqp } from './amqp-connect.ts';
import { describeConnectionError } from './amqp-errors.ts';
import type { Log } from './log.ts';
import type { AmqpAddress } from './broker-url.ts';
import { createConnectionTracker } from './connection-tracker.ts';
import { withDeadline } from './deadline.ts';
import { reconnectDelayMs, STABLE_AFTER_MS } from './reconnect.ts';
import { createWaiting } from './waiting.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** Time for a polite end of a connection. */
const GOODBYE_MS = 1_000;

export class AmqpLink {
  readonly #addresses: readonly AmqpAddress[];
  readonly #log: Log | undefined;
  readonly #tracker = createConnectionTracker();
  readonly #closing = new AbortController();
  readonly #life: Promise<void>;
  #index = 0;
  #connection: AmqpConnection | null = null;
  #next = createWaiting<AmqpConnection>();

  /** Returns at once and connects in the background. */
  constructor(addresses: readonly AmqpAddress[], log?: Log) {
    this.#addresses = addresses;
    this.#log = log;
    this.#life = this.#keepConnected();
  }

  get state(): ReturnType<typeof createConnectionTracker>['current'] {
    return this.#tracker.current;
  }

  /** Calls `listener` on every change of `state`. Returns the way to stop. */
  onState(listener: () => void): () => void {
    return this.#tracker.listen(listener);
  }

  /** The address in use or tried now. */
  get address(): AmqpAddress {
    const address = this.#addresses[this.#index];
    if (address === undefined) throw new Error('a link needs an address');
    return address;
  }

  /** Aborted by `close()`. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * The open connection, as soon as there is one.
   * @throws CeleryError `closed`
   */
  async connection(): Promise<AmqpConnection> {
    if (this.closed.aborted) throw closedError();
    const connection = this.#connection;
    if (connection === null) return this.#next.promise;
    if (connection.isOpen) return connection;
    await connection.ended; // and with it, before this goes on, #connection is cleared
    return this.connection();
  }

  /**
   * The open connection, waited for until `deadlineMs` (of `performance.now()`).
   * @throws CeleryError `broker_unavailable`, also while RabbitMQ takes no messages; `closed`
   */
  async connectionUntil(deadlineMs: number): Promise<AmqpConnection> {
    const connection = await withDeadline(this.connection(), deadlineMs - performance.now(), () => {
      const { state } = this;
      return this.unavailable(state.state === 'disconnected' ? state.error : 'it is not connected yet');
    });
    // Whatever is written to it now waits in the socket until the server has room again.
    if (connection.blocked !== null)
      throw this.unavailable(`it takes no messages now (${connection.blocked})`);
    return connection;
  }

  /** `unknown` when a command was sent and its outcome never came. */
  unavailable(reason: string, outcome: 'not_done' | 'unknown' = 'not_done', cause?: unknown): CeleryError {
    return new CeleryError('broker_unavailable', `RabbitMQ cannot be used: ${reason}.`, {
      params: { url: this.address.displayUrl, reason, outcome },
      cause,
    });
  }

  /** Ends the connection, and with it everything that was declared as exclusive. Safe to call twice. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#next.reject(closedError());
    await this.#connection?.close(GOODBYE_MS);
    await this.#life;
  }

  async #keepConnected(): Promise<void> {
    let failures = 0;
    while (!this.closed.aborted) {
      const { address } = this;
      const startedMs = performance.now();
      const error = await this.#connectOnce(address).catch((reason: unknown) => reason);
      if (this.closed.aborted) return;
      this.#disconnected(address, describeConnectionError(error, address));
      const wasStable = performance.now() - startedMs > STABLE_AFTER_MS + CONNECT_TIMEOUT_MS;
      failures = wasStable ? 1 : failures + 1;
      this.#index = (this.#index + 1) % this.#addresses.length;
      await delay(reconnectDelayMs(failures), undefined, { signal: this.closed }).catch(() => undefined);
    }
  }

  /** Connects and stays until the connection ends; gives the reason. */
  async #connectOnce(address: AmqpAddress): Promise<unknown> {
    const connection = await connectAmqp(address, { timeoutMs: CONNECT_TIMEOUT_MS, signal: this.closed });
    if (this.closed.aborted) return connection.close(GOODBYE_MS);
    this.#log?.info({ broker: address.displayUrl }, 'Connected to RabbitMQ');
    this.#connection = connection;
    this.#next.resolve(connection);
    this.#tracker.enter({ state: 'connected' });
    const reason = await connection.ended;
    this.#connection = null;
    // After close() nobody may begin to wait.
    if (!this.closed.aborted) this.#next = createWaiting<AmqpConnection>();
    return reason;
  }

  #disconnected(address: AmqpAddress, error: string): void {
    const { state } = this;
    if (state.state !== 'disconnected' || state.error !== error) {
      this.#log?.warn({ broker: address.displayUrl, error }, 'No connection to RabbitMQ');
    }
    this.#tracker.enter({ state: 'disconnected', error });
  }
}

export function closedError(): CeleryError {
  return new CeleryError('closed', 'The connection to RabbitMQ was closed.');
}
