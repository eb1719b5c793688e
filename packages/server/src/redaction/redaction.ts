// Hides values of tasks from replies, logs, the audit trail and, by option, the store: what lies under names such as
// `password`, or everything for whoever may not see payloads. Pure: repr texts and JSON values in, the same out.
import type { TaskRecord } from '@umbel/celery';

/** What stands where a value was. */
export const HIDDEN = '***';

export interface Redaction {
  /** The repr text of a Python value, masked under the names of the rules. Works on cut and unreadable texts too. */
  repr(text: string): string;
  /** A JSON value, masked under the names of the rules. Exact numbers stay exact. */
  value(value: unknown): unknown;
  /** Free text such as an exception or a traceback: `name=value`, `'name': value` and passwords in URLs. */
  text(text: string): string;
  /** args, kwargs, result, exception and traceback of a task. */
  task(task: TaskRecord): TaskRecord;
}
