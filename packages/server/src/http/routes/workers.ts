// Handlers that read about workers.
import type * as contract from '../../contract/workers.ts';
import type { Handler } from '../api-request.ts';
import { toWorkerRow } from '../worker-row.ts';

export const listWorkers: Handler<typeof contract.listWorkers> = async ({
  values,
  desk,
  redactionOf,
  costly,
}) => {
  using _ = values.refresh ? costly('refresh') : null;
  const views = await desk.workers({ refresh: values.refresh, name: values.workername });
  return Object.fromEntries(
    [...views].map(([name, view]) => [
      name,
      values.status
        ? { status: view.worker.status }
        : toWorkerRow({ ...view, replies: redactionOf(view).workerReplies(view.replies) }),
    ]),
  );
};
