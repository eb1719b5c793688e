import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyTask, mergeInto, type TaskEvent, type TaskRecord } from '@umbel/celery';
import {
  etaOf,
  exceptionTypeOf,
  finishedOf,
  hasPart,
  isCut,
  runOf,
  waitFromOf,
  waitOf,
} from './task-values.ts';

function task(fields: Partial<TaskRecord>): TaskRecord {
  return { ...emptyTask('a'), ...fields };
}

/** The record of events at the given times; an eta is of the last `task-received`. */
function told(...events: readonly (readonly [type: string, at: number, more?: object])[]): TaskRecord {
  const draft = emptyTask('a');
  for (const [type, timestamp, more] of events) {
    const base = { type: `task-${type}`, uuid: 'a', timestamp, clock: timestamp, pid: 1, hostname: 'w@h' };
    const described = { name: 'n', args: null, kwargs: null, eta: null, expires: null, retries: 0 };
    const placed = { rootId: null, parentId: null, queue: null, exchange: null, routingKey: null };
    const ended = { result: null, runtime: null, exception: null, traceback: null };
    mergeInto(draft, { ...base, ...described, ...placed, ...ended, ...more } as unknown as TaskEvent);
  }
  return draft;
}

test('a task has finished when it reached a final state, whatever else happened', () => {
  assert.equal(finishedOf(task({ started: 1, retried: 2, rejected: 3 })), null);
  assert.equal(finishedOf(task({ failed: 4 })), 4);
  assert.equal(finishedOf(task({ revoked: 5, failed: 4 })), 4);
  assert.equal(finishedOf(task({ revoked: 5, failed: 4, succeeded: 3 })), 3);
  assert.equal(finishedOf(task({ revoked: 5 })), 5);
});

test('a run is what the worker measured, else from start to end, and never below 0', () => {
  assert.equal(runOf(told(['started', 10], ['succeeded', 15, { runtime: 4.5 }])), 4.5);
  assert.equal(runOf(told(['started', 10], ['succeeded', 15])), 5);
  assert.equal(runOf(told(['started', 10], ['failed', 12])), 2);
  assert.equal(runOf(told(['started', 10], ['revoked', 13])), 3);
  assert.equal(runOf(told(['started', 12], ['failed', 10])), 0);
  assert.equal(runOf(task({ runtime: -1 })), 0);
});

test('what goes on, or never started, has no run', () => {
  assert.equal(runOf(told(['received', 9], ['started', 10])), null);
  assert.equal(runOf(told(['received', 9], ['revoked', 12])), null);
  assert.equal(runOf(told(['failed', 12])), null);
});

test('of several attempts the last one counts', () => {
  const first = [
    ['received', 1],
    ['started', 2],
    ['retried', 5],
  ] as const;
  assert.equal(runOf(told(...first)), 3);
  assert.equal(waitOf(told(...first)), 1);
  const second = ['received', 6, { retries: 1 }] as const;
  assert.equal(runOf(told(...first, second)), null, 'the second waits');
  assert.equal(waitOf(told(...first, second)), null);
  assert.equal(runOf(told(...first, second, ['revoked', 9])), null, 'the second never ran');
  assert.equal(waitOf(told(...first, second, ['started', 10])), 4);
  assert.equal(runOf(told(...first, second, ['started', 10])), null);
  assert.equal(runOf(told(...first, second, ['started', 10], ['failed', 17])), 7);
});

test('a first attempt has waited since it was sent, or received when that is all that is known', () => {
  const sent = told(['sent', 1], ['received', 3], ['started', 4]);
  assert.deepEqual([waitOf(sent), waitFromOf(sent)], [3, 'sent']);
  const received = told(['received', 3], ['started', 4]);
  assert.deepEqual([waitOf(received), waitFromOf(received)], [1, 'received']);
  const unheard = told(['sent', 1], ['started', 4]);
  assert.deepEqual([waitOf(unheard), waitFromOf(unheard)], [3, 'sent']);
  assert.deepEqual([waitOf(told(['started', 4])), waitFromOf(told(['started', 4]))], [null, null]);
});

test('a later attempt has waited since it was received, whoever sent it', () => {
  const second = [
    ['received', 1],
    ['started', 2],
    ['sent', 4.9, { retries: 1 }],
    ['retried', 5],
    ['received', 6, { retries: 1 }],
    ['started', 8],
  ] as const;
  assert.deepEqual([waitOf(told(...second)), waitFromOf(told(...second))], [2, 'received']);
});

