// A record ▶ the row of /api/v1.
import type { TaskRecord } from '@umbel/celery';
import type { V1TaskRow } from '../contract/v1-task-row.ts';
import { toMaybeTimeText } from '../contract/v1-moment.ts';
import { fingerprintOf } from '../failures/fingerprint.ts';
import { deploymentOf } from '../query/deployment.ts';
import type { QueryContext } from '../query/query-context.ts';
import { stageOf } from '../query/task-flags.ts';
import {
  etaOf,
  exceptionTypeOf,
  finishedOf,
  isCut,
  runOf,
  waitFromOf,
  waitOf,
} from '../query/task-values.ts';

/**
 * @param task as it is kept: the group and the type of a failure are told to everybody, and masked texts would make others of them
 * @param shown the same with its values masked, or hidden
 */
export function toV1TaskRow(
  task: TaskRecord,
  shown: TaskRecord,
  { known, hidden }: { readonly known: QueryContext; readonly hidden: boolean },
): V1TaskRow {
  const hasFailed = task.exception !== null || task.traceback !== null;
  return {
    id: task.uuid,
    name: task.name,
    state: task.state,
    flags: flagsOf(task, known),
    args_text: shown.args,
    kwargs_text: shown.kwargs,
    result_text: shown.result,
    exception: hasFailed ? { type: exceptionTypeOf(task), message: shown.exception } : null,
    fp: fingerprintOf(task)?.fp ?? null,
    queue: task.queue,
    worker: task.worker,
    group: task.worker === null ? null : deploymentOf(task.worker),
    retries: task.retries,
    sent: time(task.sent),
    received: time(task.received),
    started: time(task.started),
    finished: time(finishedOf(task)),
    eta: time(etaOf(task)),
    wait_ms: span(waitOf(task)),
    wait_from: waitFromOf(task),
    run_ms: span(runOf(task)),
    parent_id: task.parentId,
    root_id: task.rootId,
    ...(hidden ? { hidden: true as const } : {}),
  };
}

function flagsOf(task: TaskRecord, known: QueryContext): V1TaskRow['flags'] {
  const stage = stageOf(task, known);
  return [
    ...(stage === 'lost' || stage === 'scheduled' ? [stage] : []),
    ...(isCut(task) ? ['cut' as const] : []),
  ];
}

const time = (seconds: number | null) =>
  toMaybeTimeText(seconds === null ? null : Math.round(seconds * 1_000));
const span = (seconds: number | null) => (seconds === null ? null : Math.round(seconds * 1_000));
