// New tasks: is the name known, is the id free, and off it goes. The message itself is @umbel/celery's send room.
import { randomUUID } from 'node:crypto';
import { type Broker, type ResultBackend, sendTask } from '@umbel/celery';
import type { Store } from '../store/store.ts';
import { DeskError, type SendRequest } from './desk.ts';
import { asDeskErrors } from './desk-error.ts';
import { chooseQueue, registeredNames } from './task-routing.ts';
import type { WorkerDetailsDesk } from './worker-details.ts';

/** Names that every Celery app has; workers leave them out when they list what they have registered. */
const BUILTIN_TASKS: ReadonlySet<string> = new Set(
  [
    'accumulate',
    'backend_cleanup',
    'chain',
    'chord',
    'chord_unlock',
    'chunks',
    'group',
    'map',
    'starmap',
  ].map((name) => `celery.${name}`),
);

/** An unknown name makes the workers be asked again, but not more often than this. */
const ASK_AGAIN_AFTER_MS = 2_000;

export interface TaskSendingOptions {
  readonly store: Store;
  readonly broker: Broker;
  readonly results: ResultBackend | null;
  readonly details: WorkerDetailsDesk;
  /** Celery's task_default_queue. */
  readonly defaultQueue: string;
}

export function createTaskSending({ store, broker, results, details, defaultQueue }: TaskSendingOptions) {
  let askedAtMs = 0;

  async function registered(): Promise<Set<string>> {
    const views = await details.views();
    return new Set([...views.values()].flatMap((view) => registeredNames(view.replies['registered'])));
  }

  async function queueOf(request: SendRequest): Promise<string | undefined> {
    if (request.queue !== undefined || request.exchange !== undefined) return request.queue;
    return chooseQueue(request.name, [...(await details.views()).values()], defaultQueue);
  }

  return {
    registered,

    async routeOf(request: SendRequest): Promise<string | null> {
      const goesToExchange = request.exchange !== undefined && request.exchange !== '';
      return goesToExchange ? null : ((await queueOf(request)) ?? defaultQueue);
    },

    async requireRegistered(name: string): Promise<void> {
      if (BUILTIN_TASKS.has(name) || (await registered()).has(name)) return;
      if (Date.now() - askedAtMs > ASK_AGAIN_AFTER_MS && broker.connection.state === 'connected') {
        askedAtMs = Date.now();
        await asDeskErrors(() => details.refresh(null));
        if ((await registered()).has(name)) return;
      }
      throw new DeskError('unknown_task_name', `No known worker has registered a task named ${name}.`, {
        name,
      });
    },

    async send(request: SendRequest): Promise<string> {
      const { connection } = broker;
      if (connection.state !== 'connected') {
        throw new DeskError(
          'broker_unavailable',
          `The broker ${broker.displayUrl} is not connected; the task was not sent.`,
        );
      }
      const taskId = request.taskId ?? randomUUID();
      if (request.taskId !== undefined && (await store.readTasks([taskId])).size > 0) {
        throw new DeskError(
          'conflict',
          `There is a task with the id ${taskId} already; an id is used once.`,
          { task: taskId },
        );
      }
      const queue = await queueOf(request);
      results?.expect(taskId);
      return asDeskErrors(() =>
        sendTask(
          broker,
          { ...request, queue, taskId },
          { defaultQueue, replyTo: results?.replyTo ?? undefined },
        ),
      );
    },
  };
}
