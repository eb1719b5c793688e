// Handlers that read the history of tasks and their results.
import type * as resultContract from '../../contract/task-result.ts';
import { toTaskResultReply } from '../../contract/task-result.ts';
import { toTaskRow } from '../../contract/task-row.ts';
import type * as contract from '../../contract/tasks.ts';
import { toTaskInfo } from '../../contract/task-info.ts';
import type { Handler } from '../api-request.ts';
import { PAGE_WITHIN_MS } from '../page-deadline.ts';
import { readQuery } from '../read-query.ts';
import { readTaskCursor, taskCursor } from '../task-cursor.ts';

export const listTasks: Handler<typeof contract.listTasks> = async ({
  values,
  desk,
  redactionOf,
  costly,
  nowMs,
}) => {
  using _ = values.search === undefined ? null : costly('search');
  const { limit, offset, cursor, sort_by: sortBy, ...asked } = values;
  const list = { api: 'tasks', ...sortBy, ...asked };
  const page = await desk.tasks({
    filter: {
      names: values.taskname === undefined ? undefined : [values.taskname],
      workers: values.workername === undefined ? undefined : [values.workername],
      states: values.state?.length === 0 ? undefined : values.state,
      receivedFrom: values.received_start,
      receivedTo: values.received_end,
      query: readQuery('search', values.search, nowMs),
    },
    sortBy: sortBy.field,
    descending: sortBy.descending,
    limit,
    offset,
    at: readTaskCursor(cursor, list),
    withinMs: PAGE_WITHIN_MS,
  });
  const isEnd = page.places === null || (page.tasks.length < limit && !page.truncated);
  return {
    tasks: page.tasks.map((task) => {
      const hidden = page.hidden?.has(task.uuid) === true;
      return toTaskRow(redactionOf({ hidden }).task(task), { hidden });
    }),
    total: page.total,
    ...(page.totalKind === 'exact' ? {} : { total_is_exact: false as const }),
    ...(page.truncated ? { truncated: true as const } : {}),
    ...(page.unseen === 0 ? {} : { unseen: page.unseen }),
    next: isEnd ? null : taskCursor({ place: page.places.last, side: 'after' }, list),
    offset,
    limit,
  };
};

export const taskInfo: Handler<typeof contract.taskInfo> = async ({ target, desk, redactionOf }) => {
  const { task, children, hidden = false } = await desk.task(target);
  return toTaskInfo(redactionOf({ hidden }).task(task), children, { hidden });
};

export const taskTypes: Handler<typeof contract.taskTypes> = async ({ desk }) => ({
  'task-types': await desk.taskTypes(),
});

export const taskResult: Handler<typeof resultContract.taskResult> = async ({
  target,
  values,
  desk,
  redactionOf,
  costly,
  signal,
}) => {
  using _ = values.timeout === 0 ? null : costly('wait');
  const found = await desk.result(target, { timeoutMs: values.timeout * 1_000, signal });
  return toTaskResultReply(redactionOf(found).taskResult(found));
};
