// TaskRecord ◀▶ a row of the table `tasks`: which column holds what. migrations/0001 says what the columns mean.
import type { HistoryEntry, TaskRecord } from '@umbel/celery';
import { exceptionTypeOf } from '../../failures/exception-type.ts';
import { fingerprintOf } from '../../failures/fingerprint.ts';
import { etaOf, finishedOf, isCut, runOf, waitOf } from '../../query/task-values.ts';
import { foldedText } from './folded-text.ts';
import { LABEL_KINDS, type LabelKind, type Labels } from './labels.ts';
import { isCanonical, taskKey } from './task-key.ts';
import { textCell } from './text-cell.ts';

/** Taken from the time of a task that was never received, to make its position: further back than any time in use. */
export const NOT_RECEIVED = 100_000_000_000;

/** PostgreSQL's type of each column. */
export const COLUMNS = {
  id: 'bigint',
  position: 'float8',
  timestamp: 'float8',
  clock: 'float8',
  retries: 'float8',
  sent: 'float8',
  started: 'float8',
  succeeded: 'float8',
  failed: 'float8',
  retried: 'float8',
  revoked: 'float8',
  rejected: 'float8',
  runtime: 'float8',
  finished: 'float8',
  run: 'float8',
  wait: 'float8',
  eta_at: 'float8',
  pid: 'float8',
  state: 'int',
  name: 'int',
  worker: 'int',
  queue: 'int',
  client: 'int',
  exchange: 'int',
  routing_key: 'int',
  exception_type: 'int',
  fp: 'int',
  key: 'uuid',
  root: 'uuid',
  parent: 'uuid',
  cut: 'boolean',
  uuid_text: 'text',
  root_text: 'text',
  parent_text: 'text',
  args: 'text',
  kwargs: 'text',
  result: 'text',
  exception: 'text',
  traceback: 'text',
  eta: 'text',
  expires: 'text',
  rest: 'text',
  folded: 'text',
} as const;
type Column = keyof typeof COLUMNS;
export const COLUMN_NAMES = Object.keys(COLUMNS) as readonly Column[];

type Cell<Type> = Type extends 'text' | 'uuid'
  ? string | null
  : Type extends 'boolean'
    ? boolean
    : number | null;
type Cells = { readonly [Name in Column]: Cell<(typeof COLUMNS)[Name]> };

/** A row as PostgreSQL answers it. */
export interface TaskRow extends Cells {
  readonly id: number;
  readonly position: number;
  readonly timestamp: number;
  readonly clock: number;
  readonly retries: number;
  readonly state: number;
  readonly key: string;
}

/** The columns that decoding wants. */
export const READ_COLUMNS = COLUMN_NAMES.filter(
  (name) => !['finished', 'run', 'wait', 'eta_at', 'exception_type', 'fp', 'cut', 'folded'].includes(name),
);

/** What few tasks have, as JSON with short keys. */
interface Rest {
  readonly custom?: TaskRecord['custom'];
  readonly terminated?: boolean | null;
  readonly signum?: string | null;
  readonly expired?: boolean | null;
  readonly requeue?: boolean | null;
  readonly history?: readonly HistoryEntry[];
}

export type LabelTexts = Readonly<Record<LabelKind, string | null>>;

/** The texts of a task that become labels. */
export function labelTexts(task: TaskRecord): LabelTexts {
  // Of a task that never failed neither says anything, and finding that out takes no time.
  return {
    state: task.state,
    name: task.name,
    worker: task.worker,
    queue: task.queue,
    client: task.client,
    exchange: task.exchange,
    routing_key: task.routingKey,
    exception_type: exceptionTypeOf(task),
    fp: fingerprintOf(task)?.fp ?? null,
  };
}

/** @param labels ids of the task's labels, null for what it does not have */
export function encodeTask(
  task: TaskRecord,
  id: number,
  labels: Readonly<Record<LabelKind, number | null>>,
): TaskRow {
  const oddId = (uuid: string | null) => (uuid === null || isCanonical(uuid) ? null : textCell(uuid));
  const folded = foldedText(task);
  return {
    id,
    position: task.received ?? Math.min(-1, task.timestamp - NOT_RECEIVED),
    timestamp: task.timestamp,
    clock: task.clock,
    retries: task.retries,
    sent: task.sent,
    started: task.started,
    succeeded: task.succeeded,
    failed: task.failed,
    retried: task.retried,
    revoked: task.revoked,
    rejected: task.rejected,
    runtime: task.runtime,
    finished: finishedOf(task),
    run: runOf(task),
    wait: waitOf(task),
    eta_at: etaOf(task),
    pid: task.pid,
    ...(labels as { readonly [Kind in LabelKind]: number | null } & { readonly state: number }),
    key: taskKey(task.uuid),
    root: task.rootId === null ? null : taskKey(task.rootId),
    parent: task.parentId === null ? null : taskKey(task.parentId),
    cut: isCut(task),
    uuid_text: oddId(task.uuid),
    // The row says it already where a task is its own root.
    root_text: task.rootId === task.uuid ? null : oddId(task.rootId),
    parent_text: oddId(task.parentId),
    args: textCell(task.args),
    kwargs: textCell(task.kwargs),
    result: textCell(task.result),
    exception: textCell(task.exception),
    traceback: textCell(task.traceback),
    eta: textCell(task.eta),
    expires: textCell(task.expires),
    rest: encodeRest(task),
    folded: textCell(folded),
  };
}

/** The record that a row holds. Its labels must be known: `labelIdsOf`. */
export function decodeTask(row: TaskRow, labels: Labels): TaskRecord {
  const label = (id: number | null) => (id === null ? null : labels.textOf(id));
  const rest: Rest = row.rest === null ? {} : (JSON.parse(row.rest) as Rest);
  const uuid = row.uuid_text ?? row.key;
  return {
    uuid,
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
    rootId: row.root === row.key ? uuid : (row.root_text ?? row.root),
    parentId: row.parent_text ?? row.parent,
    terminated: rest.terminated ?? null,
    signum: rest.signum ?? null,
    expired: rest.expired ?? null,
    requeue: rest.requeue ?? null,
    clock: row.clock,
    timestamp: row.timestamp,
    extraHistory: rest.history ?? [],
  };
}

export function labelIdsOf(rows: readonly Pick<TaskRow, LabelKind>[]): Set<number> {
  const ids = new Set<number>();
  for (const row of rows) {
    for (const kind of LABEL_KINDS) {
      const id = row[kind] as number | null | undefined;
      if (id !== null && id !== undefined) ids.add(id);
    }
  }
  return ids;
}

function encodeRest(task: TaskRecord): string | null {
  const rest: Rest = {
    ...(task.custom === null ? {} : { custom: task.custom }),
    ...(task.terminated === null ? {} : { terminated: task.terminated }),
    ...(task.signum === null ? {} : { signum: task.signum }),
    ...(task.expired === null ? {} : { expired: task.expired }),
    ...(task.requeue === null ? {} : { requeue: task.requeue }),
    ...(task.extraHistory.length === 0 ? {} : { history: task.extraHistory }),
  };
  const text = JSON.stringify(rest);
  return text === '{}' ? null : text;
}
