// Hides values of tasks from replies, logs, the audit trail and, by option, the store: what lies under names such as
// `password` (create-redaction.ts), or everything for whoever may not see payloads (create-full-redaction.ts).
// Pure: repr texts and JSON values in, the same out.
import type { TaskRecord, TaskResult } from '@umbel/celery';

/** What stands where a value was. */
export const HIDDEN = '***';

/** Masking twice is masking once. Nothing is evaluated, no regular expression backtracks, deep nesting is cut off. */
export interface Redaction {
  /** The repr text of a Python value. Works on cut and unreadable texts too; what parsePythonRepr could read stays readable. */
  repr(text: string): string;
  /** A JSON value. Exact numbers stay exact. */
  value(value: unknown): unknown;
  /** Free text such as a traceback: `name=value`, `'name': value` and passwords in URLs. */
  text(text: string): string;
  /** The repr of an exception, or `Name: message`. */
  exception(text: string): string;
  /** args, kwargs, result, exception and traceback of a task, those of earlier attempts too. */
  task(task: TaskRecord): TaskRecord;
  /** Result and traceback from a result backend. */
  taskResult(result: TaskResult): TaskResult;
  /** A worker's answers by inspect method: what they tell of tasks (`active`, `reserved`, `scheduled`, and in `conf` what beat sends). */
  workerReplies(replies: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>>;
}
