// One builder an inspect command: requests that only ask. Their answers are read by reply-text.ts.
// Source: celery/worker/control.py.
import { checkTaskIds } from './argument-checks.ts';
import type { ControlRequest } from './control-request.ts';

function ask(method: string, args: Record<string, unknown> = {}): ControlRequest {
  return { method, arguments: args };
}

/** Who is there: `{"ok": "pong"}`. Beat may answer too (Celery 5.7). */
export const ping = (): ControlRequest => ask('ping');

/** Pool, prefetch count, totals by task name, resource usage, broker connection. Holds secrets: see mask-secrets.ts. */
export const stats = (): ControlRequest => ask('stats');

/** The worker's settings: changed ones only, or all. */
export const conf = (options: { withDefaults?: boolean } = {}): ControlRequest =>
  ask('conf', { with_defaults: options.withDefaults ?? false });

/** Names of registered tasks, `celery.*` ones only with `builtins`. `items`: attributes to show, e.g. `rate_limit`. */
export const registered = (options: { items?: readonly string[]; builtins?: boolean } = {}): ControlRequest =>
  ask('registered', { taskinfoitems: options.items ?? [], builtins: options.builtins ?? false });

/** Tasks running now. `safe` (5.2 and newer): arguments as repr text instead of values. */
export const active = (options: { safe?: boolean } = {}): ControlRequest =>
  ask('active', options.safe === true ? { safe: true } : {});

/** Tasks handed to the pool that have not started. */
export const reserved = (): ControlRequest => ask('reserved');

/** Tasks waiting in the worker for their eta. */
export const scheduled = (): ControlRequest => ask('scheduled');

/** Ids of revoked tasks that the worker remembers. */
export const revoked = (): ControlRequest => ask('revoked');

/** Queues the worker consumes from. */
export const activeQueues = (): ControlRequest => ask('active_queues');

/** Versions, platform and settings as text. */
export const report = (): ControlRequest => ask('report');

/** `{id: [state, description]}` of those of the given tasks that the worker holds. */
export const queryTask = (taskIds: readonly string[]): ControlRequest =>
  ask('query_task', { ids: checkTaskIds('ids', taskIds) });

/** The worker's Lamport clock: `{"clock": 33}`. */
export const clock = (): ControlRequest => ask('clock');
