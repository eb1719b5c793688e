import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditEntry } from '../../test/audit/memory-ledger.ts';
import { createRedaction } from '../redaction/create-redaction.ts';
import { MAX_PARAMS_BYTES, MAX_REPLIES_BYTES, tidyEntry } from './tidy-entry.ts';

const redaction = createRedaction({ names: ['password', 'token'] });
const tidy = (facts: Parameters<typeof auditEntry>[0]) => tidyEntry(auditEntry(facts), redaction);

test('secrets are masked in parameters, replies, target and sentence', () => {
  const entry = tidy({
    params: { kwargs: { password: 'sesame' }, argsrepr: "('token=sesame',)" },
    replies: { w1: { ok: "{'token': 'sesame'}" } },
    detail: 'Sent with password=sesame',
    target: 'amqp://u:sesame@host/x',
  });
  assert.ok(!JSON.stringify(entry).includes('sesame'), JSON.stringify(entry));
});

test('names cannot forge a line of the log, nor turn its direction', () => {
  const entry = tidy({
    who: 'ada\n{"level":30,"msg":"audit"}',
    target: '\u001b[2Jx\u202e',
    detail: 'a\r\nb',
  });
  assert.equal(entry.who, 'ada\\u000a{"level":30,"msg":"audit"}');
  assert.equal(entry.target, '\\u001b[2Jx\\u202e');
  assert.equal(entry.detail, 'a\\u000d\\u000ab');
});

test('what is too large is cut and says so', () => {
  const large = ['é'.repeat(30_000), '"'.repeat(30_000), '\0'.repeat(30_000), 'x'.repeat(5_000)];
  for (const text of large) {
    const { params, replies, who } = tidy({ params: { text }, replies: [text, text, text, text], who: text });
    assert.deepEqual(Object.keys(params), ['cut']);
    assert.ok(Buffer.byteLength(JSON.stringify(params)) <= MAX_PARAMS_BYTES);
    assert.ok(Buffer.byteLength(JSON.stringify(replies)) <= MAX_REPLIES_BYTES);
    assert.ok((who?.length ?? 0) <= 500 * '\\u0000'.length && who?.endsWith('…'), who ?? '');
  }
});

test('what is small stays as it is, null too', () => {
  const entry = auditEntry({
    params: { n: JSON.rawJSON('9007199254740993'), list: [1] },
    replies: { a: 'ok' },
  });
  assert.deepEqual(tidyEntry(entry, redaction), entry);
  assert.deepEqual(tidyEntry(auditEntry({ who: null, address: null }), redaction).who, null);
});
