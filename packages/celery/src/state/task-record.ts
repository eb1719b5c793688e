// The one record that Umbel keeps about a task: the shape only. How events become a record is in merge-task.ts, how
// its history is read in task-history.ts.
//
// A record is all that merging needs to go on, also after a restart: each group of fields comes from the newest event of its
// kind, and that kind's time field says which event it was. So there is nothing to store besides these fields.

/** One line of a task's history. */
export interface HistoryEntry {
  /** Celery's state that the event stands for: PENDING, RECEIVED, STARTED, SUCCESS …, or a custom one. */
  readonly state: string;
  /** Epoch seconds. */
  readonly timestamp: number;
  /** Sender: worker, or client for PENDING. */
  readonly hostname: string;
  /** Attempt number for RECEIVED and PENDING; 0 is the first attempt. */
  readonly retries?: number | undefined;
  /** Exception repr for RETRY and FAILURE, cut at 1,024 characters; absent when the event had none. */
  readonly exception?: string | undefined;
}

/** Times are epoch seconds with fractions: the newest event of each kind. Reprs are text as Celery sent them. */
export interface TaskRecord {
  readonly uuid: string;
  readonly name: string | null;
  /** Concluded from the other fields, see merge-task.ts. */
  readonly state: string;
  readonly sent: number | null;
  readonly received: number | null;
  readonly started: number | null;
  readonly succeeded: number | null;
  readonly failed: number | null;
  readonly retried: number | null;
  readonly revoked: number | null;
  readonly rejected: number | null;
  /** Newest custom state (`task-progress` → PROGRESS). */
  readonly custom: { readonly state: string; readonly timestamp: number } | null;
  readonly args: string | null;
  readonly kwargs: string | null;
  readonly result: string | null;
  /**
   * The last error of the task, whatever came after it: a task that succeeded on its third attempt still says why the second one
   * failed. Whether it matters is for `state` to say. Where Celery hides the error behind `ExceptionWithTraceback()`, this
   * is the traceback's last line.
   */
  readonly exception: string | null;
  readonly traceback: string | null;
  /** Seconds inside the task. */
  readonly runtime: number | null;
  /** Highest attempt number seen; 0 is the first attempt. */
  readonly retries: number;
  readonly eta: string | null;
  readonly expires: string | null;
  readonly queue: string | null;
  readonly exchange: string | null;
  readonly routingKey: string | null;
  /** The worker that ended the task; before its end the worker heard last. */
  readonly worker: string | null;
  /** Sender of the newest task-sent. */
  readonly client: string | null;
  /** Process id that came with `worker`. */
  readonly pid: number | null;
  readonly rootId: string | null;
  /** Never the task's own id, although Celery says so for retries. */
  readonly parentId: string | null;
  readonly terminated: boolean | null;
  readonly signum: string | null;
  readonly expired: boolean | null;
  readonly requeue: boolean | null;
  /** Clock of the newest event. */
  readonly clock: number;
  /** Time of the newest event. */
  readonly timestamp: number;
  /**
   * History that the fields above do not already tell (earlier attempts, other senders), oldest first; empty for most tasks. At
   * most 100 entries. To show a history use `taskHistory(record)`, which adds what the fields tell.
   */
  readonly extraHistory: readonly HistoryEntry[];
}
