import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MAX_NESTING, parseKombuJson } from '../message/kombu-json.ts';
import { interpretReply } from './reply-text.ts';

test('a control command answers with the text under ok or error', () => {
  assert.deepEqual(interpretReply('pool_grow', { ok: 'pool will grow' }), {
    outcome: 'ok',
    message: 'pool will grow',
    value: 'pool will grow',
  });
  assert.deepEqual(interpretReply('rate_limit', { error: 'unknown task' }), {
    outcome: 'error',
    message: 'unknown task',
  });
});

test('null is an answer too', () => {
  assert.deepEqual(interpretReply('heartbeat', null), { outcome: 'ok', message: '', value: null });
});

test('bare data is the value, also when it has a key ok or error', () => {
  const conf = { ok: 'yes', error: 'no' };
  assert.deepEqual(interpretReply('conf', conf), { outcome: 'ok', message: '', value: conf });
  const tasks = { ok: ['active', {}] };
  assert.deepEqual(interpretReply('query_task', tasks), { outcome: 'ok', message: '', value: tasks });
  const task = { error: ['active', {}] };
  assert.deepEqual(interpretReply('query_task', task), { outcome: 'ok', message: '', value: task });
  assert.deepEqual(interpretReply('active', []), { outcome: 'ok', message: '', value: [] });
});

test('an exception inside an inspect command is an error', () => {
  assert.deepEqual(interpretReply('stats', { error: "TypeError('x')" }), {
    outcome: 'error',
    message: "TypeError('x')",
  });
});

test('an error that is no text is shown as JSON, and a huge one is cut', () => {
  assert.deepEqual(interpretReply('autoscale', { error: { a: 1 } }), {
    outcome: 'error',
    message: '{"a":1}',
  });
  const answer = interpretReply('autoscale', { error: 'x'.repeat(1_000_000) });
  assert.ok(answer.message.length < 5_000);
});

test('any JSON value is read without an exception', () => {
  fc.assert(
    fc.property(fc.constantFrom('ping', 'stats', 'revoke', 'their_own'), fc.jsonValue(), (method, raw) => {
      assert.ok(['ok', 'error'].includes(interpretReply(method, raw).outcome));
    }),
  );
});

test('a reply nested as deep as replies may be is an answer too', () => {
  const depth = MAX_NESTING - 1;
  const deepest = `${'['.repeat(depth)}${']'.repeat(depth)}`;
  for (const outcome of ['ok', 'error'] as const) {
    const answer = interpretReply('ping', parseKombuJson(`{"${outcome}": ${deepest}}`));
    assert.deepEqual([answer.outcome, answer.message], [outcome, deepest]);
  }
});
