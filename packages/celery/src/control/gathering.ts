// The replies of one call: who has answered, who is still awaited, what could not be read. Knows no sockets and no
// clocks; mailbox.ts feeds it and decides when to stop.
import { CeleryError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import { type Reply, senderOfUnreadable } from './reply-message.ts';

/** Most workers whose replies one call keeps: an invented name in every message must not fill the memory. */
const MAX_REPLIES = 20_000;

export class Gathering {
  readonly #replies = new Map<string, unknown>();
  /** Null = nobody knows who will answer. */
  readonly #awaited: Set<string> | null;
  readonly #unreadable: CeleryError[] = [];
  readonly #onComplete: () => void;

  /** `onComplete` is called when everybody awaited has answered; never when `expected` is null. */
  constructor(expected: readonly string[] | null, onComplete: () => void) {
    this.#awaited = expected === null ? null : new Set(expected);
    this.#onComplete = onComplete;
  }

  get complete(): boolean {
    return this.#awaited !== null && this.#awaited.size <= this.#unreadable.length;
  }

  /** Keeps a reply. False: this worker had answered already (two workers share a name), or there are too many. */
  add(reply: Reply): boolean {
    if (this.#replies.has(reply.worker) || this.#replies.size >= MAX_REPLIES) return false;
    this.#replies.set(reply.worker, reply.value);
    this.#awaited?.delete(reply.worker);
    if (this.complete) this.#onComplete();
    return true;
  }

  /** Notes a reply that came but cannot be read. When its sender can be told, that worker's answer is an error. */
  addUnreadable(message: Message, error: CeleryError): void {
    const sender = senderOfUnreadable(message, this.#awaited ?? []);
    if (sender === null) this.#unreadable.push(error);
    else this.add({ worker: sender, value: unreadableValue(error) });
    if (this.complete) this.#onComplete();
  }

  /**
   * What was gathered: worker → raw reply.
   * @throws CeleryError when replies came and not one of them could be read
   */
  result(): Map<string, unknown> {
    const [firstError] = this.#unreadable;
    if (firstError === undefined) return this.#replies;
    if (this.complete) {
      // As many unreadable replies as workers still awaited: they are theirs.
      for (const worker of this.#awaited ?? []) this.#replies.set(worker, unreadableValue(firstError));
    }
    if (this.#replies.size === 0) throw firstError;
    return this.#replies;
  }
}

/** Shaped as a worker's own error, so that everybody who reads replies understands it. */
function unreadableValue(error: CeleryError): { error: string } {
  return { error: `the worker answered, but its reply cannot be read: ${error.message}` };
}
