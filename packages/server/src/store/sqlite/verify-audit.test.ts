// Every way of tampering with the file by hand is found, and its place named.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { folderFor, warnings } from '../../../test/store/history-file.ts';
import { anEntry } from '../../../test/store/sample-access.ts';
import { openSqliteLedger } from './open-ledger.ts';

const UNGUARD = 'DROP TRIGGER audit_never_changes; DROP TRIGGER audit_goes_at_its_old_end;';
const OTHER_SEAL = 'f'.repeat(64);

/** The trail holds lines 4 to 10; retention took 1 to 3 away. */
const TAMPERINGS: readonly (readonly [what: string, sql: string, problem: RegExp])[] = [
  ...[
    'at = at + 1',
    "who = 'eve'",
    "subject = 'password:eve'",
    "via = 'token'",
    "token = 'ci'",
    "address = '10.0.0.8'",
    "action = 'task.send'",
    'target = NULL',
    `params = '{ "terminate":true}'`,
    "outcome = 'refused'",
    'status = 403',
    "detail = ''",
    "replies = 'null'",
    'took_ms = 0',
  ].map(
    (change) =>
      [`changed: ${change}`, `UPDATE audit SET ${change} WHERE seq = 6`, /^line 6 is not as it was/] as const,
  ),
  ['another seal', `UPDATE audit SET hash = '${OTHER_SEAL}' WHERE seq = 6`, /^line 6 is not as it was/],
  ['a line removed in the middle', 'DELETE FROM audit WHERE seq = 6', /^line 6 is missing/],
  [
    'a line removed, and those after it moved up',
    `DELETE FROM audit WHERE seq = 6; UPDATE audit SET seq = seq - 1 WHERE seq > 6;
     UPDATE audit_ends SET head_seq = 9`,
    /^line 6 is not as it was/,
  ],
  [
    'two lines swapped',
    `UPDATE audit SET seq = 99 WHERE seq = 6; UPDATE audit SET seq = 6 WHERE seq = 7;
     UPDATE audit SET seq = 7 WHERE seq = 99`,
    /^line 6 is not as it was/,
  ],
  [
    'a line put in before the beginning',
    'INSERT INTO audit SELECT 2, at, who, subject, via, token, address, action, target, params, outcome, status, detail, replies, took_ms, hash FROM audit WHERE seq = 6',
    /^line 2 is older than line 4/,
  ],
  [
    'a line put on behind the end',
    'INSERT INTO audit SELECT 11, at, who, subject, via, token, address, action, target, params, outcome, status, detail, replies, took_ms, hash FROM audit WHERE seq = 6',
    /^line 11 is not as it was/,
  ],
  ['the oldest line removed', 'DELETE FROM audit WHERE seq = 4', /^line 4 is missing/],
  ['another anchor', `UPDATE audit_ends SET anchor_hash = '${OTHER_SEAL}'`, /^line 4 does not follow line 3/],
  [
    'oldest lines removed, and the anchor moved without their seal',
    'UPDATE audit_ends SET anchor_seq = 5; DELETE FROM audit WHERE seq <= 5',
    /^line 6 does not follow line 5/,
  ],
  ['the anchor moved alone', 'UPDATE audit_ends SET anchor_seq = 5', /^line 4 is older than line 6/],
  ['the tail cut off', 'DELETE FROM audit WHERE seq > 8', /^line 9 and what follows is missing.* line 10$/],
  ['the last line cut off', 'DELETE FROM audit WHERE seq = 10', /^line 10 and what follows is missing/],
  ['everything removed', 'DELETE FROM audit', /^line 4 and what follows is missing/],
  [
    'another seal of the last line kept',
    `UPDATE audit_ends SET head_hash = '${OTHER_SEAL}'`,
    /^line 10 has another seal/,
  ],
  ['a lower end kept', 'UPDATE audit_ends SET head_seq = 8', /^line 9 was added behind the end/],
  ['no ends kept', 'DELETE FROM audit_ends', /^where the trail begins and ends is no longer kept/],
];

for (const [what, sql, problem] of TAMPERINGS) {
  test(`tampering shows: ${what}`, async (t) => {
    const path = join(folderFor(t), 'umbel-access.db');
    const ledger = await openSqliteLedger({ path, log: warnings() });
    t.after(() => ledger.close());
    const entries = Array.from({ length: 10 }, (_, n) => anEntry({ at: n, target: `a${n}` }));
    const head = await ledger.appendAudit(entries);
    assert.equal(await ledger.pruneAudit(3, 10), 3);
    assert.deepEqual(await ledger.verifyAudit(), { checked: 7, first: 4, last: head, problem: null });
    const database = new DatabaseSync(path);
    database.exec(UNGUARD + sql);
    database.close();
    assert.match((await ledger.verifyAudit()).problem ?? 'no problem', problem);
  });
}

test('a tail cut off together with what is kept of it shows by what a log has said, and what is appended later hides nothing', async (t) => {
  const path = join(folderFor(t), 'umbel-access.db');
  const ledger = await openSqliteLedger({ path, log: warnings() });
  t.after(() => ledger.close());
  const head = await ledger.appendAudit(Array.from({ length: 10 }, () => anEntry()));
  const database = new DatabaseSync(path);
  t.after(() => database.close());
  database.exec(`${UNGUARD} DELETE FROM audit WHERE seq > 8;
    UPDATE audit_ends SET head_seq = 8, head_hash = (SELECT hash FROM audit WHERE seq = 8)`);
  assert.equal((await ledger.verifyAudit()).problem, null);
  assert.match(
    (await ledger.verifyAudit(head)).problem ?? '',
    /^line 10 is missing: the trail ends with line 8/,
  );

  await ledger.appendAudit([anEntry(), anEntry({ at: 1001 }), anEntry()]);
  assert.match((await ledger.verifyAudit(head)).problem ?? '', /^line 10 has another seal/);
  database.exec('DELETE FROM audit WHERE seq = 11');
  assert.equal((await ledger.appendAudit([anEntry()])).seq, 12);
  assert.match((await ledger.verifyAudit()).problem ?? '', /^line 11 is missing/);
});

test('a line that was made unreadable is still listed', async (t) => {
  const path = join(folderFor(t), 'umbel-access.db');
  const ledger = await openSqliteLedger({ path, log: warnings() });
  t.after(() => ledger.close());
  await ledger.appendAudit([anEntry()]);
  const database = new DatabaseSync(path);
  database.exec(`${UNGUARD} UPDATE audit SET params = '<b>'`);
  database.close();
  assert.deepEqual((await ledger.listAudit({ limit: 1 })).records[0]?.params, { 'not JSON': '<b>' });
});

test('the file itself refuses that a line is changed, or taken away from elsewhere than the old end', async (t) => {
  const path = join(folderFor(t), 'umbel-access.db');
  const ledger = await openSqliteLedger({ path, log: warnings() });
  t.after(() => ledger.close());
  await ledger.appendAudit([anEntry(), anEntry()]);
  const database = new DatabaseSync(path);
  t.after(() => database.close());
  assert.throws(() => database.exec("UPDATE audit SET who = 'eve'"), /never changes/);
  assert.throws(() => database.exec('DELETE FROM audit WHERE seq = 1'), /only retention/);
});
