// Operations on one worker. Nothing is sent before every parameter is valid: a missing queue, for one, would crash it.
import { EXCHANGE_TYPES, MAX_POOL_SIZE } from '@umbel/celery';
import { type TSchema, Type } from 'typebox';
import { CommandReply } from './command-reply.ts';
import { type Operation, operation } from './operation.ts';
import type { ParameterTable } from './parameter.ts';
import { brokerName, choice, required, wholeNumber, withDefault } from './parameter-kinds.ts';

const workerCommand = <P extends ParameterTable, R extends TSchema = typeof CommandReply>(
  definition: Pick<Operation<P, R>, 'id' | 'summary' | 'parameters'> & Partial<Operation<P, R>>,
  reply: R,
): Operation<P, R> =>
  operation({
    tag: 'Workers',
    target: { name: 'workername', description: 'Name of the worker, for example celery@host.' },
    reply,
    replyDescription: 'The worker did it.',
    errors: [400, 404, 409, 503, 504],
    ...definition,
  });

export const shutdownWorker = workerCommand(
  {
    id: 'shutdownWorker',
    action: 'worker.shutdown',
    errors: [404, 503, 504],
    summary: 'Shut a worker down',
    description:
      'A warm shutdown: the worker finishes what it is running. The answer comes when it has said goodbye, or says that it is still finishing.',
    parameters: {},
  },
  Type.Object({
    message: Type.String(),
    stopped: Type.Boolean({ description: 'False while it is still finishing.' }),
  }),
);

export const restartPool = workerCommand(
  {
    id: 'restartPool',
    action: 'worker.restart_pool',
    summary: "Restart a worker's pool",
    description: 'The worker refuses unless it runs with `worker_pool_restarts`.',
    parameters: {},
  },
  CommandReply,
);

export const growPool = workerCommand(
  {
    id: 'growPool',
    action: 'worker.grow_pool',
    summary: 'Add processes to a pool',
    parameters: {
      n: withDefault(wholeNumber('How many processes to add.', { min: 1, max: MAX_POOL_SIZE }), 1),
    },
  },
  CommandReply,
);

export const shrinkPool = workerCommand(
  {
    id: 'shrinkPool',
    action: 'worker.shrink_pool',
    summary: 'Take processes from a pool',
    parameters: {
      n: withDefault(wholeNumber('How many processes to take away.', { min: 1, max: MAX_POOL_SIZE }), 1),
    },
  },
  CommandReply,
);

export const autoscalePool = workerCommand(
  {
    id: 'autoscalePool',
    action: 'worker.autoscale',
    summary: 'Set the bounds of autoscaling',
    description: 'The worker refuses unless it runs with `--autoscale`. `min` must not exceed `max`.',
    parameters: {
      min: required(wholeNumber('Fewest processes.', { min: 0, max: MAX_POOL_SIZE })),
      max: required(wholeNumber('Most processes.', { min: 1, max: MAX_POOL_SIZE })),
    },
  },
  CommandReply,
);

export const addConsumer = workerCommand(
  {
    id: 'addConsumer',
    action: 'worker.add_consumer',
    summary: 'Consume from one more queue',
    parameters: {
      queue: required(brokerName('Name of the queue.')),
      exchange: brokerName('Exchange to bind a new queue to. Default: one named after the queue.'),
      exchange_type: choice('Type of that exchange.', EXCHANGE_TYPES),
      routing_key: brokerName('Routing key of the binding. Default: the name of the queue.'),
    },
  },
  CommandReply,
);

export const cancelConsumer = workerCommand(
  {
    id: 'cancelConsumer',
    action: 'worker.cancel_consumer',
    summary: 'Stop consuming from a queue',
    parameters: { queue: required(brokerName('Name of the queue.')) },
  },
  CommandReply,
);
