// What a task's record amounts to: the values that lists sort by, charts count and queries compare, and no record holds as such.
// One meaning for the store's columns, the measures and the matching of a query. None of them changes with the clock.
import { parsePythonRepr, type TaskRecord } from '@umbel/celery';
import { parseInstant } from '../contract/instant.ts';
import type { Part } from './task-condition.ts';

/** Belongs to the values below; failures/ needs it too. */
export { exceptionTypeOf } from '../failures/exception-type.ts';

/** When the task reached SUCCESS, FAILURE or REVOKED, epoch seconds; null while it may go on. */
export function finishedOf({ succeeded, failed, revoked }: TaskRecord): number | null {
  return succeeded ?? failed ?? revoked;
}

/**
 * Seconds that the last attempt ran, never below 0: what the worker itself measured (`runtime`, of successes only), else from `started`
 * to its end: a failure, a revocation, or the retry it asked for. Null while an attempt runs or waits, and for what never started.
 */
export function runOf(task: TaskRecord): number | null {
  const { runtime, started, retried } = task;
  if (runtime !== null) return Math.max(0, runtime);
  const end = finishedOf(task) ?? (task.state === 'RETRY' ? retried : null);
  if (started === null || end === null) return null;
  // Ended before the attempt after the retry began: that one ran not at all, and how long the ones before it ran is not the question.
  if (retried !== null && started <= retried && retried < end) return null;
  return Math.max(0, end - started);
}

/**
 * Seconds that the last attempt waited until it started, never below 0; null until it has started. A first attempt has waited since it
 * was sent, or since it was received when nobody said that it was sent; a later one since it was received, because what is known of its
 * sending may be an earlier one's. A delay that was asked for (`eta`) is not waiting: that begins when it is over.
 */
export function waitOf(task: TaskRecord): number | null {
  const { started } = task;
  const since = waitingSince(task);
  if (started === null || since === null) return null;
  // Received again after it started: a new attempt, or a second delivery, which is still to start. How long the one before waited is
  // not known any more.
  if (since === task.received && since > started) return null;
  const eta = etaOf(task);
  return Math.max(0, started - (eta !== null && eta > since ? eta : since));
}

/** What `waitOf` counts from; null where there is no wait. */
export function waitFromOf(task: TaskRecord): 'sent' | 'received' | null {
  if (waitOf(task) === null) return null;
  return waitingSince(task) === task.received ? 'received' : 'sent';
}

function waitingSince({ sent, received, retries }: TaskRecord): number | null {
  if (received === null) return retries === 0 ? sent : null;
  // A client whose clock is ahead seems to send later than the worker receives.
  return retries === 0 && sent !== null && sent < received ? sent : received;
}

/** The point in time that `eta` names, epoch seconds; null where there is none that can be read. Without a zone it is UTC. */
export function etaOf({ eta }: TaskRecord): number | null {
  return eta === null ? null : (parseInstant(eta) ?? null);
}

/** Whether the text of args, kwargs or result shows that something was left out, by Celery or by Umbel. */
export function isCut({ args, kwargs, result }: TaskRecord): boolean {
  return isCutText(args) || isCutText(kwargs) || isCutText(result);
}

function isCutText(text: string | null): boolean {
  // Both marks have the dots. Few texts do, so that few have to be read.
  if (text === null || !text.includes('...')) return false;
  const read = parsePythonRepr(text);
  return !read.ok && read.reason === 'truncated';
}

/** What a task's own record can have; children are for the store to find. */
export type OwnPart = Exclude<Part, 'children'>;

export function hasPart(task: TaskRecord, part: OwnPart): boolean {
  const value = part === 'parent' ? task.parentId : task[part];
  return value !== null && value !== '';
}
