// Operations that read the history of tasks.
import { Type } from 'typebox';
import { nullable } from './nullable.ts';
import { operation } from './operation.ts';
import { instant, list, text, wholeNumber, withDefault } from './parameter-kinds.ts';
import { sortOrder } from './sort-order.ts';
import { TaskInfo } from './task-info.ts';
import { TaskRow } from './task-row.ts';

/** Page size when none is asked for, and the largest. */
const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 10_000;

export const listTasks = operation({
  id: 'listTasks',
  tag: 'Tasks',
  summary: 'List tasks',
  description:
    'Filters must all hold and match exactly. `search` takes words, which must all occur, without regard to case, and the whole search language (docs/search.md). A page beyond the end is empty, with the true total. To read on, follow `next` by `cursor`: every page costs the same, and what comes meanwhile moves nothing.',
  parameters: {
    limit: withDefault(wholeNumber('Most tasks to return.', { min: 0, max: MAX_LIMIT }), DEFAULT_LIMIT),
    offset: withDefault(wholeNumber('Tasks to skip.', { min: 0, max: Number.MAX_SAFE_INTEGER }), 0),
    sort_by: sortOrder(
      'Any field of a task, with - in front for descending. Default: newest received first.',
    ),
    workername: text('Name of a worker.'),
    taskname: text('Name of a task type.'),
    state: list('A state, or several separated by commas.'),
    received_start: instant('Received at or after this time. Without a zone it is UTC.'),
    received_end: instant('Received at or before this time. Without a zone it is UTC.'),
    search: text(
      'Words that must all occur in name, uuid, args, kwargs, result or exception; or a query such as `state:FAILURE run:>5s -name:mail`.',
      { maxChars: 2_048 },
    ),
    cursor: text('`next` of the page before, of the same filters and order; `offset` counts from there.', {
      maxChars: 2_100,
    }),
  },
  reply: Type.Object({
    tasks: Type.Array(TaskRow),
    total: Type.Integer({ description: 'Tasks that match.' }),
    total_is_exact: Type.Optional(
      Type.Literal(false, {
        description: 'Present when counting all of them would have taken too long: `total` is estimated.',
      }),
    ),
    truncated: Type.Optional(
      Type.Literal(true, {
        description:
          'Present when the page ends early, because its texts would be longer than 32 Mi characters: the next one begins at offset plus the number of tasks here.',
      }),
    ),
    unseen: Type.Optional(
      Type.Integer({
        description:
          'Present when the time was over before all tasks were looked at: so many were not, and some of them may belong on this page.',
      }),
    ),
    next: nullable(Type.String(), { description: 'The `cursor` of the next page; null at the end.' }),
    offset: Type.Integer(),
    limit: Type.Integer(),
  }),
  replyDescription: 'One page of tasks.',
  errors: [400, 503],
});

export const taskInfo = operation({
  id: 'taskInfo',
  tag: 'Tasks',
  summary: 'Everything known about a task',
  target: { name: 'taskid', description: 'Id of the task.' },
  parameters: {},
  reply: TaskInfo,
  replyDescription: 'The task.',
  errors: [404, 503],
});

export const taskTypes = operation({
  id: 'taskTypes',
  tag: 'Tasks',
  summary: 'Names of all task types',
  parameters: {},
  reply: Type.Object({ 'task-types': Type.Array(Type.String()) }),
  replyDescription: 'Sorted names, of every task still in the history.',
  errors: [503],
});
