// A task's history: the set of its events, told as short lines. Most lines can be told from the record's own fields, so a
// record stores only the others (`extraHistory`); this file adds and removes the difference. A history is bounded to the
// oldest 20 and the newest 80 lines of the set, a choice that does not depend on the order of arrival.
import type { TaskEvent } from '../events/celery-event.ts';
import { TASK_STATES } from '../message/task-states.ts';
import { compareTexts } from './newest-wins.ts';
import { READABLE_EXCEPTION_CHARS, readableException } from './readable-exception.ts';
import type { HistoryEntry, TaskRecord } from './task-record.ts';

/** How a task began, and how it goes now: enough of both for a task that retries or reports progress a thousand times. */
const OLDEST_KEPT = 20;
const NEWEST_KEPT = 80;
export const HISTORY_LIMIT = OLDEST_KEPT + NEWEST_KEPT;

/** The whole history, oldest first. */
export function taskHistory(record: TaskRecord): HistoryEntry[] {
  const extra = record.extraHistory;
  // A full history is stored whole: some of its kinds may have been cut away, and would wrongly be told again.
  if (extra.length >= HISTORY_LIMIT) return [...extra];
  const history = [...extra];
  for (const told of toldEntries(record)) {
    if (!extra.some((entry) => sameMoment(entry, told))) history.push(told);
  }
  return history.sort(compareEntries);
}

/** The part of a history that the record's fields do not tell. */
export function untoldHistory(record: TaskRecord, history: readonly HistoryEntry[]): readonly HistoryEntry[] {
  if (history.length >= HISTORY_LIMIT) return history;
  const told = toldEntries(record);
  return history.filter(
    (entry) =>
      !told.some((other) => compareEntries(other, entry) === 0) ||
      history.some((other) => other !== entry && sameMoment(other, entry)),
  );
}

/** Adds a line in its place, in place. Answers false when it is already there or falls outside the bounds. */
export function insertEntry(history: HistoryEntry[], entry: HistoryEntry): boolean {
  let at = history.length;
  while (at > 0) {
    const order = compareEntries(history[at - 1] as HistoryEntry, entry);
    if (order === 0) return false;
    if (order < 0) break;
    at--;
  }
  history.splice(at, 0, entry);
  if (history.length <= HISTORY_LIMIT) return true;
  history.splice(OLDEST_KEPT, 1);
  return at !== OLDEST_KEPT;
}

/** The line that an event stands for. */
export function entryOf(event: TaskEvent): HistoryEntry {
  const { timestamp, hostname } = event;
  switch (event.type) {
    case 'task-sent':
      return { state: 'PENDING', timestamp, hostname, retries: event.retries };
    case 'task-received':
      return { state: 'RECEIVED', timestamp, hostname, retries: event.retries };
    case 'task-failed':
    case 'task-retried':
      return withException(
        event.type === 'task-failed' ? 'FAILURE' : 'RETRY',
        timestamp,
        hostname,
        readableException(event.exception, event.traceback),
      );
    case 'task-custom':
      return { state: event.state, timestamp, hostname };
    default:
      return { state: PLAIN_STATES[event.type], timestamp, hostname };
  }
}

const PLAIN_STATES = {
  'task-started': 'STARTED',
  'task-succeeded': 'SUCCESS',
  'task-revoked': 'REVOKED',
  'task-rejected': 'REJECTED',
} as const;

/** What the record's fields tell: the newest event of each kind, as if every one came from `worker` or `client`. */
function toldEntries(record: TaskRecord): HistoryEntry[] {
  const told: HistoryEntry[] = [];
  const { retries, exception } = record;
  const worker = record.worker ?? '';
  if (record.sent !== null)
    told.push({ state: 'PENDING', timestamp: record.sent, hostname: record.client ?? '', retries });
  if (record.received !== null)
    told.push({ state: 'RECEIVED', timestamp: record.received, hostname: worker, retries });
  if (record.started !== null) told.push({ state: 'STARTED', timestamp: record.started, hostname: worker });
  if (record.rejected !== null)
    told.push({ state: 'REJECTED', timestamp: record.rejected, hostname: worker });
  if (record.custom !== null) told.push({ ...record.custom, hostname: worker });
  if (record.retried !== null) told.push(withException('RETRY', record.retried, worker, exception));
  if (record.revoked !== null) told.push({ state: 'REVOKED', timestamp: record.revoked, hostname: worker });
  if (record.failed !== null) told.push(withException('FAILURE', record.failed, worker, exception));
  if (record.succeeded !== null)
    told.push({ state: 'SUCCESS', timestamp: record.succeeded, hostname: worker });
  return told;
}

function withException(
  state: string,
  timestamp: number,
  hostname: string,
  exception: string | null,
): HistoryEntry {
  if (exception === null) return { state, timestamp, hostname };
  return { state, timestamp, hostname, exception: exception.slice(0, READABLE_EXCEPTION_CHARS) };
}

function sameMoment(a: HistoryEntry, b: HistoryEntry): boolean {
  return a.timestamp === b.timestamp && a.state === b.state;
}

/** A total order: 0 only for lines that say the same. */
function compareEntries(a: HistoryEntry, b: HistoryEntry): number {
  return (
    a.timestamp - b.timestamp ||
    lifeOrder(a.state) - lifeOrder(b.state) ||
    compareTexts(a.state, b.state) ||
    compareTexts(a.hostname, b.hostname) ||
    (a.retries ?? -1) - (b.retries ?? -1) ||
    compareTexts(a.exception ?? '', b.exception ?? '')
  );
}

/** Order of lines with the very same time: the order of a life, a custom state just before RETRY. */
function lifeOrder(state: string): number {
  const at = TASK_STATES.indexOf(state);
  return at < 0 ? TASK_STATES.indexOf('RETRY') - 0.5 : at;
}
