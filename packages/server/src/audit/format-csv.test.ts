import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditEntry } from '../../test/audit/memory-ledger.ts';
import { formatCsv } from './format-csv.ts';

const record = (facts: Parameters<typeof auditEntry>[0] = {}) => ({
  ...auditEntry(facts),
  seq: 7,
  hash: 'ab',
});

test('lines as a spreadsheet reads them, JSON in a cell of its own', () => {
  const text = formatCsv([record({ params: { a: 'x,"y"' }, replies: { w1: null } })], { header: true });
  assert.equal(
    text,
    'seq,at,who,via,token,address,action,target,params,outcome,status,detail,replies,took_ms,hash\r\n' +
      '7,2023-11-14T22:13:20.000Z,ada,password,,192.0.2.7,task.revoke,task-1,' +
      '"{""a"":""x,\\""y\\""""}",done,200,,"{""w1"":null}",12,ab\r\n',
  );
  assert.equal(formatCsv([], { header: false }), '');
});

test('no cell can be taken for a formula', () => {
  for (const start of ['=', '+', '-', '@', '\t', '\r']) {
    const text = formatCsv([record({ who: `${start}cmd|' /C calc'!A0` })], { header: false });
    assert.ok(text.includes(`'${start}cmd`), text);
  }
});
