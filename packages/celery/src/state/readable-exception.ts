// What to show as a task's exception.

/** A history line's exception is cut here; the same length as Celery's reprs. */
export const READABLE_EXCEPTION_CHARS = 1_024;

/** billiard's wrapper around an error of a pool process, when Celery prints the wrapper instead of the error. */
const WRAPPER = /^ExceptionWithTraceback\(/;

/**
 * The exception of a failed or retried event. After a hard time limit or a lost pool process Celery sends the repr of a
 * wrapper, which says nothing; then the traceback's last line names the error.
 */
export function readableException(exception: string | null, traceback: string | null): string | null {
  if (exception === null || traceback === null || !WRAPPER.test(exception)) return exception;
  // The wrapper closes its traceback with three quotes on a line of their own.
  const text = traceback.trimEnd().replace(/"""$/, '').trimEnd();
  return text.slice(text.lastIndexOf('\n') + 1).trim() || exception;
}
