// What somebody whose rights are narrowed can see of things that are neither a task nor a worker: names of tasks, queues, and
// what workers out of sight have answered. Pure.
import type { Permissions, Scope } from '../auth/permissions.ts';
import type { Right } from '../auth/rights.ts';
import { matchesAny } from '../store/name-pattern.ts';
import type { CommandReplies, WorkerReply, WorkerView } from './desk.ts';
import { targetOfWorker } from './permission-targets.ts';
import { registeredNames } from './task-routing.ts';

/** Stands for all workers out of sight. */
const OTHERS = 'other workers';

/**
 * Whether one of the rights holds for tasks of this name, or some of them: where it is narrowed to queues or workers too, a worker
 * there has to know the name.
 */
export function seesTaskName(
  permissions: Permissions,
  rights: readonly Right[],
  name: string,
  views: readonly WorkerView[],
): boolean {
  return rights.some((right) => {
    const scopes = permissions.scopesOf(right);
    return scopes === null || scopes.some((scope) => holdsName(scope, name, views));
  });
}

function holdsName({ tasks, queues, workers }: Scope, name: string, views: readonly WorkerView[]): boolean {
  if (tasks !== undefined && !matchesAny(tasks, name)) return false;
  if (queues === undefined && workers === undefined) return true;
  return views.some((view) => {
    const { worker, queues: consumed } = targetOfWorker(view);
    return (
      (workers === undefined || matchesAny(workers, worker)) &&
      (queues === undefined || consumed.some((queue) => matchesAny(queues, queue))) &&
      registeredNames(view.replies['registered']).includes(name)
    );
  });
}

/** @param seen the workers in sight, whose queues are in sight as well */
export function seesQueue(permissions: Permissions, queue: string, seen: readonly WorkerView[]): boolean {
  return (
    permissions.covers('view', { queues: [queue] }) ||
    seen.some((view) => targetOfWorker(view).queues.includes(queue))
  );
}

/** Answers of workers out of sight become one, without names or words of theirs: whether it was done has to be told. */
export function foldReplies(
  replies: readonly WorkerReply[],
  seen: ReadonlyMap<string, WorkerView>,
): CommandReplies {
  const known = replies.filter((reply) => seen.has(reply.worker));
  const others = new Set(replies.filter((reply) => !seen.has(reply.worker)).map((reply) => reply.outcome));
  const folded: WorkerReply[] = others.has('ok')
    ? [{ worker: OTHERS, outcome: 'ok', message: 'done', value: null }]
    : others.has('error')
      ? [{ worker: OTHERS, outcome: 'error', message: 'refused' }]
      : others.has('no_reply')
        ? [{ worker: OTHERS, outcome: 'no_reply' }]
        : [];
  return { replies: [...known, ...folded] };
}
