// What a query may hold, in a few words for the one who types it.
import { TASK_STATES } from '@umbel/celery';
import { FLAGS, type Flag, type NumberField, PARTS, type Part, type TimeField } from './task-condition.ts';

/** By what is typed: a key with its colon, or the beginning of a path. In the order in which they are proposed. */
export const KEY_HINTS: Readonly<Record<string, string>> = {
  'name:': 'name of the task',
  'state:': 'state, or several: FAILURE,RETRY',
  'is:': 'where it stands: running, lost, slow …',
  'worker:': 'worker that has or had it',
  'queue:': 'queue it was sent to',
  'group:': 'deployment of its worker',
  'exception:': 'last exception: its type or its text',
  'args:': 'text of the arguments',
  'args[': 'one argument: args[0]:4711',
  'kwargs:': 'text of the keyword arguments',
  'kwargs.': 'one keyword argument: kwargs.order.id:4711',
  'result:': 'text of the result',
  'traceback:': 'text of the traceback',
  'received:': 'when a worker received it',
  'started:': 'when its last attempt started',
  'finished:': 'when it ended',
  'sent:': 'when it was sent',
  'eta:': 'when it is to start at the earliest',
  'run:': 'how long its last attempt ran',
  'wait:': 'how long its last attempt waited',
  'retries:': 'how often it was retried',
  'has:': 'result, traceback, children, parent, eta',
  'id:': 'id, or its first 8 characters',
  'root:': 'id of the first task of its flow',
  'parent:': 'id of the task that started it',
  'fp:': 'group of failures',
};

export const FLAG_HINTS: Readonly<Record<Flag, string>> = {
  running: 'a worker is at it',
  waiting: 'for a worker, or for a retry',
  scheduled: 'its eta is still to come',
  lost: 'its worker went away before it ended',
  retried: 'it took, or takes, more than one attempt',
  recovered: 'it succeeded after an attempt that did not',
  revoking: 'somebody asked to revoke it, and it has not ended',
  cut: 'its arguments or result were too long to be sent whole',
  rerun: 'it is another task once more',
  slow: 'it took longer than 99 of 100 of its type the day before',
};

export const PART_HINTS: Readonly<Record<Part, string>> = {
  result: 'it answered something',
  traceback: 'an attempt failed and told where',
  children: 'it started other tasks',
  parent: 'another task started it',
  eta: 'it was not to start at once',
};

const RANGE = '2026-08-22..2026-08-24';
const PAST: Readonly<Record<string, string>> = {
  '>-15m': 'in the last 15 minutes',
  '>-1h': 'in the last hour',
  '>-24h': 'in the last 24 hours',
  '>-7d': 'in the last 7 days',
  '<-1h': 'more than an hour ago',
  [RANGE]: 'from one day to another, both included',
};
const SPAN: Readonly<Record<string, string>> = {
  '>1s': 'more than a second',
  '>10s': 'more than 10 seconds',
  '>1m': 'more than a minute',
  '>1h': 'more than an hour',
  '<100ms': 'less than 100 milliseconds',
};

const EXAMPLES: Readonly<Record<TimeField | NumberField, Readonly<Record<string, string>>>> = {
  sent: PAST,
  received: PAST,
  started: PAST,
  finished: PAST,
  eta: {
    '<+10m': 'within 10 minutes, or over',
    '>+0s': 'still to come',
    '>+1h': 'in more than an hour',
    [RANGE]: 'from one day to another, both included',
  },
  run: SPAN,
  wait: SPAN,
  retries: { '>0': 'at least once', '>=3': 'three times and more', '0': 'never' },
};

/** What may stand after the key with its colon, and what it means; empty where only the tasks themselves can tell. */
export function valueHints(key: string): Readonly<Record<string, string>> {
  if (key === 'state') return Object.fromEntries(TASK_STATES.map((state) => [state, 'state']));
  if (key === 'is') return inOrder(FLAGS, FLAG_HINTS);
  if (key === 'has') return inOrder(PARTS, PART_HINTS);
  return (EXAMPLES as Readonly<Record<string, Readonly<Record<string, string>>>>)[key] ?? {};
}

function inOrder<T extends string>(
  list: readonly T[],
  hints: Readonly<Record<T, string>>,
): Record<string, string> {
  return Object.fromEntries(list.map((word) => [word, hints[word]]));
}
