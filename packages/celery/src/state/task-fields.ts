// Which event each field of a task record comes from. A group of fields belongs to one kind of event and comes from the newest
// of that kind (newest-wins.ts); the kind's own time in the record says which one that was, so every group is settled before its time
// is moved on. State and history are left to merge-task.ts.
import type { TaskEvent } from '../events/celery-event.ts';
import { compareTexts, compareTimes, greater, type Outcome, settle } from './newest-wins.ts';
import { readableException } from './readable-exception.ts';
import { endRank } from './state-order.ts';
import type { TaskRecord } from './task-record.ts';

/** A record under construction: `mergeInto` changes it in place. It is a record whenever one looks at it. */
export type TaskDraft = { -readonly [Field in keyof TaskRecord]: TaskRecord[Field] };

/** Settles every field between a draft and another record of the same task. */
export function joinFields(draft: TaskDraft, from: TaskRecord): void {
  settleWorker(
    draft,
    compareTimes(endRank(from), endRank(draft)) || compareTimes(heardAt(from), heardAt(draft)),
    from,
  );
  settleDescription(draft, compareDescriptions(from, draft), from);
  settleSending(draft, compareTimes(from.sent, draft.sent), from.client, from);
  settleError(draft, compareTimes(erredAt(from), erredAt(draft)), from.exception, from.traceback);
  settleSuccess(draft, compareTimes(from.succeeded, draft.succeeded), from);
  settleRevocation(draft, compareTimes(from.revoked, draft.revoked), from);
  draft.requeue = settle(compareTimes(from.rejected, draft.rejected), from.requeue, draft.requeue);
  if (from.custom !== null) settleCustom(draft, from.custom.state, from.custom.timestamp);
  settleClock(draft, from);
  draft.retries = greater(draft.retries, from.retries);
  for (const time of TIMES) draft[time] = greater(draft[time], from[time]);
}

const TIMES = [
  'sent',
  'received',
  'started',
  'succeeded',
  'failed',
  'retried',
  'revoked',
  'rejected',
] as const;

/** Settles the fields that an event of this task speaks of. */
export function mergeFields(draft: TaskDraft, event: TaskEvent): void {
  const at = event.timestamp;
  if (event.type !== 'task-sent') {
    const rank = END_RANKS[event.type] ?? 0;
    settleWorker(draft, compareTimes(rank, endRank(draft)) || compareTimes(at, heardAt(draft)), {
      worker: event.hostname,
      pid: event.pid ?? null,
    });
  }
  settleClock(draft, event);
  switch (event.type) {
    case 'task-sent': {
      const outcome = compareTimes(at, draft.sent);
      settleSending(draft, outcome, event.hostname, event);
      if (draft.received === null) settleDescription(draft, outcome, event);
      draft.retries = greater(draft.retries, event.retries);
      draft.sent = greater(draft.sent, at);
      return;
    }
    case 'task-received':
      settleDescription(draft, compareTimes(at, draft.received), event);
      draft.retries = greater(draft.retries, event.retries);
      draft.received = greater(draft.received, at);
      return;
    case 'task-started':
      draft.started = greater(draft.started, at);
      return;
    case 'task-succeeded':
      settleSuccess(draft, compareTimes(at, draft.succeeded), event);
      draft.succeeded = greater(draft.succeeded, at);
      return;
    case 'task-failed':
    case 'task-retried': {
      const exception = readableException(event.exception, event.traceback);
      settleError(draft, compareTimes(at, erredAt(draft)), exception, event.traceback);
      const time = event.type === 'task-failed' ? 'failed' : 'retried';
      draft[time] = greater(draft[time], at);
      return;
    }
    case 'task-revoked':
      settleRevocation(draft, compareTimes(at, draft.revoked), event);
      draft.revoked = greater(draft.revoked, at);
      return;
    case 'task-rejected':
      draft.requeue = settle(compareTimes(at, draft.rejected), event.requeue, draft.requeue);
      draft.rejected = greater(draft.rejected, at);
      return;
    case 'task-custom':
      settleCustom(draft, event.state, at);
  }
}

const END_RANKS: { readonly [type: string]: 1 | 2 | 3 } = {
  'task-succeeded': 3,
  'task-failed': 2,
  'task-revoked': 1,
};

