// The operation that lists workers, and what it says about each.
import { type Static, Type } from 'typebox';
import { nullable } from './nullable.ts';
import { operation } from './operation.ts';
import { flag, text, withDefault } from './parameter-kinds.ts';

const Status = Type.Union([Type.Literal('online'), Type.Literal('offline')]);
const answer = (description: string) =>
  Type.Optional(Type.Unknown({ description: `${description} As the worker said it.` }));

export const WorkerRow = Type.Object({
  status: Status,
  active: nullable(Type.Integer(), { description: 'Tasks it is running.' }),
  processed: nullable(Type.Integer(), { description: 'Tasks accepted since it started.' }),
  load: nullable(Type.Array(Type.Number()), { description: 'Load averages of 1, 5 and 15 minutes.' }),
  registered: Type.Optional(
    Type.Array(Type.String(), {
      description: 'Tasks it can run, with their rate limits: shop.add [rate_limit=10/m].',
    }),
  ),
  stats: answer('Facts about the process and its pool.'),
  active_queues: answer('Queues it consumes.'),
  hostname: Type.String(),
  pid: nullable(Type.Integer()),
  last_heartbeat: nullable(Type.Number(), { description: "Epoch seconds by the worker's clock." }),
  status_since: Type.Number({ description: 'Epoch seconds.' }),
  offline_reason: nullable(Type.Union([Type.Literal('goodbye'), Type.Literal('silent')])),
  pool: nullable(Type.String(), { description: 'Kind of pool.' }),
  concurrency: nullable(Type.Integer(), { description: 'Size of the pool.' }),
  software: nullable(Type.String(), { description: 'For example py-celery 5.7.0 (Linux).' }),
  freq: nullable(Type.Number(), { description: 'Seconds between heartbeats.' }),
  timestamp: nullable(Type.Number(), { description: 'When it last answered. Epoch seconds.' }),
  active_tasks: answer('Tasks it was running when it was asked.'),
  reserved: answer('Tasks it had taken and not started.'),
  scheduled: answer('Tasks it holds until their eta.'),
  revoked: answer('Ids it will not run.'),
  conf: answer('Its settings, secrets masked.'),
});
export type WorkerRow = Static<typeof WorkerRow>;

const StatusRow = Type.Object({ status: Status }, { description: 'With status=1.' });

export const listWorkers = operation({
  id: 'listWorkers',
  tag: 'Workers',
  summary: 'All workers',
  description:
    'Workers are asked when they come online and regularly after that; nobody has to refresh for a complete answer.',
  parameters: {
    refresh: withDefault(flag('Ask the workers anew and wait for their answers.'), false),
    status: withDefault(flag('Only the status of each.'), false),
    workername: text('Only this worker.'),
  },
  reply: Type.Record(Type.String(), Type.Union([WorkerRow, StatusRow]), { description: 'By worker.' }),
  replyDescription: 'Workers by name.',
  errors: [400, 404, 503],
});
