// The desk: everything HTTP may ask for, in Umbel's terms and without HTTP. It reads the store, asks workers and
// brokers with a deadline, and carries out commands. It never consumes an event.
import type { ControlRequest, TaskRecord, TaskResult } from '@umbel/celery';
import type { Gap } from '../store/collecting.ts';
import type { StretchTally, TallyKind } from '../measures/tally.ts';
import type { Gauge, GaugeQuery, TallyQuery } from '../store/measures.ts';
import type { Facet, FacetQuery, HistogramQuery, TaskHistogram } from '../store/task-counts.ts';
import type { StoredWorker, TaskPage, TaskQuery } from '../store/store.ts';

/** A worker with all that is known: its events, Umbel's conclusion, its answers. */
export interface WorkerView {
  readonly worker: StoredWorker;
  /** The worker's answers by inspect method: stats, active_queues, registered, active, reserved, scheduled, revoked, conf. Secrets masked. */
  readonly replies: Readonly<Record<string, unknown>>;
  /** Epoch seconds by method. */
  readonly askedAt: Readonly<Record<string, number>>;
  /** The caller may not see what its tasks carry. */
  readonly hidden?: true | undefined;
}

/** One page of the history. */
export interface DeskPage extends TaskPage {
  /** Ids of tasks on the page of which the caller may not see what they carry; missing: none. */
  readonly hidden?: ReadonlySet<string> | undefined;
}

export interface TaskView {
  readonly task: TaskRecord;
  /** Ids of the tasks it sent. */
  readonly children: readonly string[];
  /** The caller may not see what it carries. */
  readonly hidden?: true | undefined;
}

export interface ResultView extends TaskResult {
  /** The caller may not see what it carries. */
  readonly hidden?: true | undefined;
}

/** What one worker answered to a command. */
export type WorkerReply =
  | { readonly worker: string; readonly outcome: 'ok'; readonly message: string; readonly value: unknown }
  | { readonly worker: string; readonly outcome: 'error'; readonly message: string }
  | { readonly worker: string; readonly outcome: 'no_reply' };

export interface CommandReplies {
  readonly replies: readonly WorkerReply[];
}

/** A task to send, every field already checked. `args` and `kwargs` carry exact numbers (JSON.rawJSON). */
export interface SendRequest {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly taskId?: string | undefined;
  readonly queue?: string | undefined;
  readonly exchange?: string | undefined;
  readonly routingKey?: string | undefined;
  readonly priority?: number | undefined;
  readonly retries?: number | undefined;
  /** Epoch milliseconds. */
  readonly etaMs?: number | undefined;
  readonly expiresMs?: number | undefined;
  /** Seconds. */
  readonly timeLimit?: number | undefined;
  readonly softTimeLimit?: number | undefined;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  readonly ignoreResult?: boolean | undefined;
  /** Shown instead of the name, args and kwargs. */
  readonly shadow?: string | undefined;
  readonly argsrepr?: string | undefined;
  readonly kwargsrepr?: string | undefined;
  readonly rootId?: string | undefined;
  readonly parentId?: string | undefined;
  readonly groupId?: string | undefined;
}

export interface Health {
  readonly broker: { readonly url: string; readonly connected: boolean; readonly detail: string };
  readonly events: {
    readonly connected: boolean;
    readonly detail: string;
    readonly lagSeconds: number;
    readonly undecodable: Readonly<Record<string, number>>;
    readonly leftOut: number;
  };
  readonly store: { readonly location: string; readonly writable: boolean; readonly detail: string };
  /** Whether the clock of whoever deletes what is old is believed; while it is not, nothing is. Missing: nobody has said. */
  readonly clock?: { readonly believed: boolean; readonly detail: string } | undefined;
  readonly resultBackend: { readonly url: string | null; readonly detail: string };
  /** How several collectors share the work; missing where there is but one. */
  readonly sharing?:
    | {
        readonly collectors: number;
        /** Of `SLICES` those that no collector writes. */
        readonly unheld: number;
        /** The newest, newest first. */
        readonly gaps: readonly Gap[];
      }
    | undefined;
}

