// How commands say what a history held.
import type { ItemCounts } from '../store/transfer/history-line.ts';
import { formatCount, formatTasks } from './format-numbers.ts';

/** `1,204 tasks, 8 workers, 96 counts, 0 samples` */
export function describeCounts({ task, worker, tally, gauge }: ItemCounts): string {
  const others = [
    [worker, 'worker'],
    [tally, 'count'],
    [gauge, 'sample'],
  ] as const;
  return [
    formatTasks(task),
    ...others.map(([count, word]) => `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`),
  ].join(', ');
}
