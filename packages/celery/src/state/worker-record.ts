// The one record that Umbel keeps about a worker: the shape only. Merging is in merge-worker.ts; whether a silent
// worker counts as offline is decided where time passes (server/collector/liveness.ts).

/** Facts from a worker's own events. Times are epoch seconds by the worker's clock unless said otherwise. */
export interface WorkerRecord {
  readonly hostname: string;
  readonly pid: number | null;
  /** Seconds between heartbeats as the worker says; null when no heartbeat was seen. */
  readonly freq: number | null;
  /** Tasks running / accepted since its start, by its newest heartbeat. */
  readonly active: number | null;
  readonly processed: number | null;
  readonly loadavg: readonly number[] | null;
  readonly software: { readonly ident: string; readonly version: string; readonly system: string } | null;
  /** Newest worker-online, worker-heartbeat, worker-offline. */
  readonly onlineAt: number | null;
  readonly heartbeatAt: number | null;
  readonly offlineAt: number | null;
  /** Newest event of any kind from it, task events included. */
  readonly lastEventAt: number;
  readonly clock: number;
}
