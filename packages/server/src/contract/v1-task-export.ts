// The operation of /api/v1 that gives a list of tasks as one file.
import { Type } from 'typebox';
import { operation } from './operation.ts';
import { choice, list, withDefault } from './parameter-kinds.ts';
import { sortOrder } from './sort-order.ts';
import { V1TaskRow } from './v1-task-row.ts';
import { TASK_FILTERS } from './v1-tasks.ts';

/** Most tasks of one file. */
export const TASK_EXPORT_MAX = 1_000_000;

// biome-ignore format: a list
/** Columns of a CSV file, in their usual order. */
export const TASK_COLUMNS = [
  'id', 'name', 'state', 'flags', 'args_text', 'kwargs_text', 'result_text', 'exception_type', 'exception_message', 'fp', 'queue', 'worker',
  'group', 'retries', 'sent', 'received', 'started', 'finished', 'eta', 'wait_ms', 'wait_from', 'run_ms', 'parent_id', 'root_id',
] as const;
export type TaskColumn = (typeof TASK_COLUMNS)[number];

export const exportTasks = operation({
  id: 'exportTasks',
  tag: 'Tasks',
  summary: 'Tasks as a file',
  description: `All that matches, up to ${TASK_EXPORT_MAX} tasks, which \`X-Row-Cap\` says too. Cells of a CSV file that a spreadsheet would take for a formula begin with an apostrophe. A file that breaks off could not be read to its end.`,
  parameters: {
    ...TASK_FILTERS,
    ids: list('Ids of tasks: only these, as far as they match the rest.'),
    sort: sortOrder('As of the list.'),
    format: withDefault(choice('Of the file.', ['csv', 'json', 'ndjson']), 'csv'),
    cols: list(`Columns of a CSV file, in this order. Default: ${TASK_COLUMNS.join(', ')}.`),
  },
  reply: Type.Object({
    items: Type.Array(V1TaskRow),
    complete: Type.Boolean({ description: 'False: there are more than one file holds.' }),
  }),
  replyDescription: 'The file.',
  otherMediaTypes: ['text/csv', 'application/x-ndjson'],
  errors: [400, 503],
});
