// A task as a message of Celery's protocol 2, with every header and property that Celery 5.7 sends.
// Owns the layout and what may stand in it; ids, clocks and routing are send/. Format: celery/app/amqp.py `as_task_v2`;
// the fixtures in task-message.test.ts are what Celery 5.7 wrote.
import { formatArgsRepr, formatPythonRepr } from './format-python-repr.ts';
import { stringifyKombuJson } from './kombu-json.ts';
import type { Message } from './message.ts';

/** One task, ready to be put on a queue. Points in time are epoch milliseconds. Absent means Celery's default. */
export interface TaskToSend {
  /** Registered name. */
  readonly name: string;
  readonly taskId: string;
  /** JSON-able values; exact numbers as parseKombuJson returns them. */
  readonly args?: readonly unknown[] | undefined;
  readonly kwargs?: Readonly<Record<string, unknown>> | undefined;
  /** Not before. */
  readonly etaMs?: number | undefined;
  /** Not after: a worker that gets it later revokes it. */
  readonly expiresMs?: number | undefined;
  /** Attempts so far, at most MAX_RETRIES. Default: 0. */
  readonly retries?: number | undefined;
  /** 0 … MAX_PRIORITY. Default: 0. RabbitMQ serves the highest first, Redis the lowest. */
  readonly priority?: number | undefined;
  /** Hard limit, seconds: then the worker kills the task's process. */
  readonly timeLimit?: number | undefined;
  /** Soft limit, seconds: then the task gets an exception. */
  readonly softTimeLimit?: number | undefined;
  /** true: no result is stored. Default: as the task itself is configured. */
  readonly ignoreResult?: boolean | undefined;
  /** Name to show instead of `name`. */
  readonly shadow?: string | undefined;
  /** First task of the workflow. Default: this one. */
  readonly rootId?: string | undefined;
  readonly parentId?: string | undefined;
  readonly groupId?: string | undefined;
  readonly groupIndex?: number | undefined;
  /** The sender's own headers, plain JSON values; none of RESERVED_HEADERS. */
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  /** Text shown for args and kwargs instead of their values, to hide secrets. */
  readonly argsrepr?: string | undefined;
  readonly kwargsrepr?: string | undefined;
}

/** Who sends, and when. */
export interface TaskSender {
  /** `gen<pid>@<host>`. */
  readonly origin: string;
  /** Routing key of a queue for rpc results; `''` when nobody waits there. */
  readonly replyTo: string;
  /** Now, epoch milliseconds: what is left until `expiresMs` becomes the message's time to live. */
  readonly nowMs: number;
}

/** AMQP counts priorities in one byte. */
export const MAX_PRIORITY = 255;
/** What fits into a C integer: more makes a worker fail. */
export const MAX_RETRIES = 2_147_483_647;

/** Callbacks and canvas parts: none. */
const EMBED = '{"callbacks":null,"errbacks":null,"chain":null,"chord":null}';

/**
 * Headers that the protocol owns: a sender's own headers must not replace them. The second half are members of a running task's
 * request (celery/app/task.py, Context), into which workers put every header: `headers` there would name another task to a retry.
 */
export const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'lang',
  'task',
  'id',
  'shadow',
  'eta',
  'expires',
  'group',
  'group_index',
  'retries',
  'timelimit',
  'root_id',
  'parent_id',
  'argsrepr',
  'kwargsrepr',
  'origin',
  'ignore_result',
  'replaced_task_nesting',
  'stamped_headers',
  'stamps',
  'compression',
  'redelivered',
  'meth',
  '_children',
  '_protected',
  '_filter_x_death_headers',
  '_get_custom_headers',
  'args',
  'as_execution_options',
  'callbacks',
  'called_directly',
  'chain',
  'children',
  'chord',
  'clear',
  'correlation_id',
  'delivery_info',
  'errbacks',
  'get',
  'headers',
  'hostname',
  'is_eager',
  'kwargs',
  'logfile',
  'loglevel',
  'properties',
  'reply_to',
  'soft_time_limit',
  'taskset',
  'time_limit',
  'update',
  'utc',
]);

/**
 * Builds the message. It checks nothing but that args and kwargs are JSON-able; send/task-request.ts checks the rest.
 * @throws CeleryError `bad_argument`; `params.field` is `args` or `kwargs`
 */
export function createTaskMessage(task: TaskToSend, sender: TaskSender): Message {
  const args = task.args ?? [];
  const kwargs = task.kwargs ?? {};
  return {
    headers: {
      lang: 'py',
      task: task.name,
      id: task.taskId,
      shadow: task.shadow ?? null,
      eta: isoTimeOrNull(task.etaMs),
      expires: isoTimeOrNull(task.expiresMs),
      group: task.groupId ?? null,
      group_index: task.groupIndex ?? null,
      retries: task.retries ?? 0,
      timelimit: [task.timeLimit ?? null, task.softTimeLimit ?? null],
      root_id: task.rootId ?? task.taskId,
      parent_id: task.parentId ?? null,
      argsrepr: task.argsrepr ?? formatArgsRepr(args),
      kwargsrepr: task.kwargsrepr ?? formatPythonRepr(kwargs),
      origin: sender.origin,
      ignore_result: task.ignoreResult ?? null,
      replaced_task_nesting: 0,
      stamped_headers: null,
      stamps: {},
      ...task.headers,
    },
    properties: {
      correlationId: task.taskId,
      replyTo: sender.replyTo,
      deliveryMode: 2,
      priority: task.priority ?? 0,
      expiration: expiration(task.expiresMs, sender.nowMs),
    },
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    body: Buffer.from(
      `[${stringifyKombuJson(args, 'args')},${stringifyKombuJson(kwargs, 'kwargs')},${EMBED}]`,
    ),
  };
}

function expiration(expiresMs: number | undefined, nowMs: number): string | undefined {
  return expiresMs === undefined ? undefined : String(Math.max(0, Math.trunc(expiresMs - nowMs)));
}

/** As Python's isoformat() of an aware UTC time: six digits of a second, or none. Date itself knows only three. */
function isoTimeOrNull(epochMs: number | undefined): string | null {
  if (epochMs === undefined) return null;
  const epochUs = Math.round(epochMs * 1_000);
  const seconds = new Date(Math.floor(epochUs / 1_000)).toISOString().slice(0, 19);
  const fractionUs = epochUs % 1_000_000;
  return `${seconds}${fractionUs === 0 ? '' : `.${String(fractionUs).padStart(6, '0')}`}+00:00`;
}
