// Operations for whoever watches the server itself. They need no access.
import { Type } from 'typebox';
import { operation } from './operation.ts';

export const alive = operation({
  id: 'alive',
  tag: 'Health',
  summary: 'Is the process alive?',
  parameters: {},
  reply: Type.Object({ status: Type.Literal('ok') }),
  replyDescription: 'It is.',
  errors: [],
});

export const healthcheck = operation({
  id: 'healthcheck',
  tag: 'Health',
  summary: "The same under Flower's path",
  parameters: {},
  reply: Type.Literal('OK'),
  replyDescription: 'It is.',
  mediaType: 'text/plain',
  errors: [],
});

const part = {
  ok: Type.Boolean(),
  detail: Type.String({ description: 'For people.' }),
};

export const Readiness = Type.Object({
  status: Type.Union([Type.Literal('ready'), Type.Literal('not ready')]),
  missing: Type.Array(Type.String(), { description: 'One sentence for each thing that is missing.' }),
  broker: Type.Object({ ...part, url: Type.String({ description: 'Password masked.' }) }),
  events: Type.Object({
    ...part,
    lag_seconds: Type.Number({ description: 'How far the history is behind the events.' }),
    undecodable: Type.Record(Type.String(), Type.Integer(), {
      description: 'Events that could not be read, by reason.',
    }),
    left_out: Type.Integer({
      description:
        'Events of intermediate states (such as PROGRESS) that were left out, because there were more events than could be written.',
    }),
  }),
  store: Type.Object(part),
  clock: Type.Optional(
    Type.Object(part, {
      description:
        'Not ok: the clock of the machine that keeps the history may be wrong (it has jumped, or is far from what was heard last), so nothing is deleted for its age. That does not make the server unready.',
    }),
  ),
  sharing: Type.Optional(
    Type.Object(
      {
        collectors: Type.Integer({ description: 'How many are running.' }),
        unheld: Type.Integer({
          description: 'Of 16 slices of the work those that wait for a collector to take them over.',
        }),
        gaps: Type.Array(
          Type.Object({
            from: Type.Number({ description: 'Epoch seconds.' }),
            to: Type.Number({ description: 'Epoch seconds.' }),
            slices: Type.Integer({ description: 'Of 16.' }),
          }),
          { description: 'The newest stretches in which no collector heard the events, newest first.' },
        ),
      },
      { description: 'How several collectors share a history in PostgreSQL; missing for one in a file.' },
    ),
  ),
  result_backend: Type.Object({ url: Type.Union([Type.String(), Type.Null()]), detail: Type.String() }),
});

export const ready = operation({
  id: 'ready',
  tag: 'Health',
  summary: 'Is everything connected?',
  description: 'The same body with status 503 when broker, events or store are missing.',
  parameters: {},
  reply: Readiness,
  replyDescription: 'Broker and store are connected.',
  errors: [503],
});
