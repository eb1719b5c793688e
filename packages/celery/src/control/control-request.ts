// What a control request says, before it is addressed to anybody. Source of the format: kombu/pidbox.py and
// celery/worker/control.py. Builders with checked arguments are in commands.ts and inspect-commands.ts, sending in mailbox.ts.

/** One call of a worker's control or inspect method. */
export interface ControlRequest {
  /** The method's name in the worker, e.g. `pool_grow`. */
  readonly method: string;
  /** Its keyword arguments. Numbers beyond 2^53 may be given as JSON.rawJSON. */
  readonly arguments: Readonly<Record<string, unknown>>;
}
