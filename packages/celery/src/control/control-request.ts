// What a control request says, before it is addressed to anybody. Source of the format: kombu/pidbox.py and
// celery/worker/control.py. Builders with checked arguments are in commands.ts, sending in mailbox.ts.

/** One call of a worker's control or inspect method. */
export interface ControlRequest {
  /** The method's name in the worker, e.g. `pool_grow`. */
  readonly method: string;
  /** Its keyword arguments. Numbers beyond 2^53 may be given as JSON.rawJSON. */
  readonly arguments: Readonly<Record<string, unknown>>;
}

/**
 * Never sent: `election` kills a lone worker or runs an arbitrary signature, `hello` merges our revokes and clock into
 * the cluster, `objgraph` blocks a worker and writes files on its disk.
 */
export const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(['election', 'hello', 'objgraph']);

/** Methods that must name their workers: sent to everybody by mistake, they would stop a cluster. */
export const ADDRESSED_METHODS: ReadonlySet<string> = new Set([
  'shutdown',
  'pool_grow',
  'pool_shrink',
  'pool_restart',
  'autoscale',
  'cancel_consumer',
]);