/** An expected refusal; the HTTP mapper turns `code` into a status. `forbidden` names the right in `params.right`. */
export class DeskError extends Error {
  override name = 'DeskError';
  readonly code:
    | 'forbidden'
    | 'unknown_worker'
    | 'unknown_task'
    | 'unknown_task_name'
    | 'no_result_backend'
    | 'broker_unavailable'
    | 'backend_unavailable'
    | 'unreadable_result'
    | 'no_reply'
    | 'timeout'
    | 'conflict'
    | 'bad_argument';
  readonly params: Readonly<Record<string, unknown>>;

  constructor(
    code: DeskError['code'],
    message: string,
    params: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(message, { cause });
    this.code = code;
    this.params = params;
  }
}

export interface Desk extends AsyncDisposable {
  /** All workers by name. `refresh` asks them anew (all, or the named one) and waits for them up to the inspect timeout. */
  workers(options: { refresh: boolean; name?: string | undefined }): Promise<Map<string, WorkerView>>;
  /** @throws DeskError `unknown_worker` */
  requireWorker(name: string): Promise<WorkerView>;

  tasks(query: TaskQuery): Promise<DeskPage>;
  /** Counts of values among what matches; one answer a query, in their order. */
  facets(queries: readonly FacetQuery[]): Promise<Facet[]>;
  /** What matches, counted by time. */
  histogram(query: HistogramQuery): Promise<TaskHistogram>;
  /**
   * What is counted by stretch of time, of the labels in sight: by time, then label.
   * @throws DeskError `forbidden` where nobody can say what of it the caller may see
   */
  tallies(query: TallyQuery): Promise<StretchTally[]>;
  /** Whether the counts of this label are in sight. */
  seesTallies(kind: TallyKind, label: string): boolean;
  /** Samples of queues and workers: by time, then label. */
  gauges(query: GaugeQuery): Promise<Gauge[]>;
  taskTypes(): Promise<string[]>;
  countByState(): Promise<Map<string, number>>;
  /** @throws DeskError `unknown_task` */
  task(uuid: string): Promise<TaskView>;
  /** Those of these tasks that are known. */
  tasksById(uuids: readonly string[]): Promise<Map<string, TaskRecord>>;

  /**
   * Sends one of Celery's control commands and gathers replies until every addressed worker has answered or the
   * inspect timeout has passed. `to` null = all online workers. A worker that does not answer is in `replies` as `no_reply`.
   * @throws DeskError `unknown_worker`, `broker_unavailable`
   */
  command(request: ControlRequest, to: string | null): Promise<CommandReplies>;
  /**
   * Processes in a worker's pool, those included that it is about to start; null for a pool without processes, or that cannot be told.
   * @throws DeskError `unknown_worker`, `broker_unavailable`
   */
  poolSize(worker: string): Promise<number | null>;
  /**
   * Asks one worker to stop and waits until it says goodbye or the inspect timeout passes; `stopped` false = asked but still there.
   * @throws DeskError `unknown_worker`, `broker_unavailable`, `no_reply`
   */
  shutdown(worker: string): Promise<{ readonly stopped: boolean }>;

  /** Publishes. Answers the task id. @throws DeskError `broker_unavailable`, `bad_argument`, `conflict` (task id already known) */
  send(request: SendRequest): Promise<string>;
  /** The queue that `send` would put it on; null when an exchange decides. */
  routeOf(request: SendRequest): Promise<string | null>;
  /** @throws DeskError `unknown_task_name` when no known worker has registered it */
  requireRegistered(name: string): Promise<void>;

  /** @throws DeskError `no_result_backend` */
  requireResultBackend(): void;
  /**
   * Result now, or after waiting up to `timeoutMs` for the end; `signal` ends the wait early (the client went away). Without
   * a record, what the events say.
   */
  result(
    taskId: string,
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<ResultView>;
  /** Sets ABORTED. @throws DeskError `conflict` when the task has already ended */
  abort(taskId: string): Promise<void>;

  /** Messages waiting, by queue, for all queues any known worker consumes or the broker reveals. */
  queueLengths(): Promise<Map<string, number>>;

  health(): Promise<Health>;
  close(): Promise<void>;
}
