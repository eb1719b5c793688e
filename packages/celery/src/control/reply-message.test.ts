import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CeleryError } from '../errors.ts';
import type { Message } from '../message/message.ts';
import { decodeReply, replyTicket, senderOfUnreadable } from './reply-message.ts';

function message(
  body: string | Uint8Array,
  contentType = 'application/json',
  headers: object = { ticket: 't' },
): Message {
  return {
    headers: { ...headers },
    properties: {},
    contentType,
    contentEncoding: 'utf-8',
    body: typeof body === 'string' ? Buffer.from(body) : body,
  };
}

/** `pickle.dumps({"w1@h": {"ok": "pong"}}, protocol=4)`. */
const PICKLED = Buffer.from(
  '80049518000000000000007d948c0477314068947d948c026f6b948c04706f6e679473732e',
  'hex',
);

test('a reply is one worker and its value', () => {
  assert.deepEqual(decodeReply(message('{"w1@h": {"ok": "pong"}}'), 1000), {
    worker: 'w1@h',
    value: { ok: 'pong' },
  });
  assert.deepEqual(decodeReply(message('{"__proto__": null}'), 1000), { worker: '__proto__', value: null });
});

test('bodies of other shapes are undecodable', () => {
  for (const body of [
    '',
    '[]',
    '"w1@h"',
    'null',
    '3',
    '{}',
    '{"": 1}',
    '{"a": 1, "b": 2}',
    '{"a": 1',
    '\u{fffd}',
  ]) {
    assert.throws(
      () => decodeReply(message(body), 1000),
      (error) => error instanceof CeleryError && error.code === 'undecodable',
      body,
    );
  }
});

test('a pickled reply is refused by its type and a huge one by its size', () => {
  const code = (expected: string) => (error: unknown) =>
    error instanceof CeleryError && error.code === expected;
  assert.throws(
    () => decodeReply(message(PICKLED, 'application/x-python-serialize'), 1000),
    code('unsupported_content_type'),
  );
  assert.throws(() => decodeReply(message(`{"w1@h": "${'x'.repeat(1000)}"}`), 1000), code('too_large'));
});

test('the ticket is a text header or nothing', () => {
  assert.equal(replyTicket(message('')), 't');
  assert.equal(replyTicket(message('', '', { ticket: 3 })), null);
  assert.equal(replyTicket(message('', '', {})), null);
});

test('the sender of a pickled reply is found by its name among the expected ones', () => {
  assert.equal(senderOfUnreadable(message(PICKLED), ['w2@h', 'w1@h']), 'w1@h');
  assert.equal(senderOfUnreadable(message(PICKLED), ['w2@h']), null);
  assert.equal(senderOfUnreadable(message(PICKLED), []), null);
});

test('of two names at the same place the longer one is the sender, whatever their order', () => {
  const reply = message('\u0001w1@h2 mentions w1@h and a@b');
  assert.equal(senderOfUnreadable(reply, ['w1@h', 'w1@h2', 'a@b']), 'w1@h2');
  assert.equal(senderOfUnreadable(reply, ['a@b', 'w1@h2', 'w1@h']), 'w1@h2');
});
