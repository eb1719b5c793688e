import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CeleryError } from '../errors.ts';
import { MAX_POOL_SIZE } from './command-bounds.ts';
import * as commands from './commands.ts';
import type { ControlRequest } from './control-request.ts';
import * as inspect from './inspect-commands.ts';
import { SIGNALS } from './signals.ts';

function refuses(field: string, build: () => ControlRequest): void {
  assert.throws(
    build,
    (error) =>
      error instanceof CeleryError && error.code === 'bad_argument' && error.params['field'] === field,
    `${field} should be refused`,
  );
}

test('a revoke carries a list of ids without doubles and a signal only when it terminates', () => {
  assert.deepEqual(commands.revoke(['a', 'b', 'a']), {
    method: 'revoke',
    arguments: { task_id: ['a', 'b'], terminate: false },
  });
  assert.deepEqual(commands.revoke(['a'], { terminate: true }).arguments, {
    task_id: ['a'],
    terminate: true,
    signal: 'SIGTERM',
  });
  assert.equal(commands.revoke(['a'], { terminate: true, signal: 'kill' }).arguments['signal'], 'SIGKILL');
});

test('every signal of the list is accepted with and without SIG, in any case', () => {
  for (const signal of SIGNALS) {
    for (const text of [signal, signal.slice(3), signal.toLowerCase()]) {
      assert.equal(commands.revoke(['a'], { terminate: true, signal: text }).arguments['signal'], signal);
    }
  }
});

test('a revoke refuses no ids, empty ids and signals outside the list, also without terminate', () => {
  refuses('task_id', () => commands.revoke([]));
  refuses('task_id', () => commands.revoke(['']));
  refuses('task_id', () => commands.revoke(['x'.repeat(1025)]));
  refuses('signal', () => commands.revoke(['a'], { terminate: true, signal: 'SIGSTOP' }));
  refuses('signal', () => commands.revoke(['a'], { signal: 'SIGNOPE' }));
  refuses('signal', () => commands.revoke(['a'], { terminate: true, signal: '' }));
  refuses('signal', () => commands.revoke(['a'], { terminate: true, signal: '9' }));
});

test('a rate limit is passed on as written, and zero in any spelling turns it off', () => {
  for (const limit of ['10/m', '1/s', '0.5/h', '7', 3, 2.5]) {
    assert.deepEqual(commands.rateLimit('shop.add', limit).arguments, {
      task_name: 'shop.add',
      rate_limit: limit,
    });
  }
  for (const limit of ['0', '0/m', '0.0/h', 0]) {
    assert.equal(commands.rateLimit('shop.add', limit).arguments['rate_limit'], 0);
  }
  assert.equal(commands.rateLimit('shop.add', null).arguments['rate_limit'], null);
});

test('a rate limit that a worker would misread is refused', () => {
  const wrong = [
    '',
    ' ',
    'x',
    '10/d',
    '10/',
    '/m',
    '-1/m',
    '1_0/m',
    'nan',
    'inf',
    '1e9/s',
    '10 /m',
    '10/m\n',
    '１/s',
    '1234567890/h',
    -1,
    1e9,
  ];
  for (const limit of [...wrong, Number.NaN, Number.POSITIVE_INFINITY, 1e12]) {
    refuses('rate_limit', () => commands.rateLimit('shop.add', limit));
  }
  refuses('task_name', () => commands.rateLimit('', '1/s'));
});

test('time limits are seconds above zero, and one that is not given is taken away', () => {
  assert.deepEqual(commands.timeLimit('shop.add', { softS: 1.5, hardS: 3 }).arguments, {
    task_name: 'shop.add',
    soft: 1.5,
    hard: 3,
  });
  assert.deepEqual(commands.timeLimit('shop.add', {}).arguments, {
    task_name: 'shop.add',
    soft: null,
    hard: null,
  });
  refuses('soft', () => commands.timeLimit('shop.add', { softS: 0 }));
  refuses('soft', () => commands.timeLimit('shop.add', { softS: Number.NaN }));
  refuses('hard', () => commands.timeLimit('shop.add', { hardS: -1 }));
  refuses('hard', () => commands.timeLimit('shop.add', { hardS: Number.POSITIVE_INFINITY }));
});

test('pool sizes are whole numbers within bounds', () => {
  assert.deepEqual(commands.poolGrow(), { method: 'pool_grow', arguments: { n: 1 } });
  assert.deepEqual(commands.poolShrink(3), { method: 'pool_shrink', arguments: { n: 3 } });
  for (const n of [0, -1, 1.5, Number.NaN, MAX_POOL_SIZE + 1, 2 ** 60]) {
    refuses('n', () => commands.poolGrow(n));
    refuses('n', () => commands.poolShrink(n));
  }
  assert.deepEqual(commands.autoscale(0, 5).arguments, { max: 5, min: 0 });
  refuses('min', () => commands.autoscale(3, 2));
  refuses('min', () => commands.autoscale(-1, 2));
  refuses('max', () => commands.autoscale(0, 0));
  refuses('max', () => commands.autoscale(1, MAX_POOL_SIZE + 1));
});

test('a consumer command without a usable queue is refused: it would crash the worker', () => {
  for (const queue of ['', 'amq.gen-x', 'x'.repeat(256), 'ä'.repeat(128), 'a\nb', '\ud800']) {
    refuses('queue', () => commands.addConsumer(queue));
    refuses('queue', () => commands.cancelConsumer(queue));
  }
  for (const name of ['', 'a\0b', '\udfff']) {
    refuses('exchange', () => commands.addConsumer('q', { exchange: name }));
    refuses('routing_key', () => commands.addConsumer('q', { routingKey: name }));
  }
  refuses('exchange_type', () => commands.addConsumer('q', { exchangeType: 'x-delayed' as 'direct' }));
});

test('a consumer command names only what it was given', () => {
  assert.deepEqual(commands.addConsumer('q'), { method: 'add_consumer', arguments: { queue: 'q' } });
  assert.deepEqual(
    commands.addConsumer('q', { exchange: 'e', exchangeType: 'topic', routingKey: 'k.#' }).arguments,
    { queue: 'q', exchange: 'e', exchange_type: 'topic', routing_key: 'k.#' },
  );
});

test('commands that reject extra arguments are sent with none', () => {
  for (const build of [
    commands.shutdown,
    commands.enableEvents,
    commands.disableEvents,
    commands.heartbeat,
    inspect.report,
    inspect.activeQueues,
    inspect.ping,
    inspect.clock,
  ]) {
    assert.deepEqual(build().arguments, {}, build().method);
  }
});

test('a query for tasks needs ids', () => {
  assert.deepEqual(inspect.queryTask(['a', 'a']).arguments, { ids: ['a'] });
  refuses('ids', () => inspect.queryTask([]));
});
