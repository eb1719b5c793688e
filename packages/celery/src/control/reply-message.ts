// Reads one reply message from a worker: ticket, worker, value; or why it cannot be read. Whoever knows the reply queue
// may write to it, so nothing in a reply is trusted. Source of the format: kombu/pidbox.py `reply`.
import { CeleryError } from '../errors.ts';
import { decodeBody } from '../message/body.ts';
import type { Message } from '../message/message.ts';

export interface Reply {
  readonly worker: string;
  readonly value: unknown;
}

/** The call that a reply belongs to, or null. */
export function replyTicket(message: Message): string | null {
  const ticket = message.headers['ticket'];
  return typeof ticket === 'string' ? ticket : null;
}

/**
 * Decodes a reply: an object whose one key is the worker's name.
 * @throws CeleryError `undecodable`, `unsupported_content_type`, `unsupported_compression`, `too_large`
 */
export function decodeReply(message: Message, maxBytes: number): Reply {
  const body = decodeBody(message, maxBytes);
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw new CeleryError('undecodable', 'A control reply is not an object.', {
      params: { reason: 'shape' },
    });
  }
  const entries = Object.entries(body);
  const [entry] = entries;
  if (entry === undefined || entries.length > 1 || entry[0] === '') {
    throw new CeleryError('undecodable', `A control reply names ${entries.length} workers instead of one.`, {
      params: { reason: 'shape' },
    });
  }
  return { worker: entry[0], value: entry[1] };
}

/**
 * Which of `names` an unreadable reply comes from, or null: in every serializer the worker's name, the body's one key,
 * stands as plain bytes before all values. Of two names at the same place (`w1@h`, `w1@h2`) the longer one is it.
 */
export function senderOfUnreadable(message: Message, names: Iterable<string>): string | null {
  const body = Buffer.from(message.body.buffer, message.body.byteOffset, message.body.byteLength);
  let sender: string | null = null;
  let position = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const found = body.indexOf(name);
    if (found < 0 || found > position) continue;
    if (found === position && sender !== null && name.length < sender.length) continue;
    sender = name;
    position = found;
  }
  return sender;
}
