// How events become a worker record. As with tasks the newest event wins, so the order of arrival and repeats do not matter.
import type { CeleryEvent, WorkerEvent } from '../events/celery-event.ts';
import { compareTexts, compareTimes, greater, settle } from './newest-wins.ts';
import type { WorkerRecord } from './worker-record.ts';

/** A record under construction: `mergeIntoWorker` changes it in place. It is a record whenever one looks at it. */
export type WorkerDraft = { -readonly [Field in keyof WorkerRecord]: WorkerRecord[Field] };

/** The worker that an event comes from; null when its sender is a client: task-sent, or a name that only clients have. */
export function workerOf(event: CeleryEvent): string | null {
  return event.type === 'task-sent' || CLIENT_NAME.test(event.hostname) ? null : event.hostname;
}

/** Celery names a process without a node name after its process id. */
const CLIENT_NAME = /^gen\d+@/;

/** What is known of a worker before its first event. */
export function emptyWorker(hostname: string): WorkerDraft {
  return {
    hostname,
    pid: null,
    freq: null,
    active: null,
    processed: null,
    loadavg: null,
    factsAt: null,
    software: null,
    onlineAt: null,
    heartbeatAt: null,
    offlineAt: null,
    lastEventAt: 0,
    clock: 0,
  };
}

/** The record with one more event; unchanged when the event is not from a worker. */
export function mergeWorker(record: WorkerRecord | null, event: CeleryEvent): WorkerRecord | null {
  const hostname = workerOf(event);
  if (hostname === null) return record;
  const draft = record === null ? emptyWorker(hostname) : { ...record };
  mergeIntoWorker(draft, event);
  return draft;
}

/** Merges an event that comes from this worker (see `workerOf`) into its draft. A task event says only that it was heard. */
export function mergeIntoWorker(draft: WorkerDraft, event: CeleryEvent): void {
  draft.lastEventAt = greater(draft.lastEventAt, event.timestamp);
  switch (event.type) {
    case 'worker-online':
      mergeFacts(draft, event);
      draft.onlineAt = greater(draft.onlineAt, event.timestamp);
      return;
    case 'worker-heartbeat':
      mergeFacts(draft, event);
      draft.heartbeatAt = greater(draft.heartbeatAt, event.timestamp);
      return;
    case 'worker-offline':
      mergeFacts(draft, event);
      draft.offlineAt = greater(draft.offlineAt, event.timestamp);
      return;
    default:
  }
}

function mergeFacts(draft: WorkerDraft, event: WorkerEvent): void {
  const spokeAt = greater(greater(draft.onlineAt, draft.heartbeatAt), draft.offlineAt);
  const identity = compareTimes(event.timestamp, spokeAt);
  draft.pid = settle(identity, event.pid ?? null, draft.pid);
  draft.clock = settle(identity, event.clock, draft.clock);
  const software = softwareOf(event);
  if ((identity || compareTexts(textOf(software), textOf(draft.software))) > 0) draft.software = software;

  // A heartbeat on request says freq 5 whatever the worker's own rhythm is, and nothing of its work.
  if (event.active === undefined && event.processed === undefined) return;
  const facts = compareTimes(event.timestamp, draft.factsAt);
  draft.freq = settle(facts, event.freq ?? null, draft.freq);
  draft.active = settle(facts, event.active ?? null, draft.active);
  draft.processed = settle(facts, event.processed ?? null, draft.processed);
  const loadavg = event.loadavg ?? null;
  if ((facts || compareTexts(textOf(loadavg), textOf(draft.loadavg))) > 0) draft.loadavg = loadavg;
  draft.factsAt = greater(draft.factsAt, event.timestamp);
}

function softwareOf(event: WorkerEvent): WorkerRecord['software'] {
  const { sw_ident: ident, sw_ver: version, sw_sys: system } = event;
  if (ident === undefined && version === undefined && system === undefined) return null;
  return { ident: ident ?? '', version: version ?? '', system: system ?? '' };
}

/** For choosing between two values of the very same time. */
function textOf(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
