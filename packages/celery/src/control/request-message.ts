// A control request as a message: whom it addresses, and what is never sent to anybody. The reply is reply-message.ts.
// Source of the format: kombu/pidbox.py.
import { encodeJsonBody } from '../message/body.ts';
import type { Message } from '../message/message.ts';
import { badArgument } from './argument-checks.ts';
import type { ControlRequest } from './control-request.ts';

/**
 * Never sent: `election` kills a lone worker or runs an arbitrary signature, `hello` merges our revokes and clock into
 * the cluster, `objgraph` blocks a worker and writes files on its disk.
 */
const FORBIDDEN_METHODS: ReadonlySet<string> = new Set(['election', 'hello', 'objgraph']);

/** Methods that must name their workers: sent to everybody by mistake, they would stop a cluster. */
const ADDRESSED_METHODS: ReadonlySet<string> = new Set([
  'shutdown',
  'pool_grow',
  'pool_shrink',
  'pool_restart',
  'autoscale',
  'cancel_consumer',
]);

/** Whom to address. */
export interface Addressed extends ControlRequest {
  /** Full names of workers; null = all workers. Never empty: for Celery an empty list means everybody. */
  readonly destination: readonly string[] | null;
}

/**
 * The message of a request.
 * @param options.expiresS header `expires`, epoch seconds, 0 = never; workers ignore it
 * @param options.reply the body's `ticket` and `reply_to`; absent when no reply is wanted
 * @throws CeleryError `bad_argument`
 */
export function formatControlRequest(
  request: Addressed,
  options: { readonly expiresS: number; readonly reply?: Readonly<Record<string, unknown>> },
): Message {
  const { method, destination } = request;
  if (method === '' || FORBIDDEN_METHODS.has(method)) {
    throw badArgument('method', `the control method "${method}" is never sent`);
  }
  if (destination === null && ADDRESSED_METHODS.has(method)) {
    throw badArgument('destination', `${method} must name the workers it is meant for`);
  }
  if (destination?.length === 0 || destination?.includes('')) {
    throw badArgument('destination', 'destination must name at least one worker, and no empty name');
  }
  return {
    // The clock of a mailbox is independent of the cluster's; a controller that takes no part sends 1.
    headers: { clock: 1, expires: options.expiresS },
    properties: { deliveryMode: 1, priority: 0 },
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    // No pattern and matcher: a pattern alone, and both for old workers, would address everybody.
    body: encodeJsonBody({
      method,
      arguments: request.arguments,
      destination,
      pattern: null,
      matcher: null,
      ...options.reply,
    }),
  };
}
