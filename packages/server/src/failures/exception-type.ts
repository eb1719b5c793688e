// What kind of exception a task had: the name of the class, which is all that every exception has in common.
import type { TaskRecord } from '@umbel/celery';
import { readTraceback } from './read-traceback.ts';

/** As in `ConnectionError('refused')`, `shop.errors.PaymentError: no money` (of a traceback) and `<HttpError 404 when …>`. */
const REPR =
  /^(?:([\p{L}_][\p{L}\p{N}_.]{0,199})(?=[(:]|$)|<(?:class ')?([\p{L}_][\p{L}\p{N}_.]{0,199})(?![\p{L}\p{N}_.]))/u;

/**
 * `ConnectionError`, without its module: only tracebacks tell that one, and not of Python's own, so with it the same exception would have two
 * names. Out of the exception's repr; a class that prints itself in its own way is named by the traceback's last line. Null for
 * a task without an exception, and where neither says.
 */
export function exceptionTypeOf({
  exception,
  traceback,
}: Pick<TaskRecord, 'exception' | 'traceback'>): string | null {
  const named = exception === null ? null : typeIn(exception);
  return named ?? (traceback === null ? null : typeIn(readTraceback(traceback).exception));
}

/** @param text a repr, or a line such as ends a traceback */
export function typeIn(text: string): string | null {
  const match = REPR.exec(text);
  const name = match?.[1] ?? match?.[2];
  if (name === undefined) return null;
  const last = name.slice(name.lastIndexOf('.') + 1);
  return last === '' ? null : last;
}
