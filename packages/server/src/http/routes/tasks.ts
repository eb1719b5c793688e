// Handlers that read the history of tasks and their results.
import type * as resultContract from '../../contract/task-result.ts';
import { toTaskResultReply } from '../../contract/task-result.ts';
import { toTaskRow } from '../../contract/task-row.ts';
import type * as contract from '../../contract/tasks.ts';
import { toTaskInfo } from '../../contract/task-info.ts';
import type { Handler } from '../api-request.ts';

export const listTasks: Handler<typeof contract.listTasks> = async ({
  values,
  desk,
  redactionOf,
  costly,
}) => {
  using _ = values.search === undefined ? null : costly('search');
  const { limit, offset, sort_by: sortBy } = values;
  const page = await desk.tasks({
    filter: {
      names: values.taskname === undefined ? undefined : [values.taskname],
      workers: values.workername === undefined ? undefined : [values.workername],
      states: values.state?.length === 0 ? undefined : values.state,
      receivedFrom: values.received_start,
      receivedTo: values.received_end,
      words: values.search,
    },
    sortBy: sortBy.field,
    descending: sortBy.descending,
    limit,
    offset,
  });
  return {
    tasks: page.tasks.map((task) => {
      const hidden = page.hidden?.has(task.uuid) === true;
      return toTaskRow(redactionOf({ hidden }).task(task), { hidden });
    }),
    total: page.total,
    ...(page.totalKind === 'exact' ? {} : { total_is_exact: false as const }),
    ...(page.truncated ? { truncated: true as const } : {}),
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
