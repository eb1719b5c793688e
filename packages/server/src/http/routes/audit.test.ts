import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Value } from 'typebox/value';
import { openApp } from '../../../test/http/open-app.ts';
import { EXPORT_MAX, listAudit } from '../../contract/v1-audit.ts';
import type { AuditQuery, AuditRecord } from '../../store/ledger.ts';
import { StoreError } from '../../store/store.ts';

type Json = Readonly<Record<string, unknown>>;

function auditRecord(seq: number, facts: Partial<AuditRecord> = {}): AuditRecord {
  return {
    seq,
    hash: `hash-${seq}`,
    at: 1_700_000_000_000 + seq,
    who: 'ada',
    subject: 'password:ada',
    via: 'password',
    token: null,
    address: '10.0.0.7',
    action: 'task.revoke',
    target: 'some-id',
    params: { terminate: true },
    outcome: 'done',
    status: 200,
    detail: null,
    replies: { 'w1@host': { ok: 'revoked' } },
    tookMs: 12,
    ...facts,
  };
}

/** A trail of so many lines, newest first. */
async function openTrail(t: TestContext, count: number, facts: Partial<AuditRecord> = {}) {
  const queries: AuditQuery[] = [];
  const app = await openApp(
    t,
    {},
    {
      auditLines: {
        async listAudit(query) {
          queries.push(query);
          const newest = Math.min(count, (query.before ?? count + 1) - 1);
          const oldest = Math.max(1, newest - query.limit + 1);
          const records = Array.from({ length: Math.max(0, newest - oldest + 1) }, (_, index) =>
            auditRecord(newest - index, facts),
          );
          return { records, next: oldest > 1 && records.length > 0 ? oldest : null };
        },
      },
    },
  );
  return { ...app, queries };
}

test('a page of the trail, and the next', async (t) => {
  const { call, queries } = await openTrail(t, 250);
  const first = (await call('GET', '/api/v1/audit')).json() as { items: Json[]; next: string };
  assert.deepEqual([first.items.length, first.items[0]?.['seq'], first.next], [100, 250, '151']);
  assert.deepEqual(first.items[0], {
    seq: 250,
    at: '2023-11-14T22:13:20.250Z',
    who: 'ada',
    via: 'password',
    token: null,
    address: '10.0.0.7',
    action: 'task.revoke',
    target: 'some-id',
    params: { terminate: true },
    outcome: 'done',
    status: 200,
    detail: null,
    replies: { 'w1@host': { ok: 'revoked' } },
    took_ms: 12,
    hash: 'hash-250',
  });
  const last = (await call('GET', `/api/v1/audit?cursor=${first.next}&limit=500`)).json();
  assert.deepEqual([(last['items'] as Json[]).length, last['next']], [150, null]);
  assert.deepEqual(
    queries.map(({ before, limit }) => [before, limit]),
    [
      [undefined, 100],
      [151, 500],
    ],
  );
});

test('every filter reaches the trail', async (t) => {
  const { call, queries } = await openTrail(t, 0);
  await call(
    'GET',
    '/api/v1/audit?who=ada&action=task&target=x&outcome=refused&q=%25&from=2026-01-31T00:00:00Z&to=-1h',
  );
  const { to = 0, ...rest } = queries[0] as AuditQuery;
  assert.ok(Math.abs(Date.now() - 3_600_000 - to) < 60_000);
  assert.deepEqual(rest, {
    who: 'ada',
    action: 'task',
    target: 'x',
    outcome: 'refused',
    text: '%',
    before: undefined,
    from: Date.UTC(2026, 0, 31),
    limit: 100,
  });
});

test('a filter that cannot be read is refused before anything is looked up', async (t) => {
  const { call, queries } = await openTrail(t, 1);
  for (const query of [
    'limit=0',
    'limit=501',
    'outcome=maybe',
    'from=yesterday',
    'cursor=-1',
    'cursor=1;drop',
    'format=xml',
    `q=${'x'.repeat(201)}`,
  ]) {
    assert.equal((await call('GET', `/api/v1/audit?${query}`)).status, 400, query);
  }
  assert.deepEqual(queries, []);
});

