// What workers answered to a command ▶ one answer to the client: done when at least one worker did it.
import type { CommandReply, WorkerAnswer } from '../contract/command-reply.ts';
import type { CommandReplies, WorkerReply } from '../desk/desk.ts';
import { Refusal } from './errors.ts';

/**
 * @param done the sentence for success; default: the worker's own words
 * @throws Refusal 409 when every worker that answered refused, 504 when one did not answer and none did it, 503 when
 *   there was nobody to ask. The body holds `replies` too.
 */
export function toCommandReply({ replies }: CommandReplies, done?: string): CommandReply {
  const byWorker = Object.fromEntries(replies.map((reply) => [reply.worker, toAnswer(reply)]));
  const success = replies.find((reply) => reply.outcome === 'ok');
  if (success !== undefined) return { message: done ?? success.message, replies: byWorker };

  const silent = replies.filter((reply) => reply.outcome === 'no_reply').map((reply) => reply.worker);
  const members = { replies: byWorker };
  if (replies.length === 0) throw new Refusal(503, 'No worker is online, so nobody did it.', { members });
  if (silent.length > 0) {
    throw new Refusal(504, `No answer in time from ${silent.join(', ')}.`, { members });
  }
  throw new Refusal(409, replies.map((reply) => `${reply.worker} refused: ${textOf(reply)}`).join('; '), {
    members,
  });
}

function toAnswer(reply: WorkerReply): WorkerAnswer {
  return reply.outcome === 'ok' ? { ok: reply.message } : { error: textOf(reply) };
}

function textOf(reply: WorkerReply): string {
  return reply.outcome === 'no_reply' ? 'no answer in time' : reply.message;
}
