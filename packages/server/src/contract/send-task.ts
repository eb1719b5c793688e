// Operations that send a task: apply, async-apply, send-task. They share one body.
import { MAX_PRIORITY, MAX_RETRIES } from '@umbel/celery';
import { type Static, Type } from 'typebox';
import { jsonArray, jsonObject } from './json-parameter.ts';
import { operation } from './operation.ts';
import { parseInstant } from './instant.ts';
import { InvalidRequest, type Parameter, quote, type Values } from './parameter.ts';
import { brokerName, flag, instant, seconds, text, wholeNumber, withDefault } from './parameter-kinds.ts';
import { MAX_WAIT_S, TaskResultReply } from './task-result.ts';

/** How long `apply` waits when nothing is said. */
const DEFAULT_APPLY_TIMEOUT_S = 60;

const MAX_DELAY_S = 10 * 366 * 86_400;

/** A point in time, or so many seconds from now. */
export type Expiry = { readonly atS: number } | { readonly inS: number };

const expires: Parameter<Expiry | undefined> = {
  schema: Type.Union([Type.Number({ minimum: 0 }), Type.String()], {
    description: 'After this the task is not run any more: seconds from now, or a date as in eta.',
  }),
  required: false,
  read(given, name) {
    const plain = JSON.isRawJSON(given) ? Number(given.rawJSON) : given;
    if (plain === undefined || plain === null || plain === '') return undefined;
    const inS = typeof plain === 'string' && plain.trim() !== '' ? Number(plain) : plain;
    if (typeof inS === 'number' && inS >= 0 && inS <= MAX_DELAY_S) return { inS };
    const atS = typeof plain === 'string' && !Number.isFinite(inS) ? parseInstant(plain) : undefined;
    if (atS !== undefined) return { atS };
    throw new InvalidRequest(
      `${name} must be a number of seconds from 0 to ${MAX_DELAY_S} or a date such as 2026-01-31T14:30:00Z, not ${quote(given)}.`,
    );
  },
};

const BODY = {
  args: jsonArray('Positional arguments. Numbers of any size arrive exactly.'),
  kwargs: jsonObject('Keyword arguments.'),
  queue: brokerName('Queue to send to. Default: as the workers that know the task are configured.'),
  countdown: seconds('Run it so many seconds from now.', { max: MAX_DELAY_S }),
  eta: instant('Run it at this time: ISO 8601 (without a zone it is UTC) or epoch seconds.'),
  expires,
  priority: wholeNumber('Priority of the message.', { min: 0, max: MAX_PRIORITY }),
  exchange: brokerName('Exchange to publish to.'),
  routing_key: brokerName('Routing key of the message.'),
  task_id: brokerName('Id of the new task. Default: a random UUID.'),
  retries: wholeNumber('Number of attempts that already were.', { min: 0, max: MAX_RETRIES }),
  time_limit: seconds('Hard time limit.', { min: 0.001, max: MAX_DELAY_S }),
  soft_time_limit: seconds('Soft time limit.', { min: 0.001, max: MAX_DELAY_S }),
  headers: jsonObject('More message headers.'),
  ignore_result: flag('Store no result. Default: as the task itself is configured.'),
  shadow: text("Name to show instead of the task's own.", { maxChars: 255 }),
  argsrepr: text('Shown as the arguments instead of their values, to keep secrets out of sight.'),
  kwargsrepr: text('The same for the keyword arguments.'),
  root_id: brokerName('First task of the flow. Default: this one.'),
  parent_id: brokerName('Task that this one follows.'),
  group_id: brokerName('Group that this one belongs to.'),
};

export type SendParameters = Values<typeof BODY>;

/**
 * What no single parameter can tell.
 * @throws InvalidRequest for contradictions
 */
export function checkSendParameters(given: SendParameters): void {
  if (given.eta !== undefined && given.countdown !== undefined) {
    throw new InvalidRequest('eta and countdown contradict each other; give one of them.');
  }
  if ((given.soft_time_limit ?? 0) > (given.time_limit ?? Number.POSITIVE_INFINITY)) {
    throw new InvalidRequest('soft_time_limit must not be larger than time_limit.');
  }
}

const SentReply = Type.Object({
  'task-id': Type.String(),
  state: Type.String({ description: 'PENDING: it has just been sent.' }),
});
export type SentReply = Static<typeof SentReply>;

const target = { name: 'taskname', description: 'Name of the task type.' };
const example = { args: [1, 2], kwargs: {}, countdown: 10 };

export const applyTask = operation({
  id: 'applyTask',
  action: 'task.send',
  tag: 'Tasks',
  summary: 'Run a task and wait for its result',
  description:
    'A task that fails is a normal answer: its state is FAILURE and `result` says why. When `timeout` passes first the answer is 504 with the `task-id`; the task goes on.',
  target,
  parameters: {
    ...BODY,
    timeout: withDefault(
      seconds('Longest time to wait for the end of the task.', { max: MAX_WAIT_S }),
      DEFAULT_APPLY_TIMEOUT_S,
    ),
  },
  strictBody: true,
  example,
  reply: TaskResultReply,
  replyDescription: 'The task has ended.',
  errors: [400, 404, 409, 415, 503, 504],
});

export const asyncApplyTask = operation({
  id: 'asyncApplyTask',
  action: 'task.send',
  tag: 'Tasks',
  summary: 'Send a task that a worker has registered',
  target,
  parameters: BODY,
  strictBody: true,
  example,
  reply: SentReply,
  replyDescription: 'The task is on its queue.',
  errors: [400, 404, 409, 503],
});

export const sendTask = operation({
  id: 'sendTask',
  action: 'task.send',
  tag: 'Tasks',
  summary: 'Send a task by any name',
  target,
  parameters: BODY,
  strictBody: true,
  example,
  reply: SentReply,
  replyDescription: 'The task is on its queue.',
  errors: [400, 409, 503],
});
