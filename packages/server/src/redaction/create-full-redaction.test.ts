import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyTask, formatPythonRepr, parsePythonRepr } from '@umbel/celery';
import * as fc from 'fast-check';
import { createFullRedaction } from './create-full-redaction.ts';

const full = createFullRedaction();
const MARK = 'zq9Xv';

test('scalars are hidden, keys and lengths stay', () => {
  assert.equal(full.repr("(1, {'a': 'x', 'b': [None, True]})"), "['***', {'a': '***', 'b': ['***', '***']}]");
  assert.equal(full.repr('()'), '[]');
  assert.deepEqual(full.value({ a: [1, JSON.rawJSON('1.0')], b: {}, c: null }), {
    a: ['***', '***'],
    b: {},
    c: '***',
  });
});

test('what cannot be read is hidden whole, of an exception all but its class', () => {
  assert.equal(full.repr(`Foo('${MARK}')`), '***');
  assert.equal(full.repr(`{'a': '${MARK}...`), '***');
  assert.equal(full.text(`Traceback: ${MARK}`), '***');
  assert.equal(full.exception(`ValueError('${MARK}')`), 'ValueError(***)');
  assert.equal(full.exception(`shop.errors.Full: ${MARK}`), 'shop.errors.Full(***)');
  for (const odd of [`${MARK} is wrong`, `'${MARK}'`, MARK, `hunter2: ${MARK}`, '', `${'x'.repeat(300)}(`]) {
    assert.equal(full.exception(odd), '***');
  }
});

test('of a task nothing that it carries stays', () => {
  const entry = { state: 'RETRY', timestamp: 1, hostname: 'w', exception: `KeyError('${MARK}')` };
  const task = full.task({
    ...emptyTask('u'),
    name: 'shop.add',
    args: `('${MARK}',)`,
    kwargs: `{'a': '${MARK}'}`,
    result: `'${MARK}'`,
    exception: `ValueError('${MARK}')`,
    traceback: MARK,
    extraHistory: [entry],
  });
  assert.ok(!JSON.stringify(task).includes(MARK));
  assert.deepEqual(
    [task.name, task.kwargs, task.extraHistory[0]?.exception],
    ['shop.add', "{'a': '***'}", 'KeyError(***)'],
  );
  assert.deepEqual(full.task(emptyTask('u')), emptyTask('u'));
});

test('of what workers tell of tasks only known facts stay', () => {
  const task = { id: '1', name: 'n', args: [MARK], kwargs: `{'a': '${MARK}'}`, later: MARK, eta: 'e' };
  const hidden = { id: '1', name: 'n', args: ['***'], kwargs: "{'a': '***'}", later: '***', eta: 'e' };
  assert.deepEqual(full.workerReplies({ active: [task], scheduled: [{ request: task }], revoked: ['1'] }), {
    active: [hidden],
    scheduled: [{ request: hidden }],
    revoked: ['1'],
  });
});

test('what beat sends is hidden in the settings of workers, and nothing else of them', () => {
  const beat = (args: unknown, kwargs: unknown) => ({
    timezone: 'UTC',
    beat_schedule: { daily: { task: 'shop.report', schedule: 60, args, kwargs }, odd: { task: 'shop.x' } },
  });
  assert.deepEqual(full.workerReplies({ conf: beat([MARK, [MARK]], { mail: MARK }), stats: { pid: 1 } }), {
    conf: beat(['***', ['***']], { mail: '***' }),
    stats: { pid: 1 },
  });
  assert.deepEqual(full.workerReplies({ conf: { beat_schedule: { odd: MARK } } }), {
    conf: { beat_schedule: { odd: '***' } },
  });
  for (const conf of [null, [], { beat_schedule: null }]) {
    assert.deepEqual(full.workerReplies({ conf }), { conf });
  }
});

test('of a stored exception only its class stays', () => {
  const result = { exc_type: 'ValueError', exc_module: 'builtins', exc_message: [MARK, 1] };
  const found = {
    taskId: 't',
    state: 'FAILURE',
    result,
    traceback: MARK,
    children: [],
    dateDone: null,
    groupId: null,
    parentId: null,
  };
  assert.deepEqual(full.taskResult(found), {
    ...found,
    result: { ...result, exc_message: ['***', '***'] },
    traceback: '***',
  });
  assert.equal(full.taskResult({ ...found, result: `ValueError('${MARK}')` }).result, 'ValueError(***)');
  assert.deepEqual(full.taskResult({ ...found, state: 'SUCCESS' }).result, {
    exc_type: '***',
    exc_module: '***',
    exc_message: ['***', '***'],
  });
});

test('any value keeps its shape and nothing else, and hiding twice is hiding once', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const hidden = full.value(value);
      assert.deepEqual(shapeOf(hidden), shapeOf(value));
      assert.deepEqual(full.value(hidden), hidden);
      const repr = full.repr(formatPythonRepr(value, Infinity, Infinity));
      assert.equal(full.repr(repr), repr);
      if (parsePythonRepr(formatPythonRepr(value, Infinity, Infinity)).ok)
        assert.ok(parsePythonRepr(repr).ok, repr);
    }),
  );
});

test('nesting of any depth is cut off', () => {
  let deep: unknown = MARK;
  for (let level = 0; level < 100_000; level++) deep = [deep];
  assert.ok(!JSON.stringify(full.value(deep)).includes(MARK));
});

function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).map(([key, item]: [string, unknown]) => [key, shapeOf(item)]);
}
