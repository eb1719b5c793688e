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

  /** Resolves with the task's record some time after its events say that it has ended; null when aborted. */
  async function endedAndQuiet(taskId: string, signal: AbortSignal): Promise<TaskRecord | null> {
    while (!signal.aborted) {
      const task = await endedByEvents(taskId);
      if (task !== null) {
        await pause(BACKEND_GRACE_MS, signal);
        return signal.aborted ? null : task;
      }
      await pause(EVENTS_POLL_MS, signal);
    }
    return null;
  }

  async function wait(backend: ResultBackend, taskId: string, timeoutMs: number): Promise<TaskResult> {
    const over = new AbortController();
    const deadline = setTimeout(() => over.abort(), timeoutMs);
    try {
      const waiting = backend.wait(taskId, over.signal);
      const quiet = endedAndQuiet(taskId, over.signal);
      const first = await Promise.race([
        waiting.then(() => 'backend' as const),
        quiet.then((task) => (task === null ? 'deadline' : 'events')),
      ]);
      if (first === 'events') over.abort();
      return await waiting;
    } finally {
      clearTimeout(deadline);
      over.abort();
    }
  }

  return {
    requireResultBackend: () => void requireResultBackend(),

    async result(taskId: string, { timeoutMs }: { timeoutMs: number }): Promise<TaskResult> {
      const backend = requireResultBackend();
      const stored = await asDeskErrors(() =>
        timeoutMs > 0 ? wait(backend, taskId, timeoutMs) : backend.get(taskId),
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
