// The right that each of Celery's control commands needs, and what it is done to. Pure.
import type { ControlRequest } from '@umbel/celery';
import type { Target } from '../auth/permissions.ts';
import type { Right } from '../auth/rights.ts';
import type { WorkerView } from './desk.ts';
import { targetOfWorker } from './permission-targets.ts';

/** What is not here nobody may send. */
export const COMMAND_RIGHTS = {
  revoke: 'revoke',
  shutdown: 'shutdown',
  pool_grow: 'control',
  pool_shrink: 'control',
  pool_restart: 'control',
  autoscale: 'control',
  add_consumer: 'control',
  cancel_consumer: 'control',
  rate_limit: 'control',
  time_limit: 'control',
  enable_events: 'control',
  disable_events: 'control',
  heartbeat: 'control',
} as const satisfies Readonly<Record<string, Right>>;

export function rightOfCommand(method: string): Right | undefined {
  return Object.hasOwn(COMMAND_RIGHTS, method)
    ? COMMAND_RIGHTS[method as keyof typeof COMMAND_RIGHTS]
    : undefined;
}

/** Ids of the tasks that a command is about; undefined for one that is about something else. */
export function taskIdsOf({ method, arguments: args }: ControlRequest): readonly unknown[] | undefined {
  if (method !== 'revoke') return undefined;
  const ids = args['task_id'];
  return Array.isArray(ids) ? ids : [ids];
}

/**
 * What a command that is about no single tasks is done to.
 * @param view whom it is sent to; null: everybody, so that no pattern for queues or workers matches
 */
export function targetOfCommand(
  { method, arguments: args }: ControlRequest,
  view: WorkerView | null,
): Target {
  const worker = view === null ? { worker: null } : targetOfWorker(view);
  switch (method) {
    case 'rate_limit':
    case 'time_limit':
      return { ...worker, task: textOf(args['task_name']) };
    case 'add_consumer':
    case 'cancel_consumer':
      // Else somebody narrowed to some queues could make a worker of theirs empty another one, or have what is sent to an
      // exchange of others copied into theirs.
      return {
        ...worker,
        queues:
          view === null
            ? []
            : [
                ...targetOfWorker(view).queues,
                textOf(args['queue']) ?? '',
                ...(args['exchange'] ? [textOf(args['exchange']) ?? ''] : []),
              ],
      };
    default:
      return worker;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
