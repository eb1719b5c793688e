// The one record that Umbel keeps about a task: the shape only. How events become a record is in merge-task.ts.

/** One line of a task's history. */
export interface HistoryEntry {
  /** Celery's state that the event stands for: PENDING, RECEIVED, STARTED, SUCCESS …, or a custom one. */
  readonly state: string;
  /** Epoch seconds. */
  readonly timestamp: number;
  /** Sender: worker, or client for PENDING. */
  readonly hostname: string;
  /** Attempt number for RECEIVED and PENDING, where the event says it. */
  readonly retries?: number | undefined;
  /** Exception repr for RETRY and FAILURE. */
  readonly exception?: string | undefined;
}

/** Times are epoch seconds with fractions: the latest event of each kind. Reprs are text as Celery sent them. */
export interface TaskRecord {
  readonly uuid: string;
  readonly name: string | null;
  readonly state: string;
  readonly sent: number | null;
  readonly received: number | null;
  readonly started: number | null;
  readonly succeeded: number | null;
  readonly failed: number | null;
  readonly retried: number | null;
  readonly revoked: number | null;
  readonly rejected: number | null;
  readonly custom: { readonly state: string; readonly timestamp: number } | null;
  readonly args: string | null;
  readonly kwargs: string | null;
  readonly result: string | null;
  readonly exception: string | null;
  readonly traceback: string | null;
  /** Seconds inside the task. */
  readonly runtime: number | null;
  readonly retries: number;
  readonly eta: string | null;
  readonly expires: string | null;
  readonly queue: string | null;
  readonly exchange: string | null;
  readonly routingKey: string | null;
  readonly worker: string | null;
  readonly client: string | null;
  readonly pid: number | null;
  readonly rootId: string | null;
  /** Never the task's own id, although Celery says so for retries. */
  readonly parentId: string | null;
  readonly terminated: boolean | null;
  readonly signum: string | null;
  readonly expired: boolean | null;
  readonly requeue: boolean | null;
  readonly clock: number;
  /** Time of the newest event. */
  readonly timestamp: number;
  /** Oldest first; bounded, see merge-task.ts. */
  readonly history: readonly HistoryEntry[];
  /** Merge keys: which event each group of fields came from, so that merging stays order-independent across restarts. JSON-able. */
  readonly evidence: Readonly<Record<string, readonly (number | string)[]>>;
}
