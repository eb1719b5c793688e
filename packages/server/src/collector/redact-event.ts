// Events without the secrets that they carry: masked before they are merged, so that nothing that is derived from them, kept in
// memory or written anywhere has ever held one. Pure.
import type { TaskEvent } from '@umbel/celery';
import type { Redaction } from '../redaction/redaction.ts';

/** The same event, with the texts that a task can fill with values masked by the rules. */
export function redactEvent(
  event: TaskEvent,
  redaction: Pick<Redaction, 'repr' | 'text' | 'exception'>,
): TaskEvent {
  switch (event.type) {
    case 'task-sent':
    case 'task-received':
      return {
        ...event,
        args: maybe(redaction.repr, event.args),
        kwargs: maybe(redaction.repr, event.kwargs),
      };
    case 'task-succeeded':
      return { ...event, result: maybe(redaction.repr, event.result) };
    case 'task-failed':
    case 'task-retried':
      return {
        ...event,
        exception: maybe(redaction.exception, event.exception),
        traceback: maybe(redaction.text, event.traceback),
      };
    // A sentence when the death was noticed through the pool.
    case 'task-revoked':
      return { ...event, signum: maybe(redaction.text, event.signum) };
    default:
      return event;
  }
}

function maybe(redact: (text: string) => string, text: string | null): string | null {
  return text === null ? null : redact(text);
}
