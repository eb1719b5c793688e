// What every Ledger must do: the audit trail is kept in order, found, and never changed without showing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anEntry } from '../../test/store/sample-access.ts';
import type { AuditEntry, AuditQuery, Ledger } from './ledger.ts';
import type { LedgerPlace } from './ledger.contract.ts';

export function auditContract(place: LedgerPlace): void {
  test('an audit line comes back as it was handed in, whatever is in it', async (t) => {
    const ledger = await place(t)();
    const full = anEntry({
      at: 1_795_346_417_441,
      who: 'Ada "Ž" \u2028',
      token: 'ci',
      target: "celery@a'; DROP TABLE audit; --",
      params: { z: 1, a: [{ b: null }], __proto__key: '<b>', 2: 'two' },
      outcome: 'failed',
      status: 502,
      detail: 'No worker answered.',
      replies: [{ 'celery@a': { ok: 'new rate limit set' } }],
      tookMs: 1003.25,
    });
    const bare = anEntry({
      who: null,
      subject: null,
      via: null,
      address: null,
      target: null,
      params: {},
      tookMs: 0,
    });
    const head = await ledger.appendAudit([full, bare]);
    const { records, next } = await ledger.listAudit({ limit: 10 });
    assert.equal(next, null);
    const [last, first] = records;
    assert.match(first?.hash ?? '', /^[0-9a-f]{64}$/);
    assert.deepEqual(first, { ...full, seq: 1, hash: first?.hash });
    assert.deepEqual(last, { ...bare, ...head });
    assert.equal(head.seq, 2);
    assert.deepEqual(await ledger.verifyAudit(), { checked: 2, first: 1, last: head, problem: null });
  });

  test('numbers that JavaScript cannot hold, and text that no database likes, are sealed as they can be read', async (t) => {
    const ledger = await place(t)();
    const params = { big: JSON.rawJSON('12345678901234567890'), float: JSON.rawJSON('1.0') };
    await ledger.appendAudit([
      anEntry({ params, who: 'a\0b \ud800', detail: '\uffff', replies: [params, 'x\0\udc00'] }),
    ]);
    const [record] = (await ledger.listAudit({ limit: 1 })).records;
    assert.equal(JSON.stringify(record?.params), '{"big":12345678901234567890,"float":1.0}');
    assert.equal(record?.who, 'a\0b \ufffd');
    assert.equal(JSON.stringify(record?.replies), `[${JSON.stringify(params)},"x\\u0000\\udc00"]`);
    assert.equal((await ledger.verifyAudit()).problem, null);
  });

  test('an empty trail holds, and nothing appended is nothing', async (t) => {
    const ledger = await place(t)();
    assert.deepEqual(await ledger.listAudit({ limit: 10 }), { records: [], next: null });
    assert.deepEqual(await ledger.verifyAudit(), { checked: 0, first: null, last: null, problem: null });
    assert.equal((await ledger.appendAudit([])).seq, 0);
    assert.equal((await ledger.verifyAudit()).problem, null);
    assert.equal(await ledger.pruneAudit(1e15, 10), 0);
  });

  test('pages of any list join without a gap or a repeat, and the last one says so', async (t) => {
    const ledger = await place(t)();
    const entries = Array.from({ length: 30 }, (_, n) =>
      anEntry({ who: n % 3 === 0 ? 'grace' : 'ada', action: n % 2 === 0 ? 'task.revoke' : 'task.send' }),
    );
    await ledger.appendAudit(entries);
    const filters: Omit<AuditQuery, 'limit'>[] = [{}, { who: 'grace' }, { action: 'task' }, { text: 'SEND' }];
    for (const filter of filters) {
      const whole = await numbers(ledger, filter);
      assert.ok(whole.length >= 10);
      const limit = whole.length / 5;
      const pages: number[][] = [];
      for (let before: number | null | undefined = undefined; before !== null; ) {
        const page: Awaited<ReturnType<Ledger['listAudit']>> = await ledger.listAudit({
          ...filter,
          limit,
          before,
        });
        pages.push(page.records.map(({ seq }) => seq));
        before = page.next;
      }
      assert.equal(pages.length, 5, JSON.stringify(filter));
      assert.deepEqual(pages.flat(), whole);
    }
  });

  test('each filter finds what it says, all of them together, and nothing is special in a text', async (t) => {
    const ledger = await place(t)();
    const entries: Partial<AuditEntry>[] = [
      { at: 10, action: 'task.revoke', target: 'a1', outcome: 'done' },
      { at: 20, action: 'task', who: 'grace', target: 'a2', outcome: 'refused' },
      { at: 30, action: 'tasks.other', target: 'A1', detail: '100% of_it "quoted" \\' },
      { at: 25, action: 'task.rate_limit', params: { rate: '10/m', name: 'shop.ÄRGER' } },
      { at: 40, action: 'session.sign_in', who: null, outcome: 'failed', address: '2001:DB8::1' },
      { at: 50, action: 'task.revoke.all', replies: ['only here'] },
    ];
    await ledger.appendAudit(entries.map(anEntry));
    const find = (query: Omit<AuditQuery, 'limit'>) => numbers(ledger, query);
    assert.deepEqual(await find({}), [6, 5, 4, 3, 2, 1]);
    assert.deepEqual(await find({ who: 'grace' }), [2]);
    assert.deepEqual(await find({ who: 'GRACE' }), []);
    assert.deepEqual(await find({ action: 'task' }), [6, 4, 2, 1]);
    assert.deepEqual(await find({ action: 'task.revoke' }), [6, 1]);
    assert.deepEqual(await find({ action: 'task.rev' }), []);
    assert.deepEqual(await find({ action: 'task%' }), []);
    assert.deepEqual(await find({ action: '' }), []);
    assert.deepEqual(await find({ target: 'a1' }), [6, 5, 4, 1]);
    assert.deepEqual(await find({ outcome: 'refused' }), [2]);
    assert.deepEqual(await find({ from: 25 }), [6, 5, 4, 3]);
    assert.deepEqual(await find({ to: 25 }), [4, 2, 1]);
    assert.deepEqual(await find({ from: 20, to: 30 }), [4, 3, 2]);
    assert.deepEqual(await find({ from: 31, to: 39 }), []);
    assert.deepEqual(await find({ before: 4 }), [3, 2, 1]);
    assert.deepEqual(await find({ before: 1 }), []);
    assert.deepEqual(await find({ before: 1e9, from: 25, action: 'task', who: 'ada' }), [6, 4]);
    assert.deepEqual(await find({ who: 'ada', target: 'a1', outcome: 'done', text: 'RATE' }), [4]);

    assert.deepEqual(await find({ text: 'GRACE' }), [2]);
    assert.deepEqual(await find({ text: '100% OF_' }), [3]);
    assert.deepEqual(await find({ text: '10_%' }), []);
    assert.deepEqual(await find({ text: '"QUOTED" \\' }), [3]);
    assert.deepEqual(await find({ text: '2001:db8' }), [5]);
    assert.deepEqual(await find({ text: '10/M' }), [4]);
    assert.deepEqual(await find({ text: 'shop.Ärger' }), [4]);
    assert.deepEqual(await find({ text: 'ärger' }), []);
    assert.deepEqual(await find({ text: 'only here' }), []);
    assert.deepEqual(await find({ text: '' }), [6, 5, 4, 3, 2, 1]);
  });

  test('two ledgers that append at once keep one chain without a gap', async (t) => {
    const open = place(t);
    const [one, two] = [await open(), await open()];
    const appended = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        (n % 2 === 0 ? one : two).appendAudit([anEntry({ target: `a${n}` }), anEntry({ target: `b${n}` })]),
      ),
    );
    assert.deepEqual(
      appended.map(({ seq }) => seq).sort((a, b) => a - b),
      Array.from({ length: 60 }, (_, n) => 2 * (n + 1)),
    );
    for (const head of appended) {
      assert.deepEqual(await one.verifyAudit(head), {
        checked: 120,
        first: 1,
        last: appended.find(({ seq }) => seq === 120),
        problem: null,
      });
    }
  });

  test('retention takes the oldest lines in steps, and the chain goes on from the last of them', async (t) => {
    const open = place(t);
    const ledger = await open();
    const times = [10, 20, 30, 25, 40, 5];
    const seventh = await ledger.appendAudit(times.map((at) => anEntry({ at })));
    const second = { seq: 2, hash: (await ledger.listAudit({ limit: 1, before: 3 })).records[0]?.hash ?? '' };
    assert.equal(await ledger.pruneAudit(30, 1), 1);
    assert.equal(await ledger.pruneAudit(30, 10), 1);
    assert.equal(await ledger.pruneAudit(30, 10), 0);
    // The lines of 25 and 5 were written late: they wait for those before them.
    assert.deepEqual(await numbers(ledger, {}), [6, 5, 4, 3]);
    assert.deepEqual(await numbers(ledger, { to: 20 }), [6]);
    const verdict = { checked: 4, first: 3, last: seventh, problem: null };
    assert.deepEqual(await ledger.verifyAudit(), verdict);
    assert.deepEqual(await ledger.verifyAudit(second), verdict);
    assert.match((await ledger.verifyAudit({ seq: 1, hash: second.hash })).problem ?? '', /line 1 is gone/);

    assert.equal(await ledger.pruneAudit(1000, 10), 4);
    assert.deepEqual(await ledger.verifyAudit(), { checked: 0, first: null, last: null, problem: null });
    await ledger.close();
    const again = await open();
    const eighth = await again.appendAudit([anEntry()]);
    assert.equal(eighth.seq, 7);
    assert.deepEqual(await again.verifyAudit(), { checked: 1, first: 7, last: eighth, problem: null });
  });

  test('a line that a log has told of is missed when it is not there, or not the same', async (t) => {
    const ledger = await place(t)();
    const head = await ledger.appendAudit([anEntry(), anEntry(), anEntry()]);
    const problem = async (seq: number, hash: string) => (await ledger.verifyAudit({ seq, hash })).problem;
    assert.equal(await problem(head.seq, head.hash), null);
    assert.match((await problem(4, head.hash)) ?? '', /line 4 is missing/);
    assert.match((await problem(2, head.hash)) ?? '', /line 2 has another seal/);
  });

  test('a walk over many steps sees lines that come and go meanwhile', async (t) => {
    const ledger = await place(t)();
    for (let n = 0; n < 5; n++) await ledger.appendAudit(Array.from({ length: 1000 }, () => anEntry()));
    await ledger.appendAudit([anEntry({ who: 'grace' })]);
    const verifying = ledger.verifyAudit();
    const pruning = ledger.pruneAudit(2000, 4500);
    const appending = ledger.appendAudit([anEntry()]);
    assert.equal(await pruning, 4500);
    const verdict = await verifying;
    const appended = await appending;
    assert.equal(verdict.problem, null);
    // Where the walk is not in one queue with the others, it may have ended before.
    assert.ok([5001, appended.seq].includes(verdict.last?.seq ?? 0));
    assert.deepEqual((await ledger.verifyAudit()).last, appended);
    assert.deepEqual(await numbers(ledger, { who: 'grace' }), [5001]);
  });
}

async function numbers(ledger: Ledger, query: Omit<AuditQuery, 'limit'>): Promise<number[]> {
  return (await ledger.listAudit({ ...query, limit: 100 })).records.map(({ seq }) => seq);
}
