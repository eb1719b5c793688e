// What one change of a task adds to the counts of their minutes. Summed over all changes of a task, however they were cut into
// batches, it is what its last record alone would be counted as: what is counted otherwise later is taken back first.
import type { TaskRecord } from '@umbel/celery';
import { countedTask } from './counted-task.ts';
import { createTaskSum } from './task-sum.ts';
import type { Tally } from './tally.ts';

/** @param before the record as it was counted; undefined when it was not counted yet */
export function tallyChange(before: TaskRecord | undefined, after: TaskRecord): Tally[] {
  const sum = createTaskSum();
  sum.change(before === undefined ? undefined : countedTask(before), countedTask(after));
  return sum.tallies();
}
