// The tasks that events have changed and the store does not know yet, merged in memory: however many events a task gets between
// two writes, it is written once. Also remembers tasks that go on, so that their next events need no reading. Bounded by
// whoever writes: see `changedBytes`.
import {
  emptyTask,
  mergeInto,
  mergeTasks,
  READY_STATES,
  type TaskDraft,
  type TaskEvent,
  type TaskRecord,
} from '@umbel/celery';
import { type CountedTask, countedTask } from '../measures/counted-task.ts';
import { createTaskSum } from '../measures/task-sum.ts';
import type { Tally } from '../measures/tally.ts';

/** Tasks that go on and are remembered when nothing of them waits to be written. */
const REMEMBERED_TASKS = 20_000;
const REMEMBERED_BYTES = 32 * 1024 * 1024;
/** What a record weighs besides its long texts, and an event besides its own. */
const RECORD_BYTES = 700;
const EVENT_BYTES = 50;
/** JavaScript keeps a text in one byte a character or two; counting two errs to the safe side. */
const BYTES_PER_CHAR = 2;

/** A task in memory. */
export interface OpenTask {
  draft: TaskDraft;
  /** Whether the draft holds what the store holds: until then it is only what was heard since. */
  joined: boolean;
  changed: boolean;
  /** About how much memory it holds. */
  bytes: number;
  /** As what the store counts it, of what is joined; undefined: not at all. */
  counted: CountedTask | undefined;
  /** As what it counts with the batch that is being written. */
  counting: CountedTask | undefined;
}

export interface TaskBuffer {
  merge(event: TaskEvent): void;
  /** Tasks that wait to be written, and about how much memory they hold. */
  readonly changedTasks: number;
  readonly changedBytes: number;
  /** All tasks in memory, with those that only go on. */
  readonly heldTasks: number;
  readonly heldBytes: number;
  /** Takes up to `limit` changed tasks out, for writing. Give them back or settle them. */
  take(limit: number): OpenTask[];
  /** Adds what the store knows to a task that was built from events alone. */
  join(open: OpenTask, stored: TaskRecord | undefined): void;
  /** What writing the tasks, as they are now, adds to the counts of their minutes. All of them are joined. */
  count(batch: readonly OpenTask[]): Tally[];
  /** Joins what was heard of a task elsewhere (shadow.ts). It is to be joined with what the store knows too. */
  adopt(draft: TaskDraft): void;
  /** Forgets all tasks that `isGone` says of, also those that are being written; answers those that wait to be written. */
  release(isGone: (uuid: string) => boolean): TaskDraft[];
  /**
   * They could not be written: they are changed again. Or so it seems: a store may have failed after it had written them. So they are to be
   * joined again, with what it has then; nothing is counted twice.
   */
  giveBack(batch: readonly OpenTask[]): void;
  /** They were written; what has ended is forgotten, and of the rest the oldest when there are too many. */
  settle(batch: readonly OpenTask[]): void;
}

