// The one record that Umbel keeps about a worker: the shape only. Merging is in merge-worker.ts; whether a silent
// worker counts as offline is decided where time passes (server/collector/liveness.ts).

/** Facts from a worker's own events. Times are epoch seconds by the worker's clock unless said otherwise. */
export interface WorkerRecord {
  readonly hostname: string;
  readonly pid: number | null;
  /** Seconds between heartbeats as the worker says; null when it has not said, e.g. because it sends none of its own accord. */
  readonly freq: number | null;
  /** Tasks running / accepted since its start, at `factsAt`. */
  readonly active: number | null;
  readonly processed: number | null;
  readonly loadavg: readonly number[] | null;
  /** Newest event that carried freq, active, processed and loadavg: a heartbeat on request has no such facts. */
  readonly factsAt: number | null;
  readonly software: { readonly ident: string; readonly version: string; readonly system: string } | null;
  /** Newest worker-online, worker-heartbeat, worker-offline. */
  readonly onlineAt: number | null;
  readonly heartbeatAt: number | null;
  readonly offlineAt: number | null;
  /** Newest event of any kind from it, task events included. */
  readonly lastEventAt: number;
  /** Clock of its newest worker event; 0 before the first. */
  readonly clock: number;
}
