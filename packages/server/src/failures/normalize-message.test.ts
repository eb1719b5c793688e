import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normalizeMessage } from './normalize-message.ts';

test('what differs from failure to failure becomes a placeholder', () => {
  const expected = {
    '[Errno 111] Connection refused': '[Errno <n>] Connection refused',
    'Order 4711 lost at 2026-08-22T12:00:01.5Z': 'Order <n> lost at <t>',
    'since 2026-08-22 12:00 until 13:30:01,5': 'since <t> until <t>',
    'no file /var/data/a.json, ../b or C:\\x\\y': 'no file <path>, <path> or <path>',
    'GET https://api.example.com/v1?x=1 failed': 'GET <path> failed',
    'from 10.0.0.1:5432 to ::1': 'from <path> to ::<n>',
    '<Foo object at 0x7f3a1c>': '<Foo object at <id>>',
    'task 3f2a91c0-1111-2222-3333-444455556666': 'task <id>',
    'key deadbeef01 of web-5d9f7c6b8-x2k4q': 'key <id> of web-<id>-<id>',
    'mail to a.b@example.com': 'mail to <id>',
    'unique constraint "orders_pkey"': 'unique constraint <s>',
    "unknown key 'a \\' b'": 'unknown key <s>',
    'took 1.5e-7 s, 1,000.25 of -3': 'took <n> s, <n> of -<n>',
    'utf8 and sha256': 'utf<n> and sha<n>',
  };
  for (const [message, normal] of Object.entries(expected))
    assert.equal(normalizeMessage(message), normal, message);
});

test('words stay, also with an apostrophe or a slash inside', () => {
  for (const message of ["don't do O'Brien's", 'and/or a/b', 'added face cafe', 'no money'])
    assert.equal(normalizeMessage(message), message);
});

test('white space is one space, and what is beyond the first 300 characters is not looked at', () => {
  assert.equal(normalizeMessage(' a\n\tb  '), 'a b');
  assert.equal(normalizeMessage(`${'x'.repeat(300)}1`), 'x'.repeat(300));
});

test('a hostile message takes no time', () => {
  for (const unit of ["'x ", 'a.', '1.', '0x', '"', '\\', '-a@', '1:', 'a1', 'http://', '/', '0-', '1-1-'])
    assert.ok(normalizeMessage(unit.repeat(300_000)).length < 1_000);
});
