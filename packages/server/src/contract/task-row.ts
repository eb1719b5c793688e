// A task as the API shows it: the documented fields and Flower's other names. Celery reports arguments and results as
// Python reprs; here they become JSON values where they can be read without evaluating anything.
import { parsePythonRepr, type TaskRecord } from '@umbel/celery';
import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';

const time = (description: string) =>
  nullable(Type.Number(), { description: `${description} Epoch seconds with fractions.` });
const maybeText = (description: string) => nullable(Type.String(), { description });
const mark = (description: string) => Type.Optional(Type.Literal(true, { description }));
const reported = (description: string) =>
  Type.Unknown({ description: `${description} A JSON value, or text where the repr cannot be read.` });

export const TaskRow = Type.Object({
  uuid: Type.String(),
  name: maybeText('Null when no event has said it.'),
  state: Type.String({
    description: 'PENDING, RECEIVED, STARTED, RETRY, SUCCESS, FAILURE, REVOKED, REJECTED or a custom one.',
  }),
  received: time('When a worker took it from the queue.'),
  sent: time('When it was sent, if the sender emits task-sent events.'),
  started: time('Start of the newest attempt.'),
  succeeded: time('When it succeeded.'),
  failed: time('When it failed.'),
  retried: time('When its newest retry was asked for.'),
  revoked: time('When it was revoked.'),
  rejected: time('When it was rejected.'),
  runtime: nullable(Type.Number(), { description: 'Seconds inside the task.' }),
  worker: maybeText('Name of the worker.'),
  args: reported('Positional arguments.'),
  args_truncated: mark('Celery cut the text at 1,024 characters, or Umbel at `--max-value-size`.'),
  args_unparsed: mark('The repr holds more than literals.'),
  kwargs: reported('Keyword arguments.'),
  kwargs_truncated: mark('As args_truncated.'),
  kwargs_unparsed: mark('As args_unparsed.'),
  result: reported('Return value as the event told it; task/result has it whole.'),
  result_truncated: mark('As args_truncated.'),
  result_unparsed: mark('As args_unparsed.'),
  exception: maybeText('Repr of the last error.'),
  traceback: maybeText('Of the last error.'),
  retries: Type.Integer({ description: 'Attempts after the first.' }),
  eta: maybeText('ISO 8601.'),
  expires: maybeText('ISO 8601.'),
  queue: maybeText('Known from task-sent events.'),
  exchange: maybeText('Known from task-sent events.'),
  routing_key: maybeText('Known from task-sent events.'),
  client: maybeText('Who sent it, known from task-sent events.'),
  root_id: maybeText('First task of its flow.'),
  parent_id: maybeText('Task that sent it.'),
  root: maybeText('The same as root_id, as Flower names it.'),
  parent: maybeText('The same as parent_id, as Flower names it.'),
  timestamp: Type.Number({ description: 'Newest event. Epoch seconds.' }),
  clock: Type.Integer({ description: 'Logical clock of the newest event.' }),
  hidden: mark('The caller lacks the right `payload`: values stand as ***.'),
});

export type TaskRow = Static<typeof TaskRow>;

/**
 * The record in the API's words.
 * @param hidden its values have been hidden from the caller
 */
export function toTaskRow(task: TaskRecord, { hidden = false } = {}): TaskRow {
  return {
    uuid: task.uuid,
    name: task.name,
    state: task.state,
    received: task.received,
    sent: task.sent,
    started: task.started,
    succeeded: task.succeeded,
    failed: task.failed,
    retried: task.retried,
    revoked: task.revoked,
    rejected: task.rejected,
    runtime: task.runtime,
    worker: task.worker,
    ...readRepr('args', task.args),
    ...readRepr('kwargs', task.kwargs),
    ...readRepr('result', task.result),
    exception: task.exception,
    traceback: task.traceback,
    retries: task.retries,
    eta: task.eta,
    expires: task.expires,
    queue: task.queue,
    exchange: task.exchange,
    routing_key: task.routingKey,
    client: task.client,
    root_id: task.rootId,
    parent_id: task.parentId,
    root: task.rootId,
    parent: task.parentId,
    timestamp: task.timestamp,
    clock: task.clock,
    ...(hidden ? { hidden: true } : {}),
  };
}

type Reported<N extends string> = { readonly [K in N]: unknown } & {
  readonly [K in `${N}_truncated` | `${N}_unparsed`]?: true;
};

function readRepr<N extends string>(name: N, repr: string | null): Reported<N> {
  return describeRepr(name, repr) as Reported<N>;
}

function describeRepr(name: string, repr: string | null): Record<string, unknown> {
  if (repr === null) return { [name]: null };
  const read = parsePythonRepr(repr);
  if (read.ok) return { [name]: read.value };
  return { [name]: repr, [`${name}_${read.reason === 'truncated' ? 'truncated' : 'unparsed'}`]: true };
}
