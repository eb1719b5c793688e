// What `is:` asks of a task: where it stands now, and what is special about it.
import { isCustomState, READY_STATES, type TaskRecord } from '@umbel/celery';
import type { QueryContext } from './query-context.ts';
import type { Flag } from './task-condition.ts';
import { etaOf, finishedOf, isCut, runOf } from './task-values.ts';

/**
 * Where a task stands. `over`: it has ended, or was rejected for good. `lost`: a worker that is gone had received or started it.
 * `scheduled`: its eta is still to come. `waiting`: for a worker, or for a retry.
 */
export type Stage = 'scheduled' | 'waiting' | 'running' | 'lost' | 'over';

export function stageOf(task: TaskRecord, { nowS, goneWorkers }: QueryContext): Stage {
  const { state, worker } = task;
  if (READY_STATES.has(state)) return 'over';
  // Put back in the queue, or not.
  if (state === 'REJECTED') return task.requeue === true ? 'waiting' : 'over';
  const isRunning = state === 'STARTED' || isCustomState(state);
  if ((isRunning || state === 'RECEIVED') && worker !== null && goneWorkers.has(worker)) return 'lost';
  if (isRunning) return 'running';
  const eta = etaOf(task);
  return eta !== null && eta > nowS ? 'scheduled' : 'waiting';
}

export function hasFlag(task: TaskRecord, flag: Flag, known: QueryContext): boolean {
  switch (flag) {
    case 'running':
    case 'waiting':
    case 'scheduled':
    case 'lost':
      return stageOf(task, known) === flag;
    case 'retried':
      return wasRetried(task);
    case 'recovered':
      return task.state === 'SUCCESS' && (task.failed !== null || wasRetried(task));
    case 'revoking':
      return known.revoking.has(task.uuid) && finishedOf(task) === null;
    case 'cut':
      return isCut(task);
    case 'slow':
      return isSlow(task, known);
    default:
      // `rerun`: no task says yet that it is one of another again.
      return false;
  }
}

function wasRetried({ retries, retried }: TaskRecord): boolean {
  return retries > 0 || retried !== null;
}

/** Its last attempt ran longer than most of its type, or has been running for longer already. */
function isSlow(task: TaskRecord, known: QueryContext): boolean {
  const limit = task.name === null ? undefined : known.slowAboveS.get(task.name);
  if (limit === undefined) return false;
  const run = runOf(task);
  if (run !== null) return run > limit;
  return task.started !== null && known.nowS - task.started > limit && stageOf(task, known) === 'running';
}
