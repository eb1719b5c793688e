// One event object into a typed event: which fields each type has, which of them it cannot do without.
import { isCustomState } from '../message/task-states.ts';
import type {
  CeleryEvent,
  TaskDescription,
  TaskEvent,
  TaskEventFields,
  WorkerEvent,
} from './celery-event.ts';
import type { DropReason } from './drop-reason.ts';
import { count, finite, identity, type RawEvent, text, type TextReading, time } from './event-fields.ts';
import { NAME_BYTES, SHORT_BYTES } from './event-text.ts';

/**
 * The event that an object from a message's body stands for; the reason when it is none; null when it is a valid event of a
 * kind that says nothing about tasks or a worker's life (elections, other groups).
 */
export function parseEvent(raw: unknown, reading: TextReading): CeleryEvent | DropReason | null {
  if (!isObject(raw) || typeof raw['type'] !== 'string') return 'not_event';
  const type = raw['type'];
  const isTask = type.startsWith('task-');
  if (!isTask && !isWorkerType(type)) return null;

  const hostname = identity(raw['hostname'], reading);
  if (hostname === null) return 'missing_hostname';
  const timestamp = time(raw['timestamp']);
  if (timestamp === null) return 'bad_timestamp';
  const clock = count(raw['clock']) ?? 0;
  const pid = count(raw['pid']) ?? undefined;
  if (!isTask)
    return parseWorkerEvent(type as WorkerEvent['type'], raw, { hostname, timestamp, clock, pid }, reading);

  const uuid = identity(raw['uuid'], reading);
  if (uuid === null) return 'missing_uuid';
  return parseTaskEvent(type, raw, { hostname, timestamp, clock, pid, uuid }, reading);
}

function parseTaskEvent(
  type: string,
  raw: RawEvent,
  { hostname, timestamp, clock, pid, uuid }: TaskEventFields,
  reading: TextReading,
): TaskEvent | DropReason {
  const { maxBytes } = reading;
  switch (type) {
    case 'task-sent':
      return {
        type,
        hostname,
        timestamp,
        clock,
        pid,
        uuid,
        ...describe(raw, reading),
        queue: text(raw['queue'], reading, NAME_BYTES),
        exchange: text(raw['exchange'], reading, NAME_BYTES),
        routingKey: text(raw['routing_key'], reading, NAME_BYTES),
      };
    case 'task-received':
      return { type, hostname, timestamp, clock, pid, uuid, ...describe(raw, reading) };
    case 'task-started':
      return { type, hostname, timestamp, clock, pid, uuid };
    case 'task-succeeded':
      return {
        type,
        hostname,
        timestamp,
        clock,
        pid,
        uuid,
        result: text(raw['result'], reading, maxBytes),
        runtime: finite(raw['runtime']),
      };
    case 'task-failed':
    case 'task-retried':
      return {
        type,
        hostname,
        timestamp,
        clock,
        pid,
        uuid,
        exception: text(raw['exception'], reading, maxBytes),
        traceback: text(raw['traceback'], reading, maxBytes),
      };
    case 'task-revoked':
      return {
        type,
        hostname,
        timestamp,
        clock,
        pid,
        uuid,
        terminated: raw['terminated'] === true,
        signum: text(raw['signum'], reading, NAME_BYTES),
        expired: raw['expired'] === true,
      };
    case 'task-rejected':
      return { type, hostname, timestamp, clock, pid, uuid, requeue: raw['requeue'] === true };
    default: {
      const state = identity(type.slice('task-'.length).toUpperCase(), reading);
      // Only the known events stand for Celery's own states.
      if (state === null || !isCustomState(state)) return 'not_event';
      return { type: 'task-custom', hostname, timestamp, clock, pid, uuid, state };
    }
  }
}

function describe(raw: RawEvent, reading: TextReading): TaskDescription {
  return {
    name: text(raw['name'], reading, NAME_BYTES),
    args: text(raw['args'], reading, reading.maxBytes),
    kwargs: text(raw['kwargs'], reading, reading.maxBytes),
    retries: count(raw['retries']) ?? 0,
    eta: text(raw['eta'], reading, SHORT_BYTES),
    expires: text(raw['expires'], reading, SHORT_BYTES),
    rootId: identity(raw['root_id'], reading),
    parentId: identity(raw['parent_id'], reading),
  };
}

function parseWorkerEvent(
  type: WorkerEvent['type'],
  raw: RawEvent,
  { hostname, timestamp, clock, pid }: Pick<WorkerEvent, 'hostname' | 'timestamp' | 'clock' | 'pid'>,
  reading: TextReading,
): WorkerEvent {
  const freq = finite(raw['freq']);
  return {
    type,
    hostname,
    timestamp,
    clock,
    pid,
    freq: freq !== null && freq > 0 ? freq : undefined,
    active: count(raw['active']) ?? undefined,
    processed: count(raw['processed']) ?? undefined,
    loadavg: parseLoads(raw['loadavg']),
    sw_ident: text(raw['sw_ident'], reading, SHORT_BYTES) ?? undefined,
    sw_ver: text(raw['sw_ver'], reading, SHORT_BYTES) ?? undefined,
    sw_sys: text(raw['sw_sys'], reading, SHORT_BYTES) ?? undefined,
  };
}

function parseLoads(value: unknown): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const loads = value.slice(0, 3).map(finite);
  return loads.every((load) => load !== null) ? loads : undefined;
}

function isWorkerType(type: string): type is WorkerEvent['type'] {
  return type === 'worker-heartbeat' || type === 'worker-online' || type === 'worker-offline';
}

function isObject(value: unknown): value is RawEvent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
