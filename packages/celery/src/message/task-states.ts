// Celery's own words for the states of a task. What a record's state is, state/ concludes. Source: celery/states.py.

/** In the order of a life, first to last. Any other state is a custom one, which a running task gives itself. */
export const TASK_STATES: readonly string[] = [
  'PENDING',
  'RECEIVED',
  'STARTED',
  'REJECTED',
  'RETRY',
  'REVOKED',
  'FAILURE',
  'SUCCESS',
];

/** States after which nothing about a task changes any more. */
export const READY_STATES: ReadonlySet<string> = new Set(['SUCCESS', 'FAILURE', 'REVOKED']);

const OWN_WORDS: ReadonlySet<string> = new Set(TASK_STATES);

/** Whether a task gave itself this state (`PROGRESS`), rather than Celery. */
export function isCustomState(state: string): boolean {
  return !OWN_WORDS.has(state);
}
