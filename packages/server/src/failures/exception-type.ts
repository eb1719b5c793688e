// What kind of exception a task had: the name of the class, which is all that every exception has in common.
import type { TaskRecord } from '@umbel/celery';
import { readTraceback } from './read-traceback.ts';

/** As Python prints an exception, with or without its module; or in angle brackets, as classes do that print themselves. */
const CALLED = /^([\p{L}_][\p{L}\p{N}_.]{0,199})\(/u;
/** The last line of a traceback, which is all that is left of some exceptions. Any other text may begin so, but not with a class. */
const LINE = /^([\p{L}_][\p{L}\p{N}_.]{0,199})(?::|$)/u;
const BRACKETED = /^<(?:class ')?([\p{L}_][\p{L}\p{N}_.]{0,199})(?![\p{L}\p{N}_.])/u;
const CLASS = /^_*\p{Lu}/u;
const TYPE_NAME = /^[\p{L}_][\p{L}\p{N}_]{0,199}$/u;

/**
 * `ConnectionError`, without its module: only tracebacks tell that one, and not of Python's own, so with it the same exception would have two
 * names. Out of the exception's repr; a class that prints itself in its own way is named by the traceback's last line. Null for
 * a task without an exception, and where neither says. Never part of what the exception says, so that whoever may not
 * see that may see this.
 */
export function exceptionTypeOf({
  exception,
  traceback,
}: Pick<TaskRecord, 'exception' | 'traceback'>): string | null {
  const named = exception === null ? null : typeInRepr(exception);
  return named ?? (traceback === null ? null : typeInLine(readTraceback(traceback).exception));
}

/** Whether the text can be what `exceptionTypeOf` answers. */
export function isTypeName(text: string): boolean {
  return TYPE_NAME.test(text);
}

function typeInRepr(text: string): string | null {
  const called = CALLED.exec(text)?.[1];
  if (called !== undefined) return lastPart(called);
  const other = lastPart((LINE.exec(text) ?? BRACKETED.exec(text))?.[1]);
  return other !== null && CLASS.test(other) ? other : null;
}

/** @param line such as ends a traceback: `shop.errors.PaymentError: no money` */
export function typeInLine(line: string): string | null {
  return lastPart(LINE.exec(line)?.[1]);
}

function lastPart(name: string | undefined): string | null {
  const last = name?.slice(name.lastIndexOf('.') + 1);
  return last === undefined || last === '' ? null : last;
}
