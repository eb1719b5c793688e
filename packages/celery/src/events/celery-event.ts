// What Celery workers and clients say about themselves, one object each. Format: Celery's event reference
// (docs: "Monitoring and Management Guide", events; seen live for 5.2 … 5.7).
// parse-event.ts checks the fields named here; an event without a required one is dropped.

interface EventFields {
  /** Node name of the sender, `celery@host`; `gen<pid>@host` for a client. */
  readonly hostname: string;
  /** When it happened, epoch seconds with fractions, absolute (never shifted by `utcoffset`). */
  readonly timestamp: number;
  /** Lamport clock of the sender; 0 when it sent none. Comparable only among main-process events of workers. */
  readonly clock: number;
  readonly pid?: number | undefined;
}

export interface TaskEventFields extends EventFields {
  readonly uuid: string;
}

/** What a task is: carried by task-sent and task-received. Reprs are Python-like text, cut at 1,024 characters. */
export interface TaskDescription {
  readonly name: string | null;
  readonly args: string | null;
  readonly kwargs: string | null;
  readonly retries: number;
  /** ISO 8601 as sent. */
  readonly eta: string | null;
  readonly expires: string | null;
  readonly rootId: string | null;
  /** The task's own uuid when it is a retry. */
  readonly parentId: string | null;
}

export interface TaskError {
  /** Repr. */
  readonly exception: string | null;
  readonly traceback: string | null;
}

export type TaskEvent =
  | (TaskEventFields &
      TaskDescription & {
        readonly type: 'task-sent';
        readonly queue: string | null;
        readonly exchange: string | null;
        readonly routingKey: string | null;
      })
  | (TaskEventFields & TaskDescription & { readonly type: 'task-received' })
  | (TaskEventFields & { readonly type: 'task-started' })
  | (TaskEventFields & {
      readonly type: 'task-succeeded';
      readonly result: string | null;
      readonly runtime: number | null;
    })
  | (TaskEventFields & TaskError & { readonly type: 'task-failed' })
  | (TaskEventFields & TaskError & { readonly type: 'task-retried' })
  | (TaskEventFields & {
      readonly type: 'task-revoked';
      readonly terminated: boolean;
      /** A number, or a sentence when the death was noticed through the pool. */
      readonly signum: string | null;
      readonly expired: boolean;
    })
  | (TaskEventFields & { readonly type: 'task-rejected'; readonly requeue: boolean })
  /** Any other `task-<action>`: `state` is the action in upper case (`task-progress` → `PROGRESS`). */
  | (TaskEventFields & { readonly type: 'task-custom'; readonly state: string });

export interface WorkerEvent extends EventFields {
  readonly type: 'worker-online' | 'worker-heartbeat' | 'worker-offline';
  /** Seconds between heartbeats. */
  readonly freq?: number | undefined;
  readonly active?: number | undefined;
  readonly processed?: number | undefined;
  readonly loadavg?: readonly number[] | undefined;
  readonly sw_ident?: string | undefined;
  readonly sw_ver?: string | undefined;
  readonly sw_sys?: string | undefined;
}

export type CeleryEvent = TaskEvent | WorkerEvent;
