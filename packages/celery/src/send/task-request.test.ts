import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CeleryError } from '../errors.ts';
import { RESERVED_HEADERS } from '../message/task-message.ts';
import { checkTaskRequest } from './task-request.ts';

const LONG = 'é'.repeat(128);

test('whatever Celery accepts passes', () => {
  checkTaskRequest({ name: 'a' });
  checkTaskRequest({
    name: 'shop.tasks.é',
    taskId: 'x'.repeat(255),
    args: [],
    kwargs: {},
    queue: 'q',
    exchange: '',
    routingKey: '',
    priority: 255,
    retries: 0,
    etaMs: 0,
    expiresInMs: 0,
    timeLimit: 0.5,
    softTimeLimit: 30,
    headers: { tenant: 'acme', n: [1, { a: null }] },
    ignoreResult: false,
    shadow: '',
    groupIndex: 0,
  });
});

const wrong: readonly (readonly [string, object])[] = [
  ['name', { name: '' }],
  ['name', { name: 5 }],
  ['name', { name: 'a\nb' }],
  ['name', { name: '\ud800' }],
  ['name', { name: 'x'.repeat(1_001) }],
  ['taskId', { taskId: '' }],
  ['taskId', { taskId: LONG }],
  ['taskId', { taskId: 'a\0' }],
  ['args', { args: {} }],
  ['args', { args: 'abc' }],
  ['kwargs', { kwargs: [] }],
  ['kwargs', { kwargs: null }],
  ['queue', { queue: '' }],
  ['queue', { queue: 'amq.reserved' }],
  ['queue', { queue: LONG }],
  ['exchange', { exchange: LONG }],
  ['routingKey', { routingKey: 7 }],
  ['priority', { priority: 256 }],
  ['priority', { priority: -1 }],
  ['priority', { priority: 1.5 }],
  ['priority', { priority: '5' }],
  ['priority', { priority: Number.NaN }],
  ['retries', { retries: 2 ** 31 }],
  ['etaMs', { etaMs: -1 }],
  ['etaMs', { etaMs: Number.POSITIVE_INFINITY }],
  ['etaMs', { etaMs: 253_402_300_800_000 }],
  ['countdownMs', { countdownMs: -1 }],
  ['countdownMs', { countdownMs: 1, etaMs: 1 }],
  ['expiresMs', { expiresMs: Number.NaN }],
  ['expiresInMs', { expiresInMs: 1e20 }],
  ['expiresInMs', { expiresInMs: 1, expiresMs: 1 }],
  ['timeLimit', { timeLimit: 0 }],
  ['timeLimit', { timeLimit: -5 }],
  ['softTimeLimit', { softTimeLimit: '30' }],
  ['ignoreResult', { ignoreResult: 'yes' }],
  ['argsrepr', { argsrepr: 1 }],
  ['headers', { headers: [] }],
  ['headers', { headers: 'x' }],
  ['headers.id', { headers: { id: '2' } }],
  ['headers.', { headers: { '': 1 } }],
];

for (const [field, changes] of wrong) {
  test(`${field} is refused in ${JSON.stringify(changes).slice(0, 60)}`, () => {
    assert.throws(
      () => checkTaskRequest({ name: 'a', ...changes }),
      (error) =>
        error instanceof CeleryError && error.code === 'bad_argument' && error.params['field'] === field,
    );
  });
}

test('no header of the protocol can be replaced', () => {
  for (const name of RESERVED_HEADERS) {
    assert.throws(() => checkTaskRequest({ name: 'a', headers: { [name]: 'x' } }), CeleryError, name);
  }
});
