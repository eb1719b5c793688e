// Records for tests of whatever keeps or reads them.
import { emptyTask, type TaskRecord } from '@umbel/celery';
import type { StoredWorker } from '../../src/store/store.ts';

/** A record with the given fields; its newest event is its newest time. */
export function aTask(fields: Partial<TaskRecord> & { readonly uuid: string }): TaskRecord {
  const { sent, received, started, succeeded, failed } = fields;
  const timestamp = Math.max(sent ?? 0, received ?? 0, started ?? 0, succeeded ?? 0, failed ?? 0);
  return { ...emptyTask(fields.uuid), state: 'RECEIVED', timestamp, ...fields };
}

export function aWorker(fields: Partial<StoredWorker> & { readonly hostname: string }): StoredWorker {
  return {
    pid: 100,
    freq: 2,
    active: 0,
    processed: 0,
    loadavg: [0.5, 0.25, 0.1],
    factsAt: 1000,
    software: { ident: 'py-celery', version: '5.7.0', system: 'Linux' },
    onlineAt: 1000,
    heartbeatAt: 1000,
    offlineAt: null,
    lastEventAt: 1000,
    clock: 1,
    status: 'online',
    statusSince: 1000,
    offlineReason: null,
    lastHeard: 1000,
    ...fields,
  };
}
