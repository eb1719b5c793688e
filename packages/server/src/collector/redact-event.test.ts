import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyTask, mergeTask, type TaskEvent } from '@umbel/celery';
import { createRedaction } from '../redaction/create-redaction.ts';
import { redactEvent } from './redact-event.ts';

const redaction = createRedaction({ names: ['password'] });
const MARK = 'zq9Xv';
const fields = { hostname: 'w@test', uuid: 'u', timestamp: 1, clock: 1 };
const description = {
  name: 'shop.add',
  args: `({'password': '${MARK}'},)`,
  kwargs: `{'password': '${MARK}', 'n': 1}`,
  retries: 0,
  eta: null,
  expires: null,
  rootId: null,
  parentId: null,
};
const error = { exception: `ValueError("password=${MARK}")`, traceback: `  login(password='${MARK}')` };

const EVENTS: readonly TaskEvent[] = [
  { ...fields, ...description, type: 'task-sent', queue: 'q', exchange: null, routingKey: null },
  { ...fields, ...description, type: 'task-received' },
  { ...fields, type: 'task-started' },
  { ...fields, type: 'task-succeeded', result: `{'password': '${MARK}'}`, runtime: 1 },
  { ...fields, ...error, type: 'task-failed' },
  { ...fields, ...error, type: 'task-retried' },
  { ...fields, type: 'task-revoked', terminated: true, signum: `password=${MARK}`, expired: false },
  { ...fields, type: 'task-rejected', requeue: false },
  { ...fields, type: 'task-custom', state: 'PROGRESS' },
];

test('no event keeps a secret, whatever its type, and nothing else of it changes', () => {
  for (const event of EVENTS) {
    const masked = redactEvent(event, redaction);
    assert.equal(JSON.stringify(masked), JSON.stringify(event).replaceAll(MARK, '***'), event.type);
  }
});

test('the error behind Celery’s wrapper, which is the last line of the traceback, is masked too', () => {
  const event: TaskEvent = {
    ...fields,
    type: 'task-failed',
    exception: 'ExceptionWithTraceback()',
    traceback: `Traceback\n"""\nValueError: password=${MARK}\n"""`,
  };
  const task = mergeTask(emptyTask('u'), redactEvent(event, redaction));
  assert.equal(task.exception, 'ValueError: password=***');
});

test('texts that say nothing stay null', () => {
  const event: TaskEvent = { ...fields, type: 'task-failed', exception: null, traceback: null };
  assert.deepEqual(redactEvent(event, redaction), event);
});
