// Puts a task on a queue, as `app.send_task` does: gives it an id, turns relative times into absolute ones, routes it.
// Owns the checks of everything a caller may say; the message's layout is message/task-message.ts, declaring queues the
// broker's. Nothing is published before all of it is valid.
import { hostname } from 'node:os';
import type { Broker, PublishTarget } from '../broker/broker.ts';
import { createTaskMessage, type TaskToSend } from '../message/task-message.ts';
import { checkTask } from './check-task.ts';
import { userHeaders } from './user-headers.ts';

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

export interface SendOptions {
  /** Celery's `task_default_queue`. Default: `celery`. */
  readonly defaultQueue?: string | undefined;
  /** Where rpc results go: ResultBackend.replyTo. Default: nowhere. */
  readonly replyTo?: string | undefined;
  /** Who sends. Default: `gen<pid>@<host>`, as a Python client. */
  readonly origin?: string | undefined;
}

/**
 * Sends a task; answers its id as soon as the broker has it.
 * @throws CeleryError `bad_argument` (`params.field` names the member of TaskRequest, for a header `headers.<name>`); `broker_unavailable`
 */
export async function sendTask(
  broker: Broker,
  task: TaskRequest,
  options: SendOptions = {},
): Promise<string> {
  checkTask(task);
  const headers = userHeaders(task.headers);
  const nowMs = Date.now();
  const taskId = task.taskId ?? crypto.randomUUID();
  const message = createTaskMessage(
    {
      ...task,
      taskId,
      headers,
      etaMs: later(nowMs, task.countdownMs) ?? task.etaMs,
      expiresMs: later(nowMs, task.expiresInMs) ?? task.expiresMs,
    },
    { origin: options.origin ?? `gen${process.pid}@${hostname()}`, replyTo: options.replyTo ?? '', nowMs },
  );
  await broker.publish(route(task, options.defaultQueue ?? 'celery'), message);
  return taskId;
}

function later(nowMs: number, delayMs: number | undefined): number | undefined {
  return delayMs === undefined ? undefined : nowMs + delayMs;
}

function route(task: TaskRequest, defaultQueue: string): PublishTarget {
  const queue = task.queue ?? defaultQueue;
  if (task.exchange === undefined || task.exchange === '') return { queue };
  return { queue, exchange: task.exchange, routingKey: task.routingKey ?? queue };
}
