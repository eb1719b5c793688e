import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskResult } from '@umbel/celery';
import { toTaskResultReply } from './task-result.ts';

const stored = (facts: Partial<TaskResult>): TaskResult => ({
  taskId: 't1',
  state: 'PENDING',
  result: null,
  traceback: null,
  children: [],
  dateDone: null,
  groupId: null,
  parentId: null,
  ...facts,
});

test('before the end there is no result', () => {
  assert.deepEqual(toTaskResultReply(stored({})), { 'task-id': 't1', state: 'PENDING' });
  const started = stored({ state: 'STARTED', result: { pid: 1, hostname: 'w' } });
  assert.deepEqual(toTaskResultReply(started), { 'task-id': 't1', state: 'STARTED' });
});

test('a task that returns nothing has the result null', () => {
  assert.deepEqual(toTaskResultReply(stored({ state: 'SUCCESS' })), {
    'task-id': 't1',
    state: 'SUCCESS',
    result: null,
  });
});

test('the meta of a custom state is its result', () => {
  const progress = toTaskResultReply(stored({ state: 'PROGRESS', result: { done: 3 } }));
  assert.deepEqual(progress.result, { done: 3 });
});

test('a failure reads as in Python and brings its traceback', () => {
  const failure = toTaskResultReply(
    stored({
      state: 'FAILURE',
      result: { exc_type: 'ValueError', exc_message: ['out of stock'], exc_module: 'builtins' },
      traceback: 'Traceback …',
    }),
  );
  assert.deepEqual(failure, {
    'task-id': 't1',
    state: 'FAILURE',
    result: "ValueError('out of stock')",
    traceback: 'Traceback …',
  });
  const result = (exc_message: unknown) =>
    toTaskResultReply(stored({ state: 'FAILURE', result: { exc_type: 'E', exc_message } })).result;
  assert.equal(result([]), 'E()');
  assert.equal(result(['a', 1]), "E('a', 1)");
  assert.equal(result('text'), "E('text')");
  assert.equal(result(null), 'E()');
});

test('a return value stays as it is, whatever it looks like', () => {
  for (const result of [{ exc_type: 'MyError' }, [1], 'text', 0, false]) {
    assert.deepEqual(toTaskResultReply(stored({ state: 'SUCCESS', result })).result, result);
  }
});