/** When the event happened that `worker` came from: the one that ended the task, else the newest from any worker. */
function heardAt(record: TaskRecord): number | null {
  const end = record.succeeded ?? record.failed ?? record.revoked;
  if (end !== null) return end;
  const waiting = greater(record.received, record.rejected);
  const running = greater(record.started, record.custom?.timestamp ?? null);
  return greater(greater(waiting, running), record.retried);
}

/** When the event happened that `exception` and `traceback` came from. */
function erredAt(record: TaskRecord): number | null {
  return greater(record.failed, record.retried);
}

/** By the newest task-received; a task-sent describes only while there is none. */
function compareDescriptions(challenger: TaskRecord, holder: TaskRecord): Outcome {
  if (challenger.received === null && holder.received === null) {
    return compareTimes(challenger.sent, holder.sent);
  }
  return compareTimes(challenger.received, holder.received);
}

function settleWorker(draft: TaskDraft, outcome: Outcome, from: Pick<TaskRecord, 'worker' | 'pid'>): void {
  // Two workers at the very same moment: name and process id stay together.
  const chosen = outcome || compareTexts(from.worker, draft.worker);
  draft.worker = settle(chosen, from.worker, draft.worker);
  draft.pid = settle(chosen, from.pid, draft.pid);
}

function settleDescription(
  draft: TaskDraft,
  outcome: Outcome,
  from: Pick<TaskRecord, 'name' | 'args' | 'kwargs' | 'eta' | 'expires' | 'rootId' | 'parentId'>,
): void {
  if (outcome < 0) return;
  draft.name = settle(outcome, from.name, draft.name);
  draft.args = settle(outcome, from.args, draft.args);
  draft.kwargs = settle(outcome, from.kwargs, draft.kwargs);
  draft.eta = settle(outcome, from.eta, draft.eta);
  draft.expires = settle(outcome, from.expires, draft.expires);
  draft.rootId = settle(outcome, from.rootId, draft.rootId);
  draft.parentId = settle(outcome, from.parentId === draft.uuid ? null : from.parentId, draft.parentId);
}

function settleSending(
  draft: TaskDraft,
  outcome: Outcome,
  client: string | null,
  from: Pick<TaskRecord, 'queue' | 'exchange' | 'routingKey'>,
): void {
  if (outcome < 0) return;
  draft.client = settle(outcome, client, draft.client);
  draft.queue = settle(outcome, from.queue, draft.queue);
  draft.exchange = settle(outcome, from.exchange, draft.exchange);
  draft.routingKey = settle(outcome, from.routingKey, draft.routingKey);
}

function settleError(
  draft: TaskDraft,
  outcome: Outcome,
  exception: string | null,
  traceback: string | null,
): void {
  draft.exception = settle(outcome, exception, draft.exception);
  draft.traceback = settle(outcome, traceback, draft.traceback);
}

function settleSuccess(
  draft: TaskDraft,
  outcome: Outcome,
  from: Pick<TaskRecord, 'result' | 'runtime'>,
): void {
  draft.result = settle(outcome, from.result, draft.result);
  draft.runtime = settle(outcome, from.runtime, draft.runtime);
}

function settleRevocation(
  draft: TaskDraft,
  outcome: Outcome,
  from: Pick<TaskRecord, 'terminated' | 'signum' | 'expired'>,
): void {
  draft.terminated = settle(outcome, from.terminated, draft.terminated);
  draft.signum = settle(outcome, from.signum, draft.signum);
  draft.expired = settle(outcome, from.expired, draft.expired);
}

function settleCustom(draft: TaskDraft, state: string, timestamp: number): void {
  const { custom } = draft;
  const outcome = compareTimes(timestamp, custom?.timestamp ?? null);
  if (outcome > 0 || (outcome === 0 && custom !== null && state > custom.state))
    draft.custom = { state, timestamp };
}

function settleClock(draft: TaskDraft, from: Pick<TaskRecord, 'clock' | 'timestamp'>): void {
  draft.clock = settle(compareTimes(from.timestamp, draft.timestamp), from.clock, draft.clock);
  draft.timestamp = greater(draft.timestamp, from.timestamp);
}