export function createTaskBuffer(): TaskBuffer {
  const tasks = new Map<string, OpenTask>();
  let changed: OpenTask[] = [];
  let changedBytes = 0;
  let allBytes = 0;

  const enter = (draft: TaskDraft, bytes: number): OpenTask => {
    const open: OpenTask = {
      draft,
      joined: false,
      changed: false,
      bytes,
      counted: undefined,
      counting: undefined,
    };
    tasks.set(draft.uuid, open);
    allBytes += bytes;
    return open;
  };
  /** @param bytes by how much it has grown */
  const change = (open: OpenTask, bytes: number) => {
    open.bytes += bytes;
    allBytes += bytes;
    if (open.changed) {
      changedBytes += bytes;
    } else {
      open.changed = true;
      changedBytes += open.bytes;
      changed.push(open);
    }
  };
  /** Not when it was released while it was being written. */
  const isHeld = (open: OpenTask) => tasks.get(open.draft.uuid) === open;
  const forget = (open: OpenTask) => {
    tasks.delete(open.draft.uuid);
    allBytes -= open.bytes;
  };
  const forgetOldest = () => {
    if (tasks.size <= REMEMBERED_TASKS && allBytes <= REMEMBERED_BYTES) return;
    for (const open of tasks.values()) {
      if (!open.changed) forget(open);
      // A tenth more than needed, so that this does not run after every batch.
      if (tasks.size <= REMEMBERED_TASKS * 0.9 && allBytes <= REMEMBERED_BYTES * 0.9) return;
    }
  };

  return {
    get changedTasks() {
      return changed.length;
    },
    get changedBytes() {
      return changedBytes;
    },
    get heldTasks() {
      return tasks.size;
    },
    get heldBytes() {
      return allBytes;
    },
    merge(event) {
      const open = tasks.get(event.uuid) ?? enter(emptyTask(event.uuid), RECORD_BYTES);
      if (mergeInto(open.draft, event)) change(open, EVENT_BYTES + BYTES_PER_CHAR * eventChars(event));
    },
    adopt(draft) {
      const open = tasks.get(draft.uuid);
      if (open === undefined) {
        change(enter(draft, recordBytes(draft)), 0);
        return;
      }
      const bytes = recordBytes(open.draft);
      open.draft = mergeTasks(open.draft, draft);
      change(open, recordBytes(open.draft) - bytes);
    },
    release(isGone) {
      const gone = [...tasks.values()].filter(({ draft }) => isGone(draft.uuid));
      const waiting = gone.filter((open) => open.changed);
      for (const open of gone) forget(open);
      for (const open of waiting) changedBytes -= open.bytes;
      if (waiting.length > 0) changed = changed.filter(isHeld);
      return waiting.map(({ draft }) => draft);
    },
    take(limit) {
      const batch = changed.length <= limit ? changed : changed.slice(0, limit);
      changed = changed.length <= limit ? [] : changed.slice(limit);
      for (const open of batch) {
        open.changed = false;
        changedBytes -= open.bytes;
      }
      return batch;
    },
    join(open, stored) {
      open.joined = true;
      open.counted = stored === undefined ? undefined : countedTask(stored);
      if (stored === undefined) return;
      open.draft = mergeTasks(stored, open.draft);
      // Not added to what it was: a task may be joined again and again.
      const bytes = recordBytes(open.draft) - open.bytes;
      open.bytes += bytes;
      allBytes += bytes;
      if (open.changed) changedBytes += bytes;
    },
    count(batch) {
      const sum = createTaskSum();
      for (const open of batch) {
        open.counting = countedTask(open.draft);
        sum.change(open.counted, open.counting);
      }
      return sum.tallies();
    },
    giveBack(batch) {
      const again = batch.filter((open) => !open.changed && isHeld(open));
      for (const open of batch) open.joined = false;
      for (const open of again) {
        open.changed = true;
        changedBytes += open.bytes;
      }
      changed = [...again, ...changed];
    },
    settle(batch) {
      for (const open of batch.filter(isHeld)) {
        open.counted = open.counting;
        if (!open.changed && READY_STATES.has(open.draft.state)) forget(open);
      }
      forgetOldest();
    },
  };
}

/** Characters of the texts that a task can make long. */
function eventChars(event: TaskEvent): number {
  switch (event.type) {
    case 'task-sent':
    case 'task-received':
      return length(event.args) + length(event.kwargs);
    case 'task-succeeded':
      return length(event.result);
    case 'task-failed':
    case 'task-retried':
      return length(event.exception) + length(event.traceback);
    default:
      return 0;
  }
}

function recordBytes({ args, kwargs, result, exception, traceback, extraHistory }: TaskRecord): number {
  const chars = length(args) + length(kwargs) + length(result) + length(exception) + length(traceback);
  return RECORD_BYTES + EVENT_BYTES * extraHistory.length + BYTES_PER_CHAR * chars;
}

function length(text: string | null): number {
  return text === null ? 0 : text.length;
}
