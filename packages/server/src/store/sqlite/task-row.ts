// TaskRecord ◀▶ a row of the table `tasks`: which column holds what. migrations/0001 says what the columns mean.
import type { HistoryEntry, TaskRecord } from '@umbel/celery';
import { fingerprintOf } from '../../failures/fingerprint.ts';
import type { Labels } from './labels.ts';
import { uuidKey } from './uuid-key.ts';

export type Cell = string | number | null;

/** A row as SQLite answers it, without `id`. */
export interface TaskRow {
  readonly uuid_key: number;
  readonly position: number;
  readonly state: number;
  readonly name: number | null;
  readonly worker: number | null;
  readonly queue: number | null;
  readonly client: number | null;
  readonly exchange: number | null;
  readonly routing_key: number | null;
  readonly exception_type: number | null;
  readonly fp: number | null;
  readonly timestamp: number;
  readonly clock: number;
  readonly sent: number | null;
  readonly started: number | null;
  readonly succeeded: number | null;
  readonly failed: number | null;
  readonly retried: number | null;
  readonly revoked: number | null;
  readonly rejected: number | null;
  readonly runtime: number | null;
  readonly retries: number;
  readonly pid: number | null;
  readonly uuid: string;
  readonly args: string | null;
  readonly kwargs: string | null;
  readonly result: string | null;
  readonly exception: string | null;
  readonly eta: string | null;
  readonly expires: string | null;
  readonly root_id: string | null;
  readonly parent_id: string | null;
  readonly rest: string | null;
  readonly traceback: string | null;
}

/** Columns in the order in which `encodeTask` gives the cells. */
export const COLUMNS = [
  'uuid_key',
  'position',
  'state',
  'name',
  'worker',
  'queue',
  'client',
  'exchange',
  'routing_key',
  'exception_type',
  'fp',
  'timestamp',
  'clock',
  'sent',
  'started',
  'succeeded',
  'failed',
  'retried',
  'revoked',
  'rejected',
  'runtime',
  'retries',
  'pid',
  'uuid',
  'args',
  'kwargs',
  'result',
  'exception',
  'eta',
  'expires',
  'root_id',
  'parent_id',
  'rest',
  'traceback',
] as const satisfies readonly (keyof TaskRow)[];

/** Taken from the time of a task that was never received, to make its position: further back than any time in use. */
export const NOT_RECEIVED = 100_000_000_000;

/** What few tasks have, as JSON with short keys. */
interface Rest {
  readonly custom?: TaskRecord['custom'];
  readonly terminated?: boolean | null;
  readonly signum?: string | null;
  readonly expired?: boolean | null;
  readonly requeue?: boolean | null;
  readonly history?: readonly HistoryEntry[];
}

/** Where a task stands in lists by received time: below 0 when it was not received. */
export function positionOf({ received, timestamp }: TaskRecord): number {
  return received ?? Math.min(-1, timestamp - NOT_RECEIVED);
}

/** Cells in the order of COLUMNS. Makes missing labels: inside a write transaction only. */
export function encodeTask(task: TaskRecord, labels: Labels): Cell[] {
  const failure = task.failed === null && task.retried === null ? null : fingerprintOf(task);
  return [
    uuidKey(task.uuid),
    positionOf(task),
    labels.idFor('state', task.state),
    labels.idFor('name', task.name),
    labels.idFor('worker', task.worker),
    labels.idFor('queue', task.queue),
    labels.idFor('client', task.client),
    labels.idFor('exchange', task.exchange),
    labels.idFor('routing_key', task.routingKey),
    labels.idFor('exception_type', failure?.exceptionType ?? null),
    labels.idFor('fp', failure?.fp ?? null),
    task.timestamp,
    task.clock,
    task.sent,
    task.started,
    task.succeeded,
    task.failed,
    task.retried,
    task.revoked,
    task.rejected,
    task.runtime,
    task.retries,
    task.pid,
    task.uuid,
    task.args,
    task.kwargs,
    task.result,
    task.exception,
    task.eta,
    task.expires,
    // In the column an empty text is the task's own id.
    task.rootId === task.uuid ? '' : task.rootId,
    task.parentId,
    encodeRest(task),
    task.traceback,
  ];
}

/** The record that a row holds. */
export function decodeTask(row: TaskRow, labels: Labels): TaskRecord {
  const label = (id: number | null) => (id === null ? null : labels.textOf(id));
  const rest: Rest = row.rest === null ? {} : (JSON.parse(row.rest) as Rest);
  return {
    uuid: row.uuid,
    name: label(row.name),
    state: labels.textOf(row.state),
    sent: row.sent,
    received: row.position < 0 ? null : row.position,
    started: row.started,
    succeeded: row.succeeded,
    failed: row.failed,
    retried: row.retried,
    revoked: row.revoked,
    rejected: row.rejected,
    custom: rest.custom ?? null,
    args: row.args,
    kwargs: row.kwargs,
    result: row.result,
    exception: row.exception,
    traceback: row.traceback,
    runtime: row.runtime,
    retries: row.retries,
    eta: row.eta,
    expires: row.expires,
    queue: label(row.queue),
    exchange: label(row.exchange),
    routingKey: label(row.routing_key),
    worker: label(row.worker),
    client: label(row.client),
    pid: row.pid,
    rootId: row.root_id === '' ? row.uuid : row.root_id,
    parentId: row.parent_id,
    terminated: rest.terminated ?? null,
    signum: rest.signum ?? null,
    expired: rest.expired ?? null,
    requeue: rest.requeue ?? null,
    clock: row.clock,
    timestamp: row.timestamp,
    extraHistory: rest.history ?? [],
  };
}

function encodeRest(task: TaskRecord): string | null {
  if (
    task.custom === null &&
    task.terminated === null &&
    task.signum === null &&
    task.expired === null &&
    task.requeue === null &&
    task.extraHistory.length === 0
  ) {
    return null;
  }
  const rest: Rest = {
    ...(task.custom === null ? {} : { custom: task.custom }),
    ...(task.terminated === null ? {} : { terminated: task.terminated }),
    ...(task.signum === null ? {} : { signum: task.signum }),
    ...(task.expired === null ? {} : { expired: task.expired }),
    ...(task.requeue === null ? {} : { requeue: task.requeue }),
    ...(task.extraHistory.length === 0 ? {} : { history: task.extraHistory }),
  };
  return JSON.stringify(rest);
}
