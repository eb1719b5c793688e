// The records of a page, as many of them as their size allows. Which rows are on the page is scan/'s.
import type { TaskRecord } from '@umbel/celery';
import { PAGE_CHARS, type TaskPage } from '../store.ts';
import type { Tasks } from './tasks.ts';

/** @param ids rows of the page, in order */
export function readPage(tasks: Tasks, ids: readonly number[]): Pick<TaskPage, 'tasks' | 'truncated'> {
  const records: TaskRecord[] = [];
  let chars = 0;
  for (const id of ids) {
    const record = tasks.readById(id);
    if (record === undefined) continue;
    chars += textChars(record);
    if (chars > PAGE_CHARS && records.length > 0) return { tasks: records, truncated: true };
    records.push(record);
  }
  return { tasks: records, truncated: false };
}

/** Characters of the texts that a task can make long. */
function textChars({ args, kwargs, result, exception, traceback, extraHistory }: TaskRecord): number {
  const texts = [args, kwargs, result, exception, traceback, ...extraHistory.map((entry) => entry.exception)];
  return texts.reduce((sum, text) => sum + (text?.length ?? 0), 0);
}
