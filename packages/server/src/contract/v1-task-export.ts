// The operation of /api/v1 that gives a list of tasks as one file.
import { Type } from 'typebox';
import { operation } from './operation.ts';
import { choice, withDefault } from './parameter-kinds.ts';
import { sortOrder } from './sort-order.ts';
import { V1TaskRow } from './v1-task-row.ts';
import { TASK_FILTERS } from './v1-tasks.ts';

/** Most tasks of one file. */
export const TASK_EXPORT_MAX = 1_000_000;

export const exportTasks = operation({
  id: 'exportTasks',
  tag: 'Tasks',
  summary: 'Tasks as a file',
  description: `All that matches, up to ${TASK_EXPORT_MAX} tasks, which \`X-Row-Cap\` says too. Cells of a CSV file that a spreadsheet would take for a formula begin with an apostrophe. A file that breaks off could not be read to its end.`,
  parameters: {
    ...TASK_FILTERS,
    sort: sortOrder('As of the list.'),
    format: withDefault(choice('Of the file.', ['csv', 'json', 'ndjson']), 'csv'),
  },
  reply: Type.Object({
    items: Type.Array(V1TaskRow),
    complete: Type.Boolean({ description: 'False: there are more than one file holds.' }),
  }),
  replyDescription: 'The file.',
  otherMediaTypes: ['text/csv', 'application/x-ndjson'],
  errors: [400, 503],
});
