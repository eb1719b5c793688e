// THE TABLE of options. One row gives the flag, the environment variables, the key in the config file, Flower's name,
// the default, the help text and the line in docs/options.md. Nothing else in the server reads flags or environment.
import {
  byteSize,
  choice,
  duration,
  jsonObject,
  type OptionKind,
  orOff,
  text,
  textList,
  toggle,
  urlPath,
  wholeNumber,
} from './option-kinds.ts';

/** One row of the table. */
export interface Option<T> {
  readonly kind: OptionKind<T>;
  readonly default: T;
  /** False: it can be set by environment or file only, because a command line is visible to every user of the machine. */
  readonly flag?: false;
  /** Environment variables besides `UMBEL_<NAME>`, in the order in which they are asked. */
  readonly env?: readonly string[];
  /** The option's name in Flower, where there is one. */
  readonly flower?: string;
  /** The value is never shown. */
  readonly secret?: true;
  /** How the default reads when it is computed. */
  readonly defaultText?: string;
  readonly help: string;
}

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

const option = <T>(row: Option<T>): Option<T> => row;

export const OPTIONS = {
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
  address: option<string>({
    kind: text('HOST'),
    default: '127.0.0.1',
    flower: 'address',
    help: 'Address to listen on.',
  }),
  port: option<number>({
    kind: wholeNumber('PORT', 0, 65_535),
    default: 5555,
    flower: 'port',
    help: 'Port to listen on; 0 takes any free one.',
  }),
  db: option<string | null>({
    kind: text('PATH'),
    default: null,
    defaultText: "a file named after the broker in the user's state folder, printed at start",
    help: 'The SQLite file that keeps the history.',
  }),
  'basic-auth': option<readonly string[]>({
    kind: textList('USER:PASSWORD[,…]', (item) =>
      /^[^:]+:.+$/.test(item) ? null : 'needs user:password, several separated by commas',
    ),
    default: [],
    flower: 'basic_auth',
    secret: true,
    help: 'People who may sign in with a name and a password.',
  }),
  'api-keys': option<readonly string[]>({
    kind: textList('KEY[,…]'),
    default: [],
    flag: false,
    secret: true,
    help: 'Keys that open the API as "Authorization: Bearer KEY".',
  }),
  'unauthenticated-api': option<boolean>({
    kind: toggle,
    default: false,
    flag: false,
    env: ['FLOWER_UNAUTHENTICATED_API'],
    help: 'Opens the API to everybody who can reach the port.',
  }),
  'url-prefix': option<string>({
    kind: urlPath,
    default: '',
    flower: 'url_prefix',
    help: 'Path below which everything is served, for a proxy that passes it on.',
  }),
  'allowed-hosts': option<readonly string[]>({
    kind: textList('NAME[,…]'),
    default: [],
    defaultText: 'localhost and addresses',
    help: 'Further names under which an open API on a loopback address may be called, for a proxy on the same machine.',
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
  'retention-age': option<number | null>({
    kind: orOff(duration('s', MINUTE_MS, 36_500 * DAY_MS)),
    default: 30 * DAY_MS,
    help: 'Tasks whose newest event is older are deleted.',
  }),
  'retention-size': option<number | null>({
    kind: orOff(byteSize(10_000_000)),
    default: null,
    defaultText: 'no limit',
    help: 'While the history is larger than this on disk, its oldest tasks are deleted.',
  }),
  'log-level': option<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'>({
    kind: choice(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    default: 'info',
    help: 'How much to log.',
  }),
  'log-format': option<'text' | 'json'>({
    kind: choice(['text', 'json']),
    default: 'text',
    help: 'Lines for people or for machines.',
  }),
  config: option<string | null>({
    kind: text('FILE'),
    default: null,
    defaultText: 'none',
    help: 'YAML file with options, the names as here without the dashes in front.',
  }),
} as const;

export type OptionName = keyof typeof OPTIONS;

/** The value of every option, checked. */
export type OptionValues = {
  readonly [N in OptionName]: (typeof OPTIONS)[N] extends Option<infer T> ? T : never;
};

/** `result-backend` → `UMBEL_RESULT_BACKEND`. */
export function environmentName(name: string): string {
  return `UMBEL_${name.replaceAll('-', '_').toUpperCase()}`;
}
