// A task as /api/v1 shows it: times in RFC 3339, lengths in milliseconds, what it carries as the text that Celery reported.
import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';

const time = (description: string) =>
  nullable(Type.String({ format: 'date-time' }), { description: `${description} RFC 3339, UTC.` });
const span = (description: string) => nullable(Type.Integer(), { description });
const maybeText = (description: string) => nullable(Type.String(), { description });

export const V1TaskRow = Type.Object({
  id: Type.String(),
  name: maybeText('Null when no event has said it.'),
  state: Type.String(),
  flags: Type.Array(
    Type.Union([Type.Literal('lost'), Type.Literal('scheduled'), Type.Literal('cut')], {
      description:
        'lost: its worker is gone. scheduled: its eta is still to come. cut: not all of its values were told.',
    }),
  ),
  args_text: maybeText('Repr of the positional arguments.'),
  kwargs_text: maybeText('Repr of the keyword arguments.'),
  result_text: maybeText('Repr of the return value.'),
  exception: nullable(
    Type.Object({
      type: maybeText('Name of the class; null where nothing tells it.'),
      message: maybeText('The whole repr.'),
    }),
    { description: 'The last error, whatever came after it.' },
  ),
  fp: maybeText('Group of failures.'),
  queue: maybeText('Known from task-sent events.'),
  worker: maybeText('The worker heard last.'),
  group: maybeText('Deployment of the worker.'),
  retries: Type.Integer({ description: 'Attempts after the first.' }),
  sent: time('When it was sent, if the sender tells.'),
  received: time('When a worker took it.'),
  started: time('Start of the newest attempt.'),
  finished: time('When it succeeded, failed or was revoked.'),
  eta: time('When it is to start.'),
  wait_ms: span('How long its last attempt waited until it started.'),
  wait_from: nullable(Type.Union([Type.Literal('sent'), Type.Literal('received')]), {
    description: 'What `wait_ms` counts from.',
  }),
  run_ms: span('How long its last attempt ran.'),
  parent_id: maybeText('Task that sent it.'),
  root_id: maybeText('First task of its flow.'),
  hidden: Type.Optional(
    Type.Literal(true, { description: 'The caller lacks the right `payload`: values stand as ***.' }),
  ),
});
export type V1TaskRow = Static<typeof V1TaskRow>;
