// Options about Celery: its broker, its results, and how they are spoken to.
import { option } from './option.ts';
import { duration, jsonObject, text, toggle } from './option-kinds.ts';

/** kombu's `broker_transport_options`, as far as they change the wire. */
export interface BrokerTransportOptions {
  readonly global_keyprefix?: string;
  readonly priority_steps?: readonly number[];
  readonly sep?: string;
  readonly fanout_prefix?: boolean | string;
  readonly fanout_patterns?: boolean;
}

/** Celery's `result_backend_transport_options`, as far as they change the wire. */
export interface ResultTransportOptions {
  readonly global_keyprefix?: string;
}

type Check = (value: unknown) => boolean;
const isString: Check = (value) => typeof value === 'string';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isSteps: Check = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((step) => Number.isInteger(step) && step >= 0 && step <= 9);

const BROKER_TRANSPORT: Readonly<Record<string, Check>> = {
  global_keyprefix: isString,
  priority_steps: isSteps,
  sep: isString,
  fanout_prefix: (value) => isBoolean(value) || isString(value),
  fanout_patterns: isBoolean,
};

function checkMembers(known: Readonly<Record<string, Check>>): (value: object) => string | null {
  return (value) => {
    for (const [name, member] of Object.entries(value)) {
      const check = known[name];
      // Celery's own dictionary may hold much that is of no interest here (visibility_timeout …): only a known name is judged.
      if (check !== undefined && !check(member)) return `has a wrong value for ${name}`;
    }
    return null;
  };
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

export const CELERY_OPTIONS = {
  broker: option<string>({
    kind: text('URL'),
    default: 'redis://127.0.0.1:6379/0',
    env: ['CELERY_BROKER_URL'],
    flower: 'broker',
    help: 'Where Celery keeps its messages: redis://, rediss://, redis+socket://, amqp:// or amqps://. Several, separated by ";", are tried in turn.',
  }),
  'result-backend': option<string | null>({
    kind: text('URL'),
    default: null,
    env: ['CELERY_RESULT_BACKEND'],
    defaultText: 'none: whoever asks for a result is told so (503)',
    help: 'Where Celery keeps results: redis://, rediss://, redis+socket:// or rpc://.',
  }),
  'broker-transport-options': option<BrokerTransportOptions>({
    kind: jsonObject<BrokerTransportOptions>(checkMembers(BROKER_TRANSPORT)),
    default: {},
    secret: true,
    help: "Celery's broker_transport_options: global_keyprefix, priority_steps, sep, fanout_prefix, fanout_patterns.",
  }),
  'result-backend-transport-options': option<ResultTransportOptions>({
    kind: jsonObject<ResultTransportOptions>(checkMembers({ global_keyprefix: isString })),
    default: {},
    secret: true,
    help: "Celery's result_backend_transport_options: global_keyprefix.",
  }),
  'event-exchange': option<string>({
    kind: text('NAME'),
    default: 'celeryev',
    help: "Celery's event_exchange.",
  }),
  'event-queue-prefix': option<string>({
    kind: text('NAME'),
    default: 'celeryev',
    help: 'First part of the name of the event queue on RabbitMQ.',
  }),
  'event-queue-ttl': option<number>({
    kind: duration('s', 1_000, 7 * DAY_MS),
    default: MINUTE_MS,
    help: 'How long an event waits on RabbitMQ while Umbel is behind.',
  }),
  'control-exchange': option<string>({
    kind: text('NAME'),
    default: 'celery',
    help: "Celery's control_exchange.",
  }),
  'default-queue': option<string>({
    kind: text('NAME'),
    default: 'celery',
    help: "Celery's task_default_queue: where a task goes when nothing else is said.",
  }),
  'inspect-timeout': option<number>({
    kind: duration('ms', 100, MINUTE_MS),
    default: 3_000,
    flower: 'inspect_timeout',
    help: 'How long to wait for answers of workers. The wait ends as soon as all of them have answered.',
  }),
  'enable-events': option<boolean>({
    kind: toggle,
    default: true,
    flower: 'enable_events',
    help: 'Ask workers that were started without -E to send task events.',
  }),
};
