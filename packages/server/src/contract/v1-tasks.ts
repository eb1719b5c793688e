// The operation of /api/v1 that lists tasks, and the parameters that everything over the same tasks shares.
import { Type } from 'typebox';
import { nullable } from './nullable.ts';
import { operation } from './operation.ts';
import { choice, text, wholeNumber, withDefault } from './parameter-kinds.ts';
import { sortOrder } from './sort-order.ts';
import { moment, TimeText } from './v1-moment.ts';
import { V1TaskRow } from './v1-task-row.ts';

/** No query is longer. */
export const MAX_QUERY_CHARS = 2_048;

/** Which tasks. */
export const TASK_FILTERS = {
  q: text('A query (docs/search.md).', { maxChars: MAX_QUERY_CHARS }),
  from: moment('Not before.'),
  to: moment('Before.'),
  time: withDefault(
    choice('Which time of a task `from` and `to` are about.', [
      'received',
      'sent',
      'started',
      'finished',
      'eta',
    ]),
    'received',
  ),
} as const;

export const listTasksV1 = operation({
  id: 'listTasksV1',
  tag: 'Tasks',
  summary: 'List tasks, page by page',
  description:
    'A query that cannot be read is a problem with the code `query` and the `position` of what is wrong. A cursor of other filters or another order is refused (`cursor_mismatch`).',
  parameters: {
    ...TASK_FILTERS,
    sort: sortOrder('Any field of a task, with - in front for descending. Default: newest received first.'),
    cursor: text('`next` or `prev` of another page of the same filters and order.', { maxChars: 2_100 }),
    limit: withDefault(wholeNumber('Tasks of a page.', { min: 1, max: 500 }), 100),
  },
  reply: Type.Object({
    items: Type.Array(V1TaskRow),
    next: nullable(Type.String(), { description: 'The `cursor` of the next page; null at the end.' }),
    prev: nullable(Type.String(), { description: 'The `cursor` of the page before; null at the beginning.' }),
    total: Type.Object({
      value: Type.Integer(),
      kind: Type.Union([Type.Literal('exact'), Type.Literal('at_least'), Type.Literal('about')]),
    }),
    unseen: Type.Integer({
      description:
        'Tasks that nobody looked at, because the time was over: some may belong here. 0 is the rule.',
    }),
    query: Type.Object({
      normal: Type.String({ description: '`q` as Umbel understood it, spans as points in time.' }),
    }),
    as_of: TimeText,
  }),
  replyDescription: 'One page.',
  errors: [400, 503],
});
