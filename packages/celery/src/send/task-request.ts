// What a caller may say about a task to send, and what it may not. The bounds are AMQP's (short strings, octets), Python's (years) and Celery's (C integers),
// so that what passes can neither break a channel nor crash a worker.
import { CeleryError } from '../errors.ts';
import { checkEntityName, checkQueueName } from '../message/entity-names.ts';
import { MAX_PRIORITY, MAX_RETRIES, RESERVED_HEADERS, type TaskToSend } from '../message/task-message.ts';

/** What a caller may say about a task: apply_async's options. */
export interface TaskRequest extends Omit<TaskToSend, 'taskId'> {
  /** 1 … 255 bytes. Default: a new UUID. */
  readonly taskId?: string | undefined;
  /** Delay from now, milliseconds; excludes `etaMs`. */
  readonly countdownMs?: number | undefined;
  /** Time from now after which it must not start, milliseconds; excludes `expiresMs`. */
  readonly expiresInMs?: number | undefined;
  /** Default: SendOptions.defaultQueue. */
  readonly queue?: string | undefined;
  /** Named exchange, used as it is. Absent or `''`: straight to the queue; then Celery ignores `routingKey`. */
  readonly exchange?: string | undefined;
  /** Default: the queue's name. */
  readonly routingKey?: string | undefined;
}

/** A task's name travels in a header, where AMQP sets no bound. */
const MAX_TASK_NAME_BYTES = 1_000;
/** 9999-12-31T23:59:59Z, the last second that Python's datetime knows. */
const MAX_TIME_MS = 253_402_300_799_000;
/** A hundred years: more is surely a wrong unit. */
const MAX_DURATION_MS = 100 * 366 * 86_400_000;

/** @throws CeleryError `bad_argument`; `params.field` is the member of TaskRequest, for a header `headers.<name>` */
export function checkTaskRequest(task: TaskRequest): void {
  checkEntityName('name', task.name, { maxBytes: MAX_TASK_NAME_BYTES });
  if (task.args !== undefined && !Array.isArray(task.args)) throw bad('args', 'must be a list');
  if (task.kwargs !== undefined && !isRecord(task.kwargs)) throw bad('kwargs', 'must be an object');

  for (const field of ['taskId', 'rootId', 'parentId', 'groupId'] as const) {
    if (task[field] !== undefined) checkEntityName(field, task[field]);
  }
  if (task.queue !== undefined) checkQueueName('queue', task.queue);
  for (const field of ['exchange', 'routingKey'] as const) {
    if (task[field] !== undefined) checkEntityName(field, task[field], { minBytes: 0 });
  }
  for (const field of ['shadow', 'argsrepr', 'kwargsrepr'] as const) {
    if (task[field] !== undefined && typeof task[field] !== 'string') throw bad(field, 'must be a text');
  }
  if (task.ignoreResult !== undefined && typeof task.ignoreResult !== 'boolean') {
    throw bad('ignoreResult', 'must be true or false');
  }

  checkInteger('priority', task.priority, MAX_PRIORITY);
  checkInteger('retries', task.retries, MAX_RETRIES);
  checkInteger('groupIndex', task.groupIndex, MAX_RETRIES);
  checkNumber('etaMs', task.etaMs, MAX_TIME_MS);
  checkNumber('expiresMs', task.expiresMs, MAX_TIME_MS);
  checkNumber('countdownMs', task.countdownMs, MAX_DURATION_MS);
  checkNumber('expiresInMs', task.expiresInMs, MAX_DURATION_MS);
  for (const field of ['timeLimit', 'softTimeLimit'] as const) {
    checkNumber(field, task[field], MAX_DURATION_MS / 1_000);
    if (task[field] === 0) throw bad(field, 'must be greater than 0');
  }
  if (task.countdownMs !== undefined && task.etaMs !== undefined) {
    throw bad('countdownMs', 'must not stand beside an eta');
  }
  if (task.expiresInMs !== undefined && task.expiresMs !== undefined) {
    throw bad('expiresInMs', 'must not stand beside an absolute expiry');
  }
  checkHeaders(task.headers);
}

function checkInteger(field: string, value: unknown, maximum: number): void {
  if (value === undefined) return;
  if (!Number.isInteger(value)) throw bad(field, 'must be a whole number');
  checkNumber(field, value, maximum);
}

function checkNumber(field: string, value: unknown, maximum: number): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !(value >= 0 && value <= maximum)) {
    throw bad(field, `must be a number from 0 to ${maximum}`);
  }
}

function checkHeaders(headers: unknown): void {
  if (headers === undefined) return;
  if (!isRecord(headers)) throw bad('headers', 'must be an object');
  for (const name of Object.keys(headers)) {
    if (RESERVED_HEADERS.has(name)) throw bad(`headers.${name}`, 'belongs to the task protocol itself');
    checkEntityName(`headers.${name}`, name);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bad(field: string, why: string): CeleryError {
  return new CeleryError('bad_argument', `${field} ${why}`, { params: { field } });
}
