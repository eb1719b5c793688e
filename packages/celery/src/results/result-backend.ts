// THE SEAM to result backends. Implementations: redis-results.ts, rpc-results.ts; both run result-backend.contract.ts.
// Format of a result document: celery/backends/base.py, "meta".

import type { ConnectionState } from '../broker/broker.ts';

/** One stored result. Values are decoded (message/kombu-json.ts): exact numbers, no evaluation. */
export interface TaskResult {
  readonly taskId: string;
  /** `PENDING` also means that there is no record. */
  readonly state: string;
  /** Return value; for FAILURE, RETRY, REVOKED `{exc_type, exc_message, exc_module}`; else the state's meta. */
  readonly result: unknown;
  readonly traceback: string | null;
  /** Ids of tasks that this one started, groups flattened. */
  readonly children: readonly string[];
  /** ISO 8601 as stored; null before the end. */
  readonly dateDone: string | null;
  readonly groupId: string | null;
  readonly parentId: string | null;
}

export interface ResultBackend extends AsyncDisposable {
  /** Scheme for people: `redis`, `rpc` … */
  readonly kind: string;
  /** The URL in use, password masked. */
  readonly displayUrl: string;
  /** How the connection to it is now. */
  readonly connection: ConnectionState;
  /** A value for the task message's `reply_to`: rpc results come to it. */
  readonly replyTo: string | null;

  /**
   * What is stored now; state PENDING when nothing is.
   * @throws CeleryError `backend_unavailable`, `unsupported_content_type`, `undecodable`
   */
  get(taskId: string): Promise<TaskResult>;

  /**
   * Waits until the task is SUCCESS, FAILURE or REVOKED, by the backend's own notification; answers at once when it
   * already is. When `signal` aborts first it answers with what is stored then.
   */
  wait(taskId: string, signal: AbortSignal): Promise<TaskResult>;

  /**
   * Says that a result for this id will be waited for: call before sending the task. rpc keeps only announced ids.
   * Bounded; the oldest is forgotten first.
   */
  expect(taskId: string): void;

  /**
   * Sets the state ABORTED, as `AbortableTask` expects it, unless the task has already ended (then false).
   * @throws CeleryError `backend_unavailable`; `bad_argument` for a backend that cannot
   */
  abort(taskId: string): Promise<boolean>;

  close(): Promise<void>;
}
