// Operations that change what workers do with tasks that exist, or with a type of task.
import { MAX_TIME_LIMIT_S, RATE_LIMIT_PATTERN, SIGNALS } from '@umbel/celery';
import { Type } from 'typebox';
import { CommandReply } from './command-reply.ts';
import { operation } from './operation.ts';
import { flag, patternText, required, seconds, text, withDefault } from './parameter-kinds.ts';

/** With or without `SIG`, upper or lower case. */
const SIGNAL = new RegExp(`^(?:SIG)?(?:${SIGNALS.map((name) => name.slice('SIG'.length)).join('|')})$`, 'i');

const taskId = { name: 'taskid', description: 'Id of the task.' };
const taskName = { name: 'taskname', description: 'Name of the task type.' };
const oneWorker = text('Name of the worker to tell. Default: all workers.');

export const revokeTask = operation({
  id: 'revokeTask',
  action: 'task.revoke',
  tag: 'Tasks',
  summary: 'Revoke a task',
  description:
    'Workers drop the task when its turn comes; with `terminate` a running one is ended too. The id need not be known.',
  target: taskId,
  parameters: {
    terminate: withDefault(flag('End the task if it is running.'), false),
    signal: withDefault(
      patternText('Signal for the process that runs it.', SIGNAL, `one of ${SIGNALS.join(', ')}`),
      'SIGTERM',
    ),
  },
  reply: CommandReply,
  replyDescription: 'At least one worker knows that the task is revoked.',
  errors: [400, 404, 409, 503, 504],
});

export const setTimeLimits = operation({
  id: 'setTimeLimits',
  action: 'task_type.set_time_limits',
  tag: 'Tasks',
  summary: 'Set the time limits of a task type',
  description:
    'One of `soft` and `hard` must be given; the other is taken away. A worker goes by new limits after its pool was restarted.',
  target: taskName,
  parameters: {
    soft: seconds('Raises SoftTimeLimitExceeded in the task.', {
      min: 0.001,
      max: MAX_TIME_LIMIT_S,
    }),
    hard: seconds('Kills the process that runs the task.', { min: 0.001, max: MAX_TIME_LIMIT_S }),
    workername: oneWorker,
  },
  reply: CommandReply,
  replyDescription: 'At least one worker took it; `replies` says which did not.',
  errors: [400, 404, 409, 503, 504],
});

export const setRateLimit = operation({
  id: 'setRateLimit',
  action: 'task_type.set_rate_limit',
  tag: 'Tasks',
  summary: 'Set the rate limit of a task type',
  target: taskName,
  parameters: {
    ratelimit: required(
      patternText(
        'Starts per worker: 10/s, 100/m, 5/h, or a number per second; 0 takes the limit away.',
        RATE_LIMIT_PATTERN,
        'a rate such as 10/s, 100/m, 5/h or 0',
      ),
    ),
    workername: oneWorker,
  },
  reply: CommandReply,
  replyDescription: 'At least one worker took it; `replies` says which did not.',
  errors: [400, 404, 409, 503, 504],
});

export const abortTask = operation({
  id: 'abortTask',
  action: 'task.abort',
  tag: 'Tasks',
  summary: 'Ask an abortable task to stop',
  description:
    "Sets the state ABORTED in the result backend. Only tasks built on Celery's AbortableTask look at it.",
  target: taskId,
  parameters: {},
  reply: Type.Object({ message: Type.String() }),
  replyDescription: 'The state is ABORTED.',
  errors: [404, 409, 503],
});
