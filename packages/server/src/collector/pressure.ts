// What is given up when there are more events than can be taken in: states of a task's own, such as PROGRESS, which say how it goes and
// never how it ended. Everything that a task's record concludes its state, times and counts from is kept to the last.
import type { Log, TaskEvent } from '@umbel/celery';

/** It begins above either of the first, and ends below both of the second. */
const BEGIN_BYTES = 32 * 1024 * 1024;
const END_BYTES = 16 * 1024 * 1024;
const BEGIN_LAG_S = 10;
const END_LAG_S = 2;

export interface Pressure {
  /** Call it before each lot of events. @param bytes that wait to be written */
  note(bytes: number, lagSeconds: number): void;
  /** Whether this event is given up; then it is counted. */
  givesUp(event: TaskEvent): boolean;
  readonly active: boolean;
  /** Events given up since the start. */
  readonly givenUp: number;
}

export function createPressure(log: Log): Pressure {
  let since: number | undefined;
  let givenUp = 0;
  return {
    note(bytes, lagSeconds) {
      if (since === undefined && (bytes > BEGIN_BYTES || lagSeconds > BEGIN_LAG_S)) {
        since = givenUp;
        log.warn(
          { bytes, lagSeconds: Math.round(lagSeconds) },
          'there are more events than can be written: states of their own (such as PROGRESS) are left out until that is over',
        );
      } else if (since !== undefined && bytes < END_BYTES && lagSeconds < END_LAG_S) {
        log.info({ leftOut: givenUp - since }, 'events are kept whole again');
        since = undefined;
      }
    },
    givesUp(event) {
      if (since === undefined || event.type !== 'task-custom') return false;
      givenUp++;
      return true;
    },
    get active() {
      return since !== undefined;
    },
    get givenUp() {
      return givenUp;
    },
  };
}
