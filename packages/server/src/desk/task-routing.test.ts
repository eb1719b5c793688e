import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workerView } from '../../test/http/recording-desk.ts';
import type { WorkerView } from './desk.ts';
import { chooseQueue, routedQueue } from './task-routing.ts';

const routes = (task_routes: unknown, task = 'shop.add') => routedQueue(task, { task_routes });

test('without a route the default queue of the workers counts', () => {
  assert.equal(routedQueue('shop.add', { task_default_queue: 'mine' }), 'mine');
  assert.equal(routedQueue('shop.add', { task_default_queue: 'mine', task_routes: { other: 'x' } }), 'mine');
  for (const unknown of [undefined, null, 'text', [], {}, { task_default_queue: 5 }]) {
    assert.equal(routedQueue('shop.add', unknown), undefined);
  }
});

test('a route names a queue, itself or among its options; the first table that knows the task counts', () => {
  assert.equal(routes({ 'shop.add': 'q' }), 'q');
  assert.equal(routes({ 'shop.add': { queue: 'q', routing_key: 'k' } }), 'q');
  assert.equal(routes({ 'shop.add': { exchange: 'e' } }), undefined);
  assert.equal(routes([{ 'shop.add': { exchange: 'e' } }, { 'shop.add': 'later' }]), undefined);
  assert.equal(routes([{ 'shop.x': 'x' }, { 'shop.add': 'later' }]), 'later');
});

test('the name itself goes before patterns, patterns in their order', () => {
  assert.equal(routes({ 'shop.*': 'any', 'shop.add': 'this' }), 'this');
  assert.equal(routes([{ 'shop.a*': 'first' }, { 'shop.*': 'second' }]), 'first');
  assert.equal(routes([[['shop.*', { queue: 'pairs' }]]]), 'pairs');
});

test('patterns have a star, and match the whole name', () => {
  const matching = [
    '*',
    'shop.*',
    '*.add',
    's*p.*',
    'shop.*dd',
    'shop.add*',
    '*shop.add',
    'sh*.a?d',
    '*o*d*d*',
    '***',
  ];
  for (const pattern of matching) {
    assert.equal(routes({ [pattern]: 'q' }), 'q', pattern);
  }
  for (const pattern of ['x*', '*.ad', 'shop.add?*', 'shop.a?d', 'shop', 's?op*x', '*.[a]dd', '']) {
    assert.equal(routes({ [pattern]: 'q' }), undefined, pattern);
  }
  const hostile = `${'*a'.repeat(500)}b`;
  assert.equal(routes({ [hostile]: 'q' }, 'a'.repeat(250)), undefined);
});

test('a task whose route Celery hides for its name goes to a queue of a worker that knows it', () => {
  const view = (name: string, registered: string[], queues: string[]): WorkerView => ({
    ...workerView(name),
    replies: {
      registered,
      conf: { task_routes: { 'api.*': '********' }, task_default_queue: 'celery' },
      active_queues: queues.map((queue) => ({ name: queue })),
    },
  });
  const workers = [view('a@h', ['shop.add'], ['celery']), view('b@h', ['api.call'], ['calls', 'more'])];
  assert.equal(chooseQueue('api.call', workers, 'celery'), 'calls');
  assert.equal(chooseQueue('shop.add', workers, 'celery'), 'celery');
  assert.equal(chooseQueue('api.call', [view('c@h', ['api.call'], [])], 'celery'), 'celery');
  assert.equal(chooseQueue('api.new', workers, 'celery'), 'celery');
});

test('what is no route is passed over', () => {
  for (const odd of [
    null,
    5,
    '<function route>',
    ['<function route>', { 'shop.add': 'q' }],
    [[['shop.add']]],
  ]) {
    assert.equal(routes(odd), Array.isArray(odd) && odd.length === 2 ? 'q' : undefined);
  }
});

function knowing(
  name: string,
  replies: WorkerView['replies'],
  status: 'online' | 'offline' = 'online',
): WorkerView {
  return {
    ...workerView(name, { status }),
    replies: { registered: ['shop.add [rate_limit=1/m]'], ...replies },
  };
}
const consuming = (...names: string[]) => names.map((name) => ({ name }));

test('a task goes where the workers that know it are configured to', () => {
  const mine = knowing('a', { conf: { task_default_queue: 'mine' }, active_queues: consuming('mine') });
  assert.equal(chooseQueue('shop.add', [mine], 'celery'), 'mine');
  assert.equal(chooseQueue('shop.other', [mine], 'celery'), 'celery');
  assert.equal(chooseQueue('shop.add', [knowing('a', { conf: {} })], 'usual'), 'usual');
  assert.equal(chooseQueue('shop.add', [], 'celery'), 'celery');
});

test('workers that are gone count only when nobody else knows the task', () => {
  const gone = knowing('a', { conf: { task_default_queue: 'old' } }, 'offline');
  assert.equal(chooseQueue('shop.add', [gone, knowing('b', {})], 'celery'), 'celery');
  assert.equal(chooseQueue('shop.add', [gone], 'celery'), 'old');
});

test('where workers disagree, a queue that somebody consumes counts first', () => {
  const odd = knowing('a', { conf: { task_routes: { '*': 'nobody' } }, active_queues: consuming('fast') });
  const usual = knowing('b', { conf: {}, active_queues: consuming('celery') });
  assert.equal(chooseQueue('shop.add', [odd, usual], 'celery'), 'celery');
  assert.equal(chooseQueue('shop.add', [odd], 'celery'), 'nobody');
});
