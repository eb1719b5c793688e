// Calls of send_task, what Celery 5.7.0 put on Redis for them, and the same tasks in Umbel's words. The envelopes were written
// by Celery: task-message.it.ts makes them anew and compares.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseKombuJson } from './kombu-json.ts';
import type { TaskToSend } from './task-message.ts';

export interface TaskMessageCase {
  /** Arguments of send_task; `eta_ms` and `expires_ms` in the options stand for aware datetimes. */
  readonly call: {
    readonly name: string;
    readonly args: unknown[];
    readonly kwargs: object;
    readonly options: object;
  };
  /** Without `taskId`, which is always TASK_ID. */
  readonly task: Omit<TaskToSend, 'taskId'>;
  /** As found in the Redis list. */
  readonly envelope: string;
}

export const TASK_ID = 'id-1';

export const fixtureFile = fileURLToPath(
  new URL('fixtures/task-messages-celery-5.7.0.json', import.meta.url),
);

export function readTaskMessageCases(): TaskMessageCase[] {
  return parseKombuJson(readFileSync(fixtureFile, 'utf8')) as TaskMessageCase[];
}
