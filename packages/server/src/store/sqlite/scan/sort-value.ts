// The value by which a list sorts a task, from its record: what the columns hold for its row.
import type { TaskRecord } from '@umbel/celery';
import { finishedOf, waitOf } from '../../../query/task-values.ts';
import type { SortField } from '../../store.ts';

/** So much of a text is compared; what begins alike for so long is as good as equal. Characters. */
export const COMPARED_CHARS = 256;

export function sortValue(task: TaskRecord, field: SortField): number | string | null {
  switch (field) {
    case 'finished':
      return finishedOf(task);
    case 'wait':
      return waitOf(task);
    case 'routing_key':
      return task.routingKey;
    case 'root_id':
      return compared(task.rootId);
    // Of these an empty text is as good as none (walk-texts.ts).
    case 'parent_id':
      return compared(task.parentId || null);
    case 'result':
    case 'traceback':
    case 'eta':
      return compared(task[field] || null);
    case 'uuid':
    case 'args':
    case 'kwargs':
    case 'exception':
    case 'expires':
      return compared(task[field]);
    default:
      return task[field];
  }
}

function compared(text: string | null): string | null {
  if (text === null || text.length <= COMPARED_CHARS) return text;
  return Array.from(text.slice(0, COMPARED_CHARS * 2))
    .slice(0, COMPARED_CHARS)
    .join('');
}
