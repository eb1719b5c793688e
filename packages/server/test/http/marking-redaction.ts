// Redactions for tests of routing that show where they were applied: `rules` hides the word `secret` wherever it stands, `full`
// hides every text. What the real ones hide is tested in src/redaction/.
import type { TaskRecord } from '@umbel/celery';
import { HIDDEN, type Redaction } from '../../src/redaction/redaction.ts';

export const MARKING_REDACTION: Redaction = create((text) => text.replaceAll('secret', HIDDEN));
export const FULL_REDACTION: Redaction = create(() => HIDDEN);

function create(text: (text: string) => string): Redaction {
  const maybe = (given: string | null) => (given === null ? null : text(given));
  return {
    text,
    repr: text,
    exception: text,
    value: (value) => deeply(value, text),
    taskResult: (found) => ({
      ...found,
      result: deeply(found.result, text),
      traceback: maybe(found.traceback),
    }),
    workerReplies: (replies) => deeply(replies, text) as Readonly<Record<string, unknown>>,
    task: (task): TaskRecord => ({
      ...task,
      args: maybe(task.args),
      kwargs: maybe(task.kwargs),
      result: maybe(task.result),
      exception: maybe(task.exception),
      traceback: maybe(task.traceback),
    }),
  };
}

function deeply(value: unknown, text: (text: string) => string): unknown {
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) return value.map((item) => deeply(item, text));
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, deeply(item, text)]));
}
