// What rights are asked for: tasks, workers and sends in the terms of auth/permissions.ts. Pure.
import type { TaskRecord } from '@umbel/celery';
import type { Target } from '../auth/permissions.ts';
import type { SendRequest, WorkerView } from './desk.ts';
import { queueNames } from './queue-lengths.ts';

export function targetOfTask(task: Pick<TaskRecord, 'name' | 'queue' | 'worker'>): Target {
  return { task: task.name, queues: task.queue === null ? undefined : [task.queue], worker: task.worker };
}

export interface WorkerTarget extends Target {
  readonly worker: string;
  readonly queues: readonly string[];
}

/** With all queues that the worker consumes: what is done to it touches each of them. */
export function targetOfWorker({ worker, replies }: WorkerView): WorkerTarget {
  return { worker: worker.hostname, queues: queueNames(replies['active_queues']) };
}

/** Celery's own tasks that run, or send to any queue, what their arguments name (celery/app/builtins.py). */
const RUNS_OTHERS: ReadonlySet<string> = new Set(
  ['chain', 'chord', 'chord_unlock', 'chunks', 'group', 'map', 'starmap'].map((name) => `celery.${name}`),
);

/** @param queue where it is going to be; null: not known */
export function targetOfSend({ name }: SendRequest, queue: string | null): Target {
  // What it comes to is not known, so that no narrowed right reaches it.
  if (RUNS_OTHERS.has(name)) return {};
  return { task: name, queues: queue === null ? undefined : [queue] };
}
