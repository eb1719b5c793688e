// Remote control: asks workers and gathers their replies. One long-lived reply queue a mailbox, reached through the default
// exchange; a ticket in every request tells the calls apart, and replies that come too late are read and dropped, so that
// nothing piles up in the broker. Source of the format: kombu/pidbox.py. What to ask is in commands.ts and inspect-commands.ts.
import { randomUUID } from 'node:crypto';
import type { Broker, ReplyQueue } from '../broker/broker.ts';
import { CeleryError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import { badArgument } from './argument-checks.ts';
import { Gathering } from './gathering.ts';
import { decodeReply, replyTicket } from './reply-message.ts';
import { type Addressed, formatControlRequest } from './request-message.ts';

/** Largest reply read. `scheduled` of a worker with thousands of tasks is one message. */
const DEFAULT_MAX_REPLY_BYTES = 32 * 1024 * 1024;
/** Longest wait of one call: an hour, well inside what a timer can hold. */
const MAX_TIMEOUT_MS = 3_600_000;

export interface MailboxOptions {
  /** Largest reply that is read, decompressed; larger ones are undecodable. Default: 32 MiB. */
  readonly maxReplyBytes?: number | undefined;
  /**
   * Called for every message on the reply queue that is no reply to a current call or cannot be used: `late` (also: unknown
   * ticket), `no_ticket`, `repeated` (two workers of one name), or the code of a CeleryError. `detail` is a sentence.
   */
  readonly onUndecodable?: ((reason: string, detail: string) => void) | undefined;
}

export interface Question extends Addressed {
  /**
   * Workers whose replies complete the call. Default: those of `destination`; with that null too, whoever answers until the
   * deadline. Others that answer are kept as well.
   */
  readonly expected?: readonly string[] | null | undefined;
  /** Longest time for the whole call, sending included. */
  readonly timeoutMs: number;
  /** Ends the call early, with what was gathered so far. */
  readonly signal?: AbortSignal | undefined;
}

export interface Mailbox extends AsyncDisposable {
  /**
   * Sends a request and gathers the replies: worker → raw reply (see reply-text.ts). A worker that is missing did not answer
   * in time. A worker whose reply came but cannot be read has `{error: …}`.
   * @throws CeleryError `bad_argument`; `broker_unavailable` when the request could not be sent in time, or the connection
   * broke and nothing came; `unsupported_content_type`, `undecodable`, `too_large` … when no reply at all can be read; `closed`
   */
  ask(question: Question): Promise<Map<string, unknown>>;

  /**
   * Sends a request that nobody answers, such as `shutdown`.
   * @throws CeleryError `bad_argument`, `broker_unavailable`, `closed`
   */
  tell(request: Addressed): Promise<void>;

  /** Ends the calls under way (`closed`) and removes the reply queue. Safe to call twice. */
  close(): Promise<void>;
}

/** Opens a mailbox on a broker, which it does not close. Usable at once; calls wait for the connection, within their deadline. */
export async function openMailbox(broker: Broker, options: MailboxOptions = {}): Promise<Mailbox> {
  const mailbox = new BrokerMailbox(broker, options);
  await mailbox.open();
  return mailbox;
}

interface Call {
  readonly gathering: Gathering;
  /** Ends the wait; with an error, the call fails. */
  end(error?: CeleryError): void;
}

class BrokerMailbox implements Mailbox {
  readonly #broker: Broker;
  readonly #maxReplyBytes: number;
  readonly #onUndecodable: (reason: string, detail: string) => void;
  readonly #calls = new Map<string, Call>();
  #replyQueue: ReplyQueue | null = null;
  #closed = false;

  constructor(broker: Broker, options: MailboxOptions) {
    this.#broker = broker;
    this.#maxReplyBytes = options.maxReplyBytes ?? DEFAULT_MAX_REPLY_BYTES;
    this.#onUndecodable = options.onUndecodable ?? (() => undefined);
  }

  async open(): Promise<void> {
    this.#replyQueue = await this.#broker.openReplyQueue((message) => this.#receive(message));
  }

  async ask(question: Question): Promise<Map<string, unknown>> {
    const { timeoutMs, signal } = question;
    if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
      throw badArgument('timeoutMs', `timeoutMs must be above 0 and at most ${MAX_TIMEOUT_MS}`);
    }
    const replyTo = this.#requireOpen().routingKey;
    const ticket = randomUUID();
    const request = formatControlRequest(question, {
      expiresS: Date.now() / 1000 + timeoutMs / 1000,
      reply: { ticket, reply_to: { exchange: '', routing_key: replyTo } },
    });
    const ended = Promise.withResolvers<void>();
    const gathering = new Gathering(question.expected ?? question.destination, ended.resolve);
    const call: Call = {
      gathering,
      end: (error) => (error === undefined ? ended.resolve() : ended.reject(error)),
    };
    if (signal?.aborted) return new Map();
    const onAbort = () => call.end();
    const timer = setTimeout(onAbort, timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    const losses: string[] = [];
    const stopWatching = this.#broker.onConnection((connection) => {
      if (connection.state === 'disconnected') losses.push(connection.error);
    });
    this.#calls.set(ticket, call);
    try {
      const sent = await this.#send(request, ended.promise);
      if (!gathering.complete) await ended.promise;
      const replies = gathering.result();
      if (replies.size > 0 || gathering.complete || signal?.aborted) return replies;
      // Nothing came. When the request or the replies may have been lost with a connection, silence says nothing about workers.
      if (!sent) throw this.#unavailable('did not take the request in time', losses);
      if (losses.length > 0) throw this.#unavailable('was lost while replies were awaited', losses);
      return replies;
    } finally {
      clearTimeout(timer);
      stopWatching();
      signal?.removeEventListener('abort', onAbort);
      this.#calls.delete(ticket);
    }
  }

  async tell(request: Addressed): Promise<void> {
    this.#requireOpen();
    await this.#broker.broadcast(formatControlRequest(request, { expiresS: 0 }));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const call of this.#calls.values()) call.end(closedError());
    await this.#replyQueue?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** True when the broker took the request; false when the call ended first. */
  async #send(request: Message, ended: Promise<void>): Promise<boolean> {
    const sending = this.#broker.broadcast(request).then(() => true);
    // When the deadline comes first, a later failure of the sending is nobody's news any more.
    sending.catch(() => undefined);
    return Promise.race([sending, ended.then(() => false)]);
  }

  #unavailable(what: string, losses: readonly string[]): CeleryError {
    const { connection, displayUrl } = this.#broker;
    const why = losses[0] ?? (connection.state === 'disconnected' ? connection.error : connection.state);
    return new CeleryError('broker_unavailable', `The broker ${displayUrl} ${what}: ${why}`, {
      params: { url: displayUrl },
    });
  }

  #requireOpen(): ReplyQueue {
    if (this.#closed || this.#replyQueue === null) throw closedError();
    return this.#replyQueue;
  }

  #receive(message: Message): void {
    const ticket = replyTicket(message);
    if (ticket === null) {
      this.#onUndecodable('no_ticket', 'A message on the reply queue carries no ticket.');
      return;
    }
    const call = this.#calls.get(ticket);
    if (call === undefined) {
      this.#onUndecodable('late', 'A reply came after its call had ended.');
      return;
    }
    try {
      const reply = decodeReply(message, this.#maxReplyBytes);
      if (!call.gathering.add(reply)) {
        this.#onUndecodable(
          'repeated',
          `More than one reply came from ${reply.worker}: two workers may share this name.`,
        );
      }
    } catch (error) {
      const known =
        error instanceof CeleryError
          ? error
          : new CeleryError('undecodable', 'A control reply cannot be read.', {
              params: { reason: 'unknown' },
              cause: error,
            });
      this.#onUndecodable(known.code, known.message);
      call.gathering.addUnreadable(message, known);
    }
  }
}

function closedError(): CeleryError {
  return new CeleryError('closed', 'The mailbox was closed.');
}
