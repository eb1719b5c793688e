// Results: the result backend's word first, and where it has none, what the task's events say. Waiting uses the
// backend's own notification; the events are watched beside it, because a task that ignores its result, or whose
// record has expired, never shows up in a backend.
import {
  parsePythonRepr,
  READY_STATES,
  type ResultBackend,
  type TaskRecord,
  type TaskResult,
} from '@umbel/celery';
import type { Store } from '../store/store.ts';
import { DeskError } from './desk.ts';
import { asDeskErrors } from './desk-error.ts';
import { pause } from './pause.ts';

/** How often the events are looked at during a wait. */
const EVENTS_POLL_MS = 500;
/** Events may be faster than the backend: so long its record has to arrive before the events' word is taken. */
const BACKEND_GRACE_MS = 1_000;

export function createTaskResults({
  store,
  results,
}: {
  readonly store: Store;
  readonly results: ResultBackend | null;
}) {
  function requireResultBackend(): ResultBackend {
    if (results !== null) return results;
    throw new DeskError(
      'no_result_backend',
      'No result backend is configured: start Umbel with --result-backend URL (or CELERY_RESULT_BACKEND).',
    );
  }

  async function endedByEvents(taskId: string): Promise<TaskRecord | null> {
    const task = (await store.readTasks([taskId])).get(taskId);
    return task !== undefined && READY_STATES.has(task.state) ? task : null;
  }

  /** Resolves some time after the task's events say that it has ended, or when aborted. */
  async function endedAndQuiet(taskId: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if ((await endedByEvents(taskId)) !== null) return pause(BACKEND_GRACE_MS, signal);
      await pause(EVENTS_POLL_MS, signal);
    }
  }

  async function wait(
    backend: ResultBackend,
    taskId: string,
    timeoutMs: number,
    gone: AbortSignal | undefined,
  ): Promise<TaskResult> {
    const over = new AbortController();
    // Timers count whole milliseconds.
    const deadline = AbortSignal.timeout(Math.ceil(timeoutMs));
    const signal = AbortSignal.any([over.signal, deadline, ...(gone === undefined ? [] : [gone])]);
    try {
      const waiting = backend.wait(taskId, signal);
      const events = endedAndQuiet(taskId, signal);
      // Whoever comes first: from then on the backend has nothing more to tell, and says what it has.
      await Promise.race([waiting, events]);
      over.abort();
      return await waiting;
    } finally {
      over.abort();
    }
  }

  return {
    requireResultBackend: () => void requireResultBackend(),

    async result(
      taskId: string,
      { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
    ): Promise<TaskResult> {
      const backend = requireResultBackend();
      const stored = await asDeskErrors(() =>
        timeoutMs > 0 ? wait(backend, taskId, timeoutMs, signal) : backend.get(taskId),
      );
      if (stored.state !== 'PENDING') return stored;
      const task = (await store.readTasks([taskId])).get(taskId);
      return task === undefined ? stored : fromEvents(task);
    },

    async abort(taskId: string): Promise<void> {
      const backend = requireResultBackend();
      const ended = await endedByEvents(taskId);
      if (ended !== null || !(await asDeskErrors(() => backend.abort(taskId)))) {
        throw new DeskError(
          'conflict',
          `Task ${taskId} has already ended${ended === null ? '' : ` with state ${ended.state}`}; there is nothing to abort.`,
          { task: taskId },
        );
      }
    },
  };
}

/** What the events say, in the shape of a stored result. The value is read from its repr where that is possible. */
function fromEvents(task: TaskRecord): TaskResult {
  const value = task.result === null ? null : parsePythonRepr(task.result);
  return {
    taskId: task.uuid,
    state: task.state,
    result: task.state === 'SUCCESS' ? (value?.ok === true ? value.value : task.result) : task.exception,
    traceback: task.traceback,
    children: [],
    dateDone: null,
    groupId: null,
    parentId: task.parentId,
  };
}
