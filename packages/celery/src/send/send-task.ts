// Puts a task on a queue, as `app.send_task` does: gives it an id, turns relative times into absolute ones, routes it.
// What a caller may say is task-request.ts, the message's layout message/task-message.ts; declaring queues is the broker's.
// Nothing is published before all of it is valid.
import { hostname } from 'node:os';
import type { Broker, PublishTarget } from '../broker/broker.ts';
import { createTaskMessage } from '../message/task-message.ts';
import { checkTaskRequest, type TaskRequest } from './task-request.ts';

export interface SendOptions {
  /** Celery's `task_default_queue`. Default: `celery`. */
  readonly defaultQueue?: string | undefined;
  /** Where rpc results go: ResultBackend.replyTo. Default: nowhere. */
  readonly replyTo?: string | null | undefined;
  /** Who sends. Default: `gen<pid>@<host>`, as a Python client. */
  readonly origin?: string | undefined;
}

/**
 * Sends a task and returns its id once the broker has it. Without `exchange` the task goes straight to its queue, and then
 * `routingKey` says nothing: as in Celery for direct exchanges.
 * @throws CeleryError `bad_argument` (`params.field` names the member of TaskRequest, for a header `headers.<name>`); `broker_unavailable`
 */
export async function sendTask(
  broker: Broker,
  task: TaskRequest,
  options: SendOptions = {},
): Promise<string> {
  checkTaskRequest(task);
  const nowMs = Date.now();
  const taskId = task.taskId ?? crypto.randomUUID();
  const message = createTaskMessage(
    {
      ...task,
      taskId,
      // As in Celery a countdown of 0 is none.
      etaMs: task.countdownMs ? nowMs + task.countdownMs : task.etaMs,
      expiresMs: task.expiresInMs === undefined ? task.expiresMs : nowMs + task.expiresInMs,
    },
    { origin: options.origin ?? `gen${process.pid}@${hostname()}`, replyTo: options.replyTo ?? '', nowMs },
  );
  await broker.publish(route(task, options.defaultQueue ?? 'celery'), message);
  return taskId;
}

function route(task: TaskRequest, defaultQueue: string): PublishTarget {
  const queue = task.queue ?? defaultQueue;
  if (task.exchange === undefined || task.exchange === '') return { queue };
  return { queue, exchange: task.exchange, routingKey: task.routingKey ?? queue };
}
