// What of a task is counted, as few small values: enough to take it back later, long after the record itself has changed.
import type { TaskRecord } from '@umbel/celery';
import { fingerprintOf } from '../failures/fingerprint.ts';
import { finishedOf, runOf, waitOf } from '../query/task-values.ts';
import { bucketOf } from './histogram.ts';
import { type COUNTS, TALLY_STEPS } from './tally.ts';

export const MINUTE_S = TALLY_STEPS[0];
/** A minute or bucket that is not there: small whole numbers take no memory of their own, null beside them would. */
export const NONE = -1;

/** Times are minutes since 1970, NONE where there is none. */
export interface CountedTask extends Readonly<Record<(typeof COUNTS)[number], number>> {
  readonly name: string | null;
  readonly worker: string | null;
  readonly queue: string | null;
  /** Fingerprint of the last error, while `failed` or `retried` is counted. */
  readonly failure: string | null;
  /** When the last attempt ended; NONE while it may go on, or when nobody knows how long it ran. */
  readonly ended: number;
  readonly runBucket: number;
  /** Whole, so that taking it back leaves nothing. */
  readonly runMicroseconds: number;
  readonly waitBucket: number;
}

export function countedTask(task: TaskRecord): CountedTask {
  const { name, worker, queue, started, failed, retried } = task;
  const finished = finishedOf(task);
  const run = finished === null ? null : runOf(task);
  const wait = started === null ? null : waitOf(task);
  return {
    received: minuteOf(task.received),
    started: minuteOf(started),
    succeeded: minuteOf(task.succeeded),
    failed: minuteOf(failed),
    retried: minuteOf(retried),
    revoked: minuteOf(task.revoked),
    name,
    worker,
    queue,
    failure: failed === null && retried === null ? null : (fingerprintOf(task)?.fp ?? null),
    ended: run === null ? NONE : minuteOf(finished),
    runBucket: run === null ? NONE : (bucketOf(run) ?? NONE),
    runMicroseconds: run === null ? 0 : Math.round(Math.min(run, LONGEST_RUN_S) * 1e6),
    waitBucket: wait === null ? NONE : (bucketOf(wait) ?? NONE),
  };
}

/** A year. Nothing runs longer, and a sum of what only seems to must stay a number. */
const LONGEST_RUN_S = 366 * 86_400;

function minuteOf(time: number | null): number {
  return time === null ? NONE : Math.floor(time / MINUTE_S);
}
