import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { tempFolder } from '@umbel/testkit';
import { auditEntry, createMemoryLedger, createMemoryLog } from '../../test/audit/memory-ledger.ts';
import { openSqliteLedger } from '../store/sqlite/open-ledger.ts';
import { createRedaction } from '../redaction/create-redaction.ts';
import { MAX_WAITING } from './ledger-queue.ts';
import { openAudit } from './open-audit.ts';
import { LINES_OF_A_KIND } from './refusal-limit.ts';

const redaction = createRedaction({ names: ['password', 'token'] });

function open(t: TestContext, { retentionMs = null }: { retentionMs?: number | null } = {}) {
  const ledger = createMemoryLedger();
  const log = createMemoryLog();
  const audit = openAudit({ ledger, log, redaction, retentionMs, now: () => 1_700_000_000_000 });
  t.after(() => audit.close());
  const texts = (text: string) => log.lines.filter((line) => line.text === text);
  return { ledger, log, audit, texts };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a line is logged at once and kept, then the log says its number and seal', async (t) => {
  const { ledger, audit, texts } = open(t);
  const recorded = audit.record(auditEntry({ params: { password: 'x', n: JSON.rawJSON('1.0') } }));
  await Promise.resolve();
  assert.deepEqual(texts('audit')[0]?.fields, {
    action: 'task.revoke',
    who: 'ada',
    via: 'password',
    token: null,
    address: '192.0.2.7',
    target: 'task-1',
    outcome: 'done',
    status: 200,
    ms: 12,
    detail: null,
    params: '{"password":"***","n":1.0}',
  });
  await recorded;
  assert.equal(JSON.stringify(ledger.entries[0]?.params), '{"password":"***","n":1.0}');
  const kept = texts('audit lines kept')[0]?.fields;
  assert.equal(kept?.['seq'], 1);
  assert.match(String(kept?.['hash']), /^[0-9a-f]{64}$/);
});

test('a ledger that fails loses nothing: the line waits and is written later, in order', async (t) => {
  const { ledger, audit, texts } = open(t);
  ledger.before = async () => {
    throw new Error('disk full');
  };
  await audit.record(auditEntry({ target: 'first' }));
  assert.equal(ledger.entries.length, 0);
  assert.equal(texts('audit').length, 1);
  ledger.before = async () => undefined;
  await audit.record(auditEntry({ target: 'second' }));
  await audit.close();
  assert.deepEqual(
    ledger.entries.map((entry) => entry.target),
    ['first', 'second'],
  );
});

test('a ledger that hangs holds nobody up for long, nor the end', async (t) => {
  const { ledger, audit, texts } = open(t);
  ledger.before = () => new Promise(() => undefined);
  await audit.record(auditEntry());
  await audit.close();
  assert.deepEqual(
    texts('audit lines are lost from the table: only the log has them').map((line) => line.fields),
    [{ lines: 1 }],
  );
});

test('lines that find no room any more are counted in the log, and by the trail itself when it goes on', async (t) => {
  const { ledger, audit, texts } = open(t);
  const gate = Promise.withResolvers<void>();
  ledger.before = () => gate.promise;
  const recorded = Array.from({ length: MAX_WAITING + 3 }, () => audit.record(auditEntry()));
  await settled();
  assert.equal(texts('audit').length, MAX_WAITING + 3);
  assert.deepEqual(
    texts('audit lines are lost from the table: only the log has them').map((line) => line.fields['lost']),
    [1, 2],
  );
  gate.resolve();
  await Promise.all(recorded);
  await audit.close();
  const [gap] = ledger.entries.filter((entry) => entry.action === 'audit.lost');
  assert.deepEqual(gap?.params, { lines: 3 });
  assert.equal(ledger.entries.length, MAX_WAITING + 1);
});

test('of a flood of refusals a few lines are kept and the rest counted, while what was done is kept whole', async (t) => {
  const { ledger, audit, texts } = open(t);
  const refused = auditEntry({ action: 'session.sign_in', outcome: 'refused', status: 401, subject: null });
  const others = 1_000 - LINES_OF_A_KIND;
  for (let count = 0; count < 1_000; count++) await audit.record({ ...refused, who: `guess-${count}` });
  for (let count = 0; count < 50; count++) await audit.record(auditEntry());
  await audit.close();
  assert.equal(ledger.entries.length, LINES_OF_A_KIND + 50 + 1);
  assert.equal(texts('audit').length, LINES_OF_A_KIND + 50 + 1);
  const counted = ledger.entries.at(-1);
  assert.deepEqual(
    [counted?.action, counted?.address, counted?.who, counted?.params['times'], counted?.detail],
    ['session.sign_in', '192.0.2.7', null, others, `Refused ${others} times more.`],
  );
});

test('counted refusals become a line every minute', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { ledger, audit } = open(t);
  const refused = auditEntry({ outcome: 'refused', status: 403 });
  for (let count = 0; count < LINES_OF_A_KIND + 4; count++) await audit.record(refused);
  assert.equal(ledger.entries.length, LINES_OF_A_KIND);
  t.mock.timers.tick(60_000);
  await settled();
  assert.deepEqual(ledger.entries.at(-1)?.params['times'], 4);
  await audit.record(refused);
  assert.equal(ledger.entries.length, LINES_OF_A_KIND + 2);
});

test('lines whose time is over are taken away, and without a bound none', async (t) => {
  const kept = open(t);
  await settled();
  assert.deepEqual(kept.ledger.pruned, []);
  const { ledger, audit } = open(t, { retentionMs: 1_000 });
  await settled();
  await audit.close();
  assert.deepEqual(ledger.pruned, [1_700_000_000_000 - 1_000]);
});

test('after the end a line is in the log alone', async (t) => {
  const { ledger, audit, texts } = open(t);
  await audit.close();
  await audit.record(auditEntry());
  assert.equal(texts('audit').length, 1);
  assert.equal(ledger.entries.length, 0);
});

test('what the log has said of the chain proves the table, and a table without it is found out', async (t) => {
  const log = createMemoryLog();
  const ledger = await openSqliteLedger({ path: join(tempFolder(t), 'umbel-access.db'), log });
  t.after(() => ledger.close());
  const audit = openAudit({ ledger, log, redaction, retentionMs: null });
  await audit.record(auditEntry({ params: { n: JSON.rawJSON('9007199254740993') } }));
  await audit.record(auditEntry({ action: 'worker.shutdown', target: 'w@test' }));
  await audit.close();
  const said = log.lines.filter((line) => line.text === 'audit lines kept').map((line) => line.fields);
  for (const { seq, hash } of said) {
    const verdict = await ledger.verifyAudit({ seq: Number(seq), hash: String(hash) });
    assert.deepEqual([verdict.checked, verdict.problem], [2, null]);
  }
  assert.notEqual((await ledger.verifyAudit({ seq: 2, hash: '0'.repeat(64) })).problem, null);
});