test('clocks that differ do not make a wait negative', () => {
  const ahead = told(['sent', 5], ['received', 3], ['started', 4]);
  assert.deepEqual([waitOf(ahead), waitFromOf(ahead)], [1, 'received']);
  assert.equal(waitOf(told(['sent', 5], ['started', 4])), 0);
});

test('what was received again after it started has no wait', () => {
  assert.equal(waitOf(told(['received', 1], ['started', 2], ['received', 9])), null);
});

test('a delay that was asked for is not waiting', () => {
  const eta = '1970-01-01T00:00:10+00:00';
  const planned = (at: number) => told(['sent', 1], ['received', 2, { eta }], ['started', at]);
  assert.equal(waitOf(planned(12)), 2);
  assert.equal(waitOf(planned(9.9)), 0);
  const past = told(['received', 20, { eta }], ['started', 21]);
  assert.equal(waitOf(past), 1);
});

test('an eta is read with and without a zone', () => {
  assert.equal(
    etaOf(task({ eta: '2026-08-22T14:00:00.500000+02:00' })),
    Date.UTC(2026, 7, 22, 12) / 1_000 + 0.5,
  );
  assert.equal(etaOf(task({ eta: '2026-08-22T12:00:00' })), Date.UTC(2026, 7, 22, 12) / 1_000);
  assert.equal(etaOf(task({ eta: 'soon' })), null);
  assert.equal(etaOf(task({})), null);
});

test('the type of an exception is the name of its class without its module', () => {
  const typeOf = (exception: string | null, traceback: string | null = null) =>
    exceptionTypeOf({ exception, traceback });
  assert.equal(typeOf("ConnectionError('refused')"), 'ConnectionError');
  assert.equal(typeOf('ValueError()'), 'ValueError');
  assert.equal(typeOf("PaymentError(\"it's 'x'\", 3)"), 'PaymentError');
  assert.equal(typeOf('billiard.exceptions.TimeLimitExceeded: TimeLimitExceeded(1,)'), 'TimeLimitExceeded');
  assert.equal(typeOf('<HttpError 404 when requesting x>'), 'HttpError');
  assert.equal(typeOf("<class 'shop.Oops'>"), 'Oops');
  assert.equal(typeOf('Äpfel(1)'), 'Äpfel');
  assert.equal(typeOf('<_InactiveRpcError of RPC>'), '_InactiveRpcError');
  assert.equal(typeOf('shop.errors.Oops'), 'Oops');
  for (const text of ['Order 4711 is lost', 'secret', 'secret: word', '<secret word>', 'a.', '', null])
    assert.equal(typeOf(text), null, String(text));
  assert.equal(typeOf('x'.repeat(1_000_000)), null);
  const traceback =
    'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    x\nshop.OrderLost: 4711\n';
  assert.equal(typeOf('Order 4711 is lost', traceback), 'OrderLost');
  assert.equal(typeOf(null, traceback), 'OrderLost');
  assert.equal(typeOf("KeyError('a')", traceback), 'KeyError');
  assert.equal(typeOf('timed out', traceback.replace('shop.OrderLost', 'socket.timeout')), 'timeout');
});

test('a task is cut where its args, kwargs or result show it', () => {
  assert.equal(isCut(task({ args: "('a', 'bcd...')" })), true);
  assert.equal(isCut(task({ kwargs: "{'a': 1, ...}" })), true);
  assert.equal(isCut(task({ result: '[{...}]' })), true);
  assert.equal(isCut(task({ result: "<Foo>, 'ab... [cut, 70000 bytes]" })), true);
  assert.equal(isCut(task({ args: "('a..b', '... or not')", kwargs: '{}', result: 'None' })), false);
  assert.equal(isCut(task({ exception: "E('...')", traceback: '...' })), false);
});

test('a task has what is not empty', () => {
  const full = task({ result: 'None', traceback: 'T', parentId: 'p', eta: 'soon' });
  for (const part of ['result', 'traceback', 'parent', 'eta'] as const) {
    assert.equal(hasPart(full, part), true, part);
    assert.equal(hasPart(task({ traceback: '', eta: '' }), part), false, part);
  }
});