test('a file has every line that matches', async (t) => {
  const { call, queries } = await openTrail(t, 1_200);
  const csv = await call('GET', '/api/v1/audit?format=csv&who=ada');
  assert.match(String(csv.headers['content-type']), /^text\/csv/);
  assert.match(
    String(csv.headers['content-disposition']),
    /^attachment; filename="umbel-audit-[\d-]{10}\.csv"$/,
  );
  assert.equal(csv.headers['x-row-cap'], String(EXPORT_MAX));
  const lines = csv.text.trimEnd().split('\r\n');
  assert.equal(lines.length, 1_201);
  assert.equal(
    lines[0],
    'seq,at,who,via,token,address,action,target,params,outcome,status,detail,replies,took_ms,hash',
  );
  assert.equal(
    lines[1],
    '1200,2023-11-14T22:13:21.200Z,ada,password,,10.0.0.7,task.revoke,some-id,"{""terminate"":true}",done,200,,"{""w1@host"":{""ok"":""revoked""}}",12,hash-1200',
  );
  assert.ok(queries.every(({ who, limit }) => who === 'ada' && limit <= 500));
  const json = (await call('GET', '/api/v1/audit?format=json')).json();
  assert.ok(Value.Check(listAudit.reply, json));
  assert.deepEqual([json.items.length, json.next], [1_200, null]);
  const none = await openTrail(t, 0);
  assert.deepEqual((await none.call('GET', '/api/v1/audit?format=json')).json(), { items: [], next: null });
});

test('a file ends at its bound and says where it goes on', { timeout: 60_000 }, async (t) => {
  const { call } = await openTrail(t, EXPORT_MAX + 700, { params: {}, replies: null });
  const json = (await call('GET', '/api/v1/audit?format=json')).json();
  assert.deepEqual([(json['items'] as Json[]).length, json['next']], [EXPORT_MAX, '701']);
});

test('no cell of a file is a formula', async (t) => {
  const { call } = await openTrail(t, 1, {
    who: '=HYPERLINK("http://evil.example")',
    target: '@SUM(1)',
    detail: '-1+1',
    address: '\tx',
  });
  const [, line = ''] = (await call('GET', '/api/v1/audit?format=csv')).text.split('\r\n');
  for (const cell of [`"'=HYPERLINK(""http://evil.example"")"`, "'@SUM(1)", "'-1+1", "'\tx"]) {
    assert.ok(line.includes(cell), `${cell} in ${line}`);
  }
});

test('a trail that cannot be read is a 503, for files too', async (t) => {
  const { call } = await openApp(
    t,
    {},
    {
      auditLines: {
        listAudit: async () => {
          throw new StoreError('unavailable', 'the disk is away');
        },
      },
    },
  );
  for (const url of ['/api/v1/audit', '/api/v1/audit?format=csv', '/audit']) {
    assert.equal((await call('GET', url)).status, 503, url);
  }
});

test('the page shows the lines, keeps the filters and leads to older ones and to files', async (t) => {
  const { call } = await openTrail(t, 250, {
    outcome: 'refused',
    status: 403,
    detail: 'This needs the right send.',
  });
  const { status, text } = await call('GET', '/audit?who=ada&outcome=refused&from=-1h');
  assert.equal(status, 200);
  assert.equal(text.match(/<tr role="row">/g)?.length, 101);
  assert.match(text, /<input id="who" name="who" value="ada"/);
  assert.match(text, /<option selected>refused<\/option>/);
  assert.match(text, /<span class="watch">refused<\/span> 403<br>This needs the right send\./);
  const query = 'who=ada&#38;outcome=refused&#38;from=-1h';
  assert.ok(text.includes(`href="/audit?${query}&#38;cursor=151"`));
  assert.ok(text.includes(`href="/api/v1/audit?${query}&#38;format=csv"`));
});

test('a time that cannot be read is said on the page', async (t) => {
  const { call, queries } = await openTrail(t, 3);
  const { status, text } = await call('GET', '/audit?to=tomorrow');
  assert.equal(status, 400);
  assert.match(text, /To must be a date such as/);
  assert.match(text, /name="to" value="tomorrow"/);
  assert.deepEqual(queries, []);
});
