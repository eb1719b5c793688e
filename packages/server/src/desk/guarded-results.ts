// Results for somebody who does not see every task: whether one is in sight only the history can tell, and until it does, the
// answer is the same, and takes as long, as for a task that nobody has ever sent.
import type { TaskRecord } from '@umbel/celery';
import type { ResultView } from './desk.ts';
import { pause } from './pause.ts';

/** How often the history is asked during a wait. */
const POLL_MS = 500;

/** The task once `find` finds it, and what is left of the time; undefined when it does not come in time. */
export async function awaitTask(
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  find: () => Promise<TaskRecord | undefined>,
): Promise<{ readonly task: TaskRecord; readonly leftMs: number } | undefined> {
  const signal = options.signal ?? new AbortController().signal;
  const endMs = performance.now() + options.timeoutMs;
  for (;;) {
    const task = await find();
    const leftMs = Math.max(0, endMs - performance.now());
    if (task !== undefined) return { task, leftMs };
    if (leftMs === 0 || signal.aborted) return undefined;
    await pause(Math.min(POLL_MS, Math.ceil(leftMs)), signal);
  }
}

/** As of a task of which nothing is known. */
export function pendingResult(taskId: string): ResultView {
  return {
    taskId,
    state: 'PENDING',
    result: null,
    traceback: null,
    children: [],
    dateDone: null,
    groupId: null,
    parentId: null,
  };
}
