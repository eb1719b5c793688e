// What is known about a worker ▶ its row in the API. Counts come from its newest heartbeat or its newest answer,
// whichever is younger; an offline worker runs nothing.
import type { WorkerRow } from '../contract/workers.ts';
import type { WorkerView } from '../desk/desk.ts';

export function toWorkerRow({ worker, replies, askedAt }: WorkerView): WorkerRow {
  const { software } = worker;
  const heartbeatAt = worker.heartbeatAt ?? 0;
  const stats = asObject(replies['stats']);
  const pool = asObject(stats?.['pool']);
  const active = replies['active'];
  // Heartbeats that a worker without a rhythm of its own was asked for tell no counts.
  const activeFromAnswer =
    (askedAt['active'] ?? 0) >= heartbeatAt || worker.active === null ? lengthOf(active) : undefined;
  const processedFromAnswer =
    (askedAt['stats'] ?? 0) >= heartbeatAt || worker.processed === null
      ? sumOfCounts(stats?.['total'])
      : undefined;
  const times = Object.values(askedAt);
  return {
    status: worker.status,
    active: worker.status === 'offline' ? 0 : (activeFromAnswer ?? worker.active),
    processed: processedFromAnswer ?? worker.processed,
    load: worker.loadavg === null ? null : [...worker.loadavg],
    ...present('registered', textList(replies['registered'])),
    ...present('stats', replies['stats']),
    ...present('active_queues', replies['active_queues']),
    hostname: worker.hostname,
    pid: worker.pid,
    last_heartbeat: worker.heartbeatAt,
    status_since: worker.statusSince,
    offline_reason: worker.offlineReason,
    pool: textOf(pool?.['implementation']),
    concurrency: poolSize(pool),
    software: software === null ? null : `${software.ident} ${software.version} (${software.system})`,
    freq: worker.freq,
    timestamp: times.length === 0 ? null : Math.max(...times),
    ...present('active_tasks', active),
    ...present('reserved', replies['reserved']),
    ...present('scheduled', replies['scheduled']),
    ...present('revoked', replies['revoked']),
    ...present('conf', replies['conf']),
  };
}

function present<N extends string, T>(name: N, value: T | undefined): { readonly [K in N]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [K in N]?: T };
}

function asObject(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined;
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

function lengthOf(value: unknown): number | undefined {
  return Array.isArray(value) ? value.length : undefined;
}

function textList(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}

/** `max-concurrency` is what the worker was started with: growing and shrinking shows in the list of processes only. */
function poolSize(pool: Readonly<Record<string, unknown>> | undefined): number | null {
  const processes = pool?.['processes'];
  return Array.isArray(processes) ? processes.length : numberOf(pool?.['max-concurrency']);
}

function sumOfCounts(total: unknown): number | undefined {
  const counts = Object.values(asObject(total) ?? {});
  if (counts.length === 0) return total === undefined ? undefined : 0;
  return counts.reduce<number>((sum, count) => sum + (numberOf(count) ?? 0), 0);
}
