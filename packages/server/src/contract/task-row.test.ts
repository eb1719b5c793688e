import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyTask, type TaskRecord } from '@umbel/celery';
import { Value } from 'typebox/value';
import { TaskInfo, toTaskInfo } from './task-info.ts';
import { TaskRow, toTaskRow } from './task-row.ts';

const task = (facts: Partial<TaskRecord>): TaskRecord => ({ ...emptyTask('t1'), ...facts });
const shown = (facts: Partial<TaskRecord>) => JSON.stringify(toTaskRow(task(facts)));

test('a task of which nothing is known is a row all the same', () => {
  assert.ok(Value.Check(TaskRow, toTaskRow(task({}))));
  assert.ok(Value.Check(TaskInfo, toTaskInfo(task({}), [])));
});

test('reprs become JSON values, digit for digit', () => {
  const row = shown({
    args: '(9007199254740993, 1.0, [True, None])',
    kwargs: "{'name': 'Zoë'}",
    result: "'done'",
  });
  assert.match(row, /"args":\[9007199254740993,1\.0,\[true,null\]\]/);
  assert.match(row, /"kwargs":\{"name":"Zoë"\}/);
  assert.match(row, /"result":"done"/);
  assert.doesNotMatch(row, /truncated|unparsed/);
});

test('what was cut or holds objects stays text and is marked', () => {
  const row = toTaskRow(task({ args: "(1, 'aaaa...", kwargs: "{'at': <Foo object at 0x7f>}", result: null }));
  assert.equal(row.args, "(1, 'aaaa...");
  assert.equal(row.args_truncated, true);
  assert.equal(row.kwargs, "{'at': <Foo object at 0x7f>}");
  assert.equal(row.kwargs_unparsed, true);
  assert.equal(row.result, null);
});

test('a NaN result is valid JSON', () => {
  assert.match(shown({ result: 'nan' }), /"result":"NaN"/);
});

test('waiting counts from being sent, after a retry from being received', () => {
  const wait = (facts: Partial<TaskRecord>) => toTaskInfo(task(facts), []).wait;
  assert.equal(wait({ sent: 10, received: 11, started: 13 }), 3);
  assert.equal(wait({ received: 11, started: 13 }), 2);
  assert.equal(wait({ sent: 10, received: 21, started: 22, retries: 1 }), 1);
  assert.equal(wait({ sent: 10, received: 11 }), null);
  assert.equal(wait({ sent: 10.2, started: 10.1 }), 0, 'clocks of client and worker may differ');
});

test('the history and the children are shown', () => {
  const info = toTaskInfo(
    task({ state: 'SUCCESS', worker: 'w1@test', received: 1, started: 2, succeeded: 3, timestamp: 3 }),
    ['c1'],
  );
  assert.deepEqual(
    info.history.map(({ state, timestamp }) => [state, timestamp]),
    [
      ['RECEIVED', 1],
      ['STARTED', 2],
      ['SUCCESS', 3],
    ],
  );
  assert.deepEqual(info.children, ['c1']);
});
