// What was heard of tasks that other collectors write, for the case that this one has to take them over: for 15 to 30 seconds, which is
// longer than anybody needs to write it or to be missed. Bounded: in a flood it goes less far back.
import type { TaskDraft, TaskEvent } from '@umbel/celery';
import { createTaskBuffer, type TaskBuffer } from './task-buffer.ts';

const HALF_MS = 15_000;
const HALF_BYTES = 24 * 1024 * 1024;

export interface Shadow {
  /** @param nowMs the monotonic clock */
  merge(event: TaskEvent, nowMs: number): void;
  /** Of a task that was to be written here, and is another's now. */
  adopt(draft: TaskDraft, nowMs: number): void;
  /** Takes out what it remembers of these tasks. One task may come twice, in order. */
  take(isWanted: (uuid: string) => boolean): TaskDraft[];
}

export function createShadow(): Shadow {
  let older = createTaskBuffer();
  let newer = createTaskBuffer();
  let sinceMs = -Infinity;

  /** The half that remembers what comes now. */
  const current = (nowMs: number): TaskBuffer => {
    const age = nowMs - sinceMs;
    if (age < HALF_MS && newer.heldBytes < HALF_BYTES) return newer;
    // After a silence the newer half is old as well.
    older = age < 2 * HALF_MS ? newer : createTaskBuffer();
    newer = createTaskBuffer();
    sinceMs = nowMs;
    return newer;
  };

  return {
    merge: (event, nowMs) => current(nowMs).merge(event),
    adopt: (draft, nowMs) => current(nowMs).adopt(draft),
    take: (isWanted) => [...older.release(isWanted), ...newer.release(isWanted)],
  };
}
