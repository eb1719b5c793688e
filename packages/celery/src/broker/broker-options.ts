// What can be said about a broker connection besides its URL: kombu's transport options and Celery's exchange names.

import type { Log } from './log.ts';

export interface BrokerOptions {
  /** kombu URL; several separated by `;` are tried in turn. */
  readonly url: string;
  /** kombu `global_keyprefix` (Redis). Default: none. */
  readonly globalKeyprefix?: string | undefined;
  /** kombu `priority_steps` (Redis). Default: 0, 3, 6, 9. */
  readonly prioritySteps?: readonly number[] | undefined;
  /** kombu `sep` (Redis). Default: the two bytes 06 16. */
  readonly sep?: string | undefined;
  /** kombu `fanout_prefix` (Redis): true (default) = `/{db}.`, false = none, or a text that may contain `{db}`. */
  readonly fanoutPrefix?: boolean | string | undefined;
  /** kombu `fanout_patterns` (Redis). Default: true. */
  readonly fanoutPatterns?: boolean | undefined;
  /** Celery `event_exchange`. Default: `celeryev`. */
  readonly eventExchange?: string | undefined;
  /** Celery `control_exchange`, without `.pidbox`. Default: `celery`. */
  readonly controlExchange?: string | undefined;
  /** First part of the name of the event queue (RabbitMQ). Default: `celeryev`. */
  readonly eventQueuePrefix?: string | undefined;
  /** How long an event waits in the event queue while this reader is away or behind, milliseconds (RabbitMQ). Default: 60,000. */
  readonly eventQueueTtlMs?: number | undefined;
  /** Longest time for one command (publish, length …), connecting included, milliseconds. Default: 5,000. */
  readonly commandTimeoutMs?: number | undefined;
  readonly log?: Log | undefined;
}
