// How events become a task record. The same set of events gives the same record, in any order and with repeats: records form
// a join semilattice, where `mergeTasks` is the join and merging an event is the join with that event alone.
//
// Which event each field comes from is task-fields.ts; the state is concluded from the times (state-order.ts); which lines of
// history the fields tell by themselves is task-history.ts.
import type { TaskEvent } from '../events/celery-event.ts';
import { concludeState } from './state-order.ts';
import { joinFields, mergeFields, type TaskDraft } from './task-fields.ts';
import { entryOf, HISTORY_LIMIT, insertEntry, taskHistory, untoldHistory } from './task-history.ts';
import type { HistoryEntry, TaskRecord } from './task-record.ts';

/** What is known of a task before its first event. */
export function emptyTask(uuid: string): TaskDraft {
  return {
    uuid,
    name: null,
    state: 'PENDING',
    sent: null,
    received: null,
    started: null,
    succeeded: null,
    failed: null,
    retried: null,
    revoked: null,
    rejected: null,
    custom: null,
    args: null,
    kwargs: null,
    result: null,
    exception: null,
    traceback: null,
    runtime: null,
    retries: 0,
    eta: null,
    expires: null,
    queue: null,
    exchange: null,
    routingKey: null,
    worker: null,
    client: null,
    pid: null,
    rootId: null,
    parentId: null,
    terminated: null,
    signum: null,
    expired: null,
    requeue: null,
    clock: 0,
    timestamp: 0,
    extraHistory: NOTHING,
  };
}

const NOTHING: readonly HistoryEntry[] = [];

const FIELDS = Object.keys(emptyTask('')) as readonly (keyof TaskRecord)[];

/** A draft that begins as a copy of `record`; the record itself stays as it is. */
function openDraft(record: TaskRecord): TaskDraft {
  return { ...record };
}

/** The record with one more event. For many events at once use `mergeInto` on a copy. */
export function mergeTask(record: TaskRecord, event: TaskEvent): TaskRecord {
  const draft = openDraft(record);
  mergeInto(draft, event);
  return draft;
}

/**
 * Merges an event of this task into its draft. Answers whether the record says anything new.
 * The event's uuid is not looked at: the caller has found the draft by it.
 */
export function mergeInto(draft: TaskDraft, event: TaskEvent): boolean {
  if (addsOnlyItsOwnLine(draft, event)) {
    mergeFields(draft, event);
    draft.state = concludeState(draft);
    return true;
  }
  const before = openDraft(draft);
  const history = taskHistory(draft);
  const isNewLine = insertEntry(history, entryOf(event));
  mergeFields(draft, event);
  draft.extraHistory = untoldHistory(draft, history);
  draft.state = concludeState(draft);
  return isNewLine || FIELDS.some((field) => field !== 'extraHistory' && before[field] !== draft[field]);
}

/** The join of two records of the same task: what merging the events of both would have given. */
export function mergeTasks(a: TaskRecord, b: TaskRecord): TaskRecord {
  const joined = openDraft(a);
  joinFields(joined, b);
  const history = taskHistory(a);
  for (const entry of taskHistory(b)) insertEntry(history, entry);
  joined.extraHistory = untoldHistory(joined, history);
  joined.state = concludeState(joined);
  return joined;
}

/**
 * Whether the event's line of history is the first of its kind and will be told by the record's fields, while they go on telling
 * the lines they told before. True for nearly all events; then the history need not be looked at.
 */
function addsOnlyItsOwnLine(draft: TaskDraft, event: TaskEvent): boolean {
  // Near its bound a history may have to drop lines.
  if (draft.extraHistory.length > HISTORY_LIMIT / 2) return false;
  if (event.type === 'task-sent') {
    return draft.sent === null && (draft.received === null || event.retries === draft.retries);
  }
  if (draft.worker !== null && draft.worker !== event.hostname) return false;
  switch (event.type) {
    case 'task-received':
      return draft.received === null && (draft.sent === null || event.retries === draft.retries);
    case 'task-started':
      return draft.started === null;
    case 'task-succeeded':
      return draft.succeeded === null;
    case 'task-failed':
    case 'task-retried':
      return draft.failed === null && draft.retried === null;
    case 'task-revoked':
      return draft.revoked === null;
    case 'task-rejected':
      return draft.rejected === null;
    default:
      return draft.custom === null;
  }
}
