// Checks of command arguments before anything is sent. A worker trusts what it is told: a wrong type becomes a
// TypeError text, a wrong queue name can end its connection. So every builder of commands.ts checks first. Names of queues
// and exchanges are message/entity-names.ts.
import { CeleryError } from '../errors.ts';

/** Longest task name or task id we pass on. Celery sets no limit; database backends keep 155 to 255. */
const MAX_TEXT_CHARS = 1024;
/** Most ids in one request; a larger list belongs in several requests. */
const MAX_IDS = 10_000;

export function badArgument(field: string, message: string): CeleryError {
  return new CeleryError('bad_argument', message, { params: { field } });
}

/** A non-empty text of at most 1,024 characters. */
export function checkText(field: string, value: string): string {
  if (typeof value !== 'string' || value === '' || value.length > MAX_TEXT_CHARS) {
    throw badArgument(field, `${field} must be a text of 1 to ${MAX_TEXT_CHARS} characters`);
  }
  return value;
}

/** A whole number between `min` and `max`, both included. */
export function checkInteger(field: string, value: number, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || value < min || value > max) {
    throw badArgument(field, `${field} must be a whole number from ${min} to ${max}`);
  }
  return value;
}

/** A non-empty list of task ids, doubles removed. */
export function checkTaskIds(field: string, ids: readonly string[]): string[] {
  if (ids.length === 0 || ids.length > MAX_IDS) {
    throw badArgument(field, `${field} must name 1 to ${MAX_IDS} tasks`);
  }
  return [...new Set(ids.map((id) => checkText(field, id)))];
}
