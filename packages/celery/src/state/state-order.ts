// Which state a task is in, given the newest event of each kind. The same answer whatever order the events came in.
//
// The ends absorb: SUCCESS before FAILURE before REVOKED beat everything, whatever the clocks say (a result backend does not
// overwrite a SUCCESS either). Among the rest Celery's precedence holds: a custom state before STARTED before RECEIVED before
// REJECTED before PENDING. A retry begins a new attempt: then only events later than the newest retry count, and when
// there are none the task waits in RETRY.
import { taskHistory } from './task-history.ts';
import type { HistoryEntry, TaskRecord } from './task-record.ts';

/** How firmly a record's end is known: 3 SUCCESS, 2 FAILURE, 1 REVOKED, 0 not ended. */
export function endRank(record: TaskRecord): 0 | 1 | 2 | 3 {
  if (record.succeeded !== null) return 3;
  if (record.failed !== null) return 2;
  return record.revoked !== null ? 1 : 0;
}

/** The state that a record's times amount to. */
export function concludeState(record: TaskRecord): string {
  if (record.succeeded !== null) return 'SUCCESS';
  if (record.failed !== null) return 'FAILURE';
  if (record.revoked !== null) return 'REVOKED';
  const { retried } = record;
  if (retried === null) return newestAttempt(record, Number.NEGATIVE_INFINITY) ?? 'PENDING';
  return newestAttempt(record, retried) ?? runningElsewhere(record) ?? 'RETRY';
}

function newestAttempt(record: TaskRecord, since: number): string | null {
  if (record.custom !== null && record.custom.timestamp > since) return record.custom.state;
  if (record.started !== null && record.started > since) return 'STARTED';
  if (record.received !== null && record.received > since) return 'RECEIVED';
  if (record.rejected !== null && record.rejected > since) return 'REJECTED';
  return record.sent !== null && record.sent > since ? 'PENDING' : null;
}

/**
 * Against clocks that disagree: the worker that asked for the retry may be ahead of the worker that now runs the next attempt,
 * whose events then seem to be older. So ask the worker that received the highest attempt by its own clock alone: has it begun,
 * and not asked for a retry since? Having received is not enough: that happens before the retry is reported.
 */
function runningElsewhere(record: TaskRecord): string | null {
  if (record.retries === 0) return null;
  const history = taskHistory(record);
  const received = history.findLast(
    (entry) => entry.state === 'RECEIVED' && entry.retries === record.retries,
  );
  const retried = history.findLast((entry) => entry.state === 'RETRY');
  if (!received || !retried || received.hostname === retried.hostname) return null;

  let running: HistoryEntry | null = null;
  for (const entry of history) {
    if (entry.hostname !== received.hostname || entry.timestamp < received.timestamp) continue;
    if (entry.state === 'RETRY') running = null;
    else if (entry.state === 'STARTED') running ??= entry;
    else if (!WAITING_STATES.has(entry.state)) running = entry;
  }
  return running?.state ?? null;
}

const WAITING_STATES: ReadonlySet<string> = new Set(['PENDING', 'RECEIVED', 'REJECTED']);
