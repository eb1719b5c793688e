// One builder a control command: checked arguments in, method and arguments as the worker expects them out. They
// change something in a worker; those that only ask are in inspect-commands.ts. Source: celery/worker/control.py.
import { checkEntityName, checkQueueName } from '../message/entity-names.ts';
import { badArgument, checkInteger, checkTaskIds, checkText } from './argument-checks.ts';
import { EXCHANGE_TYPES, type ExchangeType, MAX_POOL_SIZE, MAX_TIME_LIMIT_S } from './command-bounds.ts';
import type { ControlRequest } from './control-request.ts';
import { checkRateLimit } from './rate-limit.ts';
import { parseSignal } from './signals.ts';

/**
 * Tasks that have not started are dropped when their turn comes. With `terminate` a running one is ended too: the
 * pool process that runs it gets `signal` (default SIGTERM; one of SIGNALS, upper or lower case). Pools of threads and solo cannot.
 */
export function revoke(
  taskIds: readonly string[],
  options: { terminate?: boolean | undefined; signal?: string | undefined } = {},
): ControlRequest {
  const task_id = checkTaskIds('task_id', taskIds);
  const signal = parseSignal(options.signal ?? 'SIGTERM');
  if (options.terminate !== true) return { method: 'revoke', arguments: { task_id, terminate: false } };
  return { method: 'revoke', arguments: { task_id, terminate: true, signal } };
}

/** At most so many starts of a task per worker: `'10/m'`, `'1/s'`, a number per second; null or 0 takes the limit away. */
export function rateLimit(taskName: string, limit: string | number | null): ControlRequest {
  return {
    method: 'rate_limit',
    arguments: { task_name: checkText('task_name', taskName), rate_limit: checkRateLimit(limit) },
  };
}

/**
 * Time limits of a task in seconds, null = none. The worker answers ok but goes by the new limits only after its
 * connection or its pool was restarted.
 */
export function timeLimit(
  taskName: string,
  limits: { softS?: number | null | undefined; hardS?: number | null | undefined },
): ControlRequest {
  return {
    method: 'time_limit',
    arguments: {
      task_name: checkText('task_name', taskName),
      soft: checkSeconds('soft', limits.softS ?? null),
      hard: checkSeconds('hard', limits.hardS ?? null),
    },
  };
}

function checkSeconds(field: string, value: number | null): number | null {
  if (value === null) return null;
  if (typeof value !== 'number' || !(value > 0) || value > MAX_TIME_LIMIT_S) {
    throw badArgument(field, `${field} must be a number of seconds above 0 and at most ${MAX_TIME_LIMIT_S}`);
  }
  return value;
}

/** `n` more processes (1 to MAX_POOL_SIZE). Pools of threads and solo cannot; under autoscale the worker refuses. */
export function poolGrow(n = 1): ControlRequest {
  return { method: 'pool_grow', arguments: { n: checkInteger('n', n, 1, MAX_POOL_SIZE) } };
}

/** `n` fewer processes (1 to MAX_POOL_SIZE); the worker refuses when that many are not idle. */
export function poolShrink(n = 1): ControlRequest {
  return { method: 'pool_shrink', arguments: { n: checkInteger('n', n, 1, MAX_POOL_SIZE) } };
}

/** New bounds of a worker that was started with `--autoscale`. */
export function autoscale(min: number, max: number): ControlRequest {
  checkInteger('min', min, 0, MAX_POOL_SIZE);
  checkInteger('max', max, 1, MAX_POOL_SIZE);
  if (min > max) throw badArgument('min', 'min must not be larger than max');
  return { method: 'autoscale', arguments: { max, min } };
}

/** Replaces the pool's processes, each after its current or next task. Needs `worker_pool_restarts` in the worker; never reloads or imports modules. */
export function poolRestart(): ControlRequest {
  return { method: 'pool_restart', arguments: { reload: false } };
}

/** Warm shutdown: running tasks are finished first. Never answered: send it with `tell`, and watch for worker-offline. */
export function shutdown(): ControlRequest {
  return { method: 'shutdown', arguments: {} };
}

/**
 * Consumes from one more queue. When the worker's configuration does not know the queue it is declared, bound to `exchange`
 * (default: one of the queue's name, direct) with `routingKey` (default: the queue's name). "ok" comes before it is done.
 */
export function addConsumer(
  queue: string,
  options: {
    exchange?: string | undefined;
    exchangeType?: ExchangeType | undefined;
    routingKey?: string | undefined;
  } = {},
): ControlRequest {
  const args: Record<string, unknown> = { queue: checkQueueName('queue', queue) };
  if (options.exchange !== undefined) args['exchange'] = checkEntityName('exchange', options.exchange);
  if (options.exchangeType !== undefined) {
    if (!EXCHANGE_TYPES.includes(options.exchangeType)) {
      throw badArgument('exchange_type', `exchange_type must be one of ${EXCHANGE_TYPES.join(', ')}`);
    }
    args['exchange_type'] = options.exchangeType;
  }
  if (options.routingKey !== undefined)
    args['routing_key'] = checkEntityName('routing_key', options.routingKey);
  return { method: 'add_consumer', arguments: args };
}

/** Stops consuming from a queue. A request without a queue would crash the worker. */
export function cancelConsumer(queue: string): ControlRequest {
  return { method: 'cancel_consumer', arguments: { queue: checkQueueName('queue', queue) } };
}

/** Makes a worker that was started without `-E` send task events, until it restarts. */
export function enableEvents(): ControlRequest {
  return { method: 'enable_events', arguments: {} };
}

/** Takes enableEvents back. A worker started with `-E` answers ok and goes on sending. */
export function disableEvents(): ControlRequest {
  return { method: 'disable_events', arguments: {} };
}

/** Makes workers send a worker-heartbeat event at once. The answer is null. */
export function heartbeat(): ControlRequest {
  return { method: 'heartbeat', arguments: {} };
}
