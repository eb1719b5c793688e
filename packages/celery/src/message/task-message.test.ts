import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CeleryError } from '../errors.ts';
import { decodeBody } from './body.ts';
import { parseEnvelope } from './redis-envelope.ts';
import { createTaskMessage, RESERVED_HEADERS, type TaskToSend } from './task-message.ts';
import { readTaskMessageCases, TASK_ID } from './task-message.contract.ts';

const NOW_MS = Date.parse('2026-11-22T11:04:24Z');
const sender = { origin: 'gen1@here', replyTo: 'reply-queue', nowMs: NOW_MS };

for (const { call, task, envelope } of readTaskMessageCases()) {
  test(`${call.name} becomes the message that Celery 5.7.0 sends`, () => {
    const theirs = parseEnvelope(envelope);
    const { origin } = theirs.headers as { origin: string };
    const replyTo = theirs.properties.replyTo ?? '';
    const nowMs = (task.expiresMs ?? 0) - Number(theirs.properties.expiration ?? 0);
    const ours = createTaskMessage({ ...task, taskId: TASK_ID }, { origin, replyTo, nowMs });

    assert.deepEqual(JSON.parse(JSON.stringify(ours.headers)), JSON.parse(JSON.stringify(theirs.headers)));
    assert.deepEqual(Object.keys(ours.headers), Object.keys(theirs.headers));
    assert.deepEqual(decodeBody(ours), decodeBody(theirs));
    assert.equal(ours.contentType, theirs.contentType);
    assert.equal(ours.contentEncoding, theirs.contentEncoding);
    const { exchange, routingKey, redelivered, ...properties } = theirs.properties;
    assert.deepEqual(withoutUndefined(ours.properties), withoutUndefined(properties));
    assert.equal(redelivered, undefined);
    assert.deepEqual([exchange, typeof routingKey], ['', 'string']);
  });
}

test('every header that Celery sends is reserved', () => {
  const [first] = readTaskMessageCases();
  const headers = Object.keys(parseEnvelope(first?.envelope ?? '').headers);
  assert.deepEqual(
    headers.filter((name) => !RESERVED_HEADERS.has(name)),
    [],
  );
});

const expiration = (task: Partial<TaskToSend>): string | undefined =>
  createTaskMessage({ name: 'a', taskId: '1', ...task }, sender).properties.expiration;

test('the time left until a task expires is the time to live of its message', () => {
  assert.equal(expiration({ expiresMs: NOW_MS + 60_000 }), '60000');
  assert.equal(expiration({ expiresMs: NOW_MS + 0.5 }), '0');
  assert.equal(expiration({}), undefined);
});

test('a task that has expired already goes out with no time to live, as Celery sends it', () => {
  assert.equal(expiration({ expiresMs: NOW_MS - 5_000 }), '0');
});

test('times are written as Python writes them', () => {
  const eta = (etaMs: number): unknown =>
    createTaskMessage({ name: 'a', taskId: '1', etaMs }, sender).headers['eta'];
  assert.equal(eta(0), '1970-01-01T00:00:00+00:00');
  assert.equal(eta(1_700_000_000_123), '2023-11-14T22:13:20.123000+00:00');
  assert.equal(eta(1_700_000_000_100.9), '2023-11-14T22:13:20.100900+00:00');
  assert.equal(eta(1_700_000_000.054127 * 1_000), '2023-11-14T22:13:20.054127+00:00');
  assert.equal(eta(1_700_000_001_000 - 0.0003), '2023-11-14T22:13:21+00:00');
});

test('args and kwargs that JSON cannot carry are refused by name', () => {
  const cycle: unknown[] = [];
  cycle.push(cycle, cycle);
  for (const [field, task] of [
    ['args', { args: [Number.NaN] }],
    ['args', { args: [cycle] }],
    ['kwargs', { kwargs: { f: () => 1 } }],
  ] as const) {
    assert.throws(
      () => createTaskMessage({ name: 'a', taskId: '1', ...task }, sender),
      (error) =>
        error instanceof CeleryError && error.code === 'bad_argument' && error.params['field'] === field,
    );
  }
});

function withoutUndefined(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
