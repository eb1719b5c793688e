// Short ways to ask a store, for tests.
import type { TaskRecord } from '@umbel/celery';
import type { Store, TaskQuery } from '../../src/store/store.ts';

/** The first page of everything. */
export const NEWEST: TaskQuery = { filter: {}, sortBy: 'received', descending: true, limit: 100, offset: 0 };

/** Ids of the tasks on a page of everything, or of what `query` says otherwise. */
export async function uuids(store: Store, query: Partial<TaskQuery>): Promise<string[]> {
  const page = await store.listTasks({ ...NEWEST, ...query });
  return page.tasks.map((task) => task.uuid);
}

export async function readTask(store: Store, uuid: string): Promise<TaskRecord | undefined> {
  return (await store.readTasks([uuid])).get(uuid);
}
