// The ledger in PostgreSQL: what every ledger must do, and what happens to the server and beside it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { startPostgres } from '@umbel/testkit';
import { startLossyWay } from '../../../../test/store/lossy-way.ts';
import { aSession, anEntry, aToken, hashOf } from '../../../../test/store/sample-access.ts';
import { ledgerContract } from '../../ledger.contract.ts';
import type { Ledger } from '../../ledger.ts';
import { PAGE_CHARS, StoreError } from '../../store.ts';
import { openPostgresStore } from '../open-postgres.ts';
import { hasPostgresLedger, openPostgresLedger } from './open-ledger.ts';

const log = { info: () => undefined, warn: () => undefined };
const isStoreError = (code: string) => (error: unknown) => error instanceof StoreError && error.code === code;

async function openAt(t: TestContext, url: string): Promise<Ledger> {
  const ledger = await openPostgresLedger({ url, log });
  t.after(() => ledger.close());
  return ledger;
}

ledgerContract('PostgreSQL', (t) => {
  let database: ReturnType<typeof startPostgres> | undefined;
  return async () => {
    database ??= startPostgres(t);
    return openAt(t, (await database).url);
  };
});

test('processes that start and append at once over an empty database keep one chain, and a killed one leaves whole lines', async (t) => {
  const { url } = await startPostgres(t);
  const script = `
    const { openPostgresLedger } = await import(${JSON.stringify(new URL('./open-ledger.ts', import.meta.url).href)});
    const { anEntry } = await import(${JSON.stringify(new URL('../../../../test/store/sample-access.ts', import.meta.url).href)});
    const ledger = await openPostgresLedger({ url: ${JSON.stringify(url)}, log: { info() {}, warn() {} } });
    const target = String(process.pid);
    for (let n = 0; n < 40; n++) await ledger.appendAudit([anEntry({ target }), anEntry({ target })]);
    if (process.argv[1] === 'killed') process.kill(process.pid, 'SIGKILL');
    await ledger.close();`;
  const children = ['', 'killed'].map((argument) =>
    spawn(process.execPath, ['--conditions=source', '--input-type=module', '-e', script, argument], {
      stdio: 'inherit',
    }),
  );
  const ends = await Promise.all(children.map(async (child) => (await once(child, 'exit')) as unknown[]));
  assert.deepEqual(ends, [
    [0, null],
    [null, 'SIGKILL'],
  ]);
  const ledger = await openAt(t, url);
  const { checked, first, problem } = await ledger.verifyAudit();
  assert.deepEqual([checked, first, problem], [160, 1, null]);
  for (const { pid } of children)
    assert.equal((await ledger.listAudit({ target: String(pid), limit: 100 })).records.length, 80);
});

test('a ledger and a history that start at once share one schema', async (t) => {
  const postgres = await startPostgres(t);
  const { url } = postgres;
  assert.equal(await hasPostgresLedger({ url, log }), false);
  const opened = await Promise.all([
    openPostgresLedger({ url, log }),
    openPostgresStore({ url, log }),
    openPostgresLedger({ url, log }),
  ]);
  t.after(async () => void (await Promise.all(opened.map((one) => one.close()))));
  assert.equal(await hasPostgresLedger({ url, log }), true);
  const kinds = await postgres.query('SELECT kind FROM umbel.versions ORDER BY kind');
  assert.deepEqual(kinds, [{ kind: 'history' }, { kind: 'ledger' }]);
  await postgres.query("UPDATE umbel.versions SET version = 99 WHERE kind = 'ledger'");
  await assert.rejects(openPostgresLedger({ url, log }), isStoreError('too_new'));
});

test('of one-time secrets that two ledgers put at once no more than 10,000 are kept', async (t) => {
  const postgres = await startPostgres(t);
  const [one, two] = [await openAt(t, postgres.url), await openAt(t, postgres.url)];
  await postgres.query(
    `INSERT INTO umbel.access_once SELECT 'link', 'h' || n, '{}', 1 FROM generate_series(1, 9990) AS n`,
  );
  const puts = Array.from({ length: 40 }, (_, n) =>
    (n % 2 === 0 ? one : two).putOnce({ kind: 'link', hash: hashOf(`${n}`), data: {}, expiresAt: 1 }),
  );
  const refused = (await Promise.allSettled(puts)).filter(({ status }) => status === 'rejected');
  assert.equal(refused.length, 30);
  assert.ok(refused.every((put) => put.status === 'rejected' && isStoreError('full')(put.reason)));
});

test('while the server is away everything is unavailable, and afterwards all is there and goes on', async (t) => {
  const postgres = await startPostgres(t, { private: true });
  const ledger = await openAt(t, postgres.url);
  await ledger.writeSession(aSession('s'));
  await ledger.writeToken(aToken('t'));
  const head = await ledger.appendAudit([anEntry(), anEntry()]);
  await postgres.kill();
  const unavailable = isStoreError('unavailable');
  await assert.rejects(ledger.readSession(hashOf('s')), unavailable);
  await assert.rejects(ledger.appendAudit([anEntry()]), unavailable);
  await assert.rejects(ledger.takeOnce('link', hashOf('l'), 1), unavailable);
  await assert.rejects(ledger.verifyAudit(), unavailable);
  await postgres.restart();
  assert.deepEqual(await ledger.readSession(hashOf('s')), aSession('s'));
  assert.deepEqual(await ledger.readToken(hashOf('t')), aToken('t'));
  assert.equal((await ledger.appendAudit([anEntry()])).seq, 3);
  assert.equal((await ledger.verifyAudit(head)).problem, null);
});

test('lines whose commit nobody confirmed are in the trail once, also when they come again with others', async (t) => {
  const postgres = await startPostgres(t);
  const way = await startLossyWay(t, postgres);
  const ledger = await openAt(t, way.url(postgres.url));
  const targets = async () => (await ledger.listAudit({ limit: 100 })).records.map(({ target }) => target);
  const of = (target: string) => anEntry({ target });
  const [a, b, c, d] = [of('a'), of('b'), of('c'), of('d')];
  await ledger.appendAudit([a]);
  way.loseNextCommit();
  assert.equal((await ledger.appendAudit([b, c])).seq, 3);
  assert.deepEqual(await targets(), ['c', 'b', 'a']);

  way.loseNextCommit({ thenRefuse: true });
  await assert.rejects(ledger.appendAudit([d]), isStoreError('unavailable'));
  await assert.rejects(ledger.appendAudit([d]), isStoreError('unavailable'));
  way.accept();
  const last = await ledger.appendAudit([d, a]);
  assert.deepEqual(await targets(), ['a', 'd', 'c', 'b', 'a']);
  // Said again on purpose, it is a line of its own.
  assert.equal((await ledger.appendAudit([d])).seq, 6);
  assert.equal((await ledger.verifyAudit(last)).problem, null);
});

test('lines whose commit failed with the connection are appended by the next try', async (t) => {
  const postgres = await startPostgres(t);
  const ledger = await openAt(t, postgres.url);
  await postgres.query(`CREATE FUNCTION umbel.end_it() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'`);
  await postgres.query(`CREATE CONSTRAINT TRIGGER end_it AFTER INSERT ON umbel.audit_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION umbel.end_it()`);
  await assert.rejects(ledger.appendAudit([anEntry()]), isStoreError('unavailable'));
  await postgres.query('DROP TRIGGER end_it ON umbel.audit_lines');
  assert.equal((await ledger.appendAudit([anEntry()])).seq, 1);
  assert.deepEqual((await ledger.verifyAudit()).problem, null);
});

test('neither the location nor an error tells the password', async (t) => {
  const { url } = await startPostgres(t);
  const secret = new URL(url);
  secret.password = 'hush-hush';
  assert.doesNotMatch((await openAt(t, secret.href)).location, /hush/);
  const away = 'postgres://me:hush-hush@127.0.0.1:1/db';
  await assert.rejects(openPostgresLedger({ url: away, log }), (error: unknown) => {
    assert.ok(isStoreError('unavailable')(error));
    assert.doesNotMatch(String(error), /hush/);
    return true;
  });
});

test('a name of any length, and any character, is written and found', async (t) => {
  const ledger = await openAt(t, (await startPostgres(t)).url);
  const long = 'ä'.repeat(20_000);
  const odd = 'a\u0000b\u0010c\u0010\u0012';
  await ledger.appendAudit([anEntry({ who: long, target: `${long}!` }), anEntry({ who: odd, target: odd })]);
  await ledger.writeSession(aSession('s', { userAgent: odd }));
  const found = async (who: string) => (await ledger.listAudit({ who, limit: 9 })).records;
  assert.deepEqual(
    (await found(long)).map(({ target }) => target),
    [`${long}!`],
  );
  assert.deepEqual(
    (await found(odd)).map(({ target }) => target),
    [odd],
  );
  assert.equal((await ledger.readSession(hashOf('s')))?.userAgent, odd);
  assert.equal((await ledger.verifyAudit()).problem, null);
});

test('a page ends early when its texts are long, and the next one goes on behind it', async (t) => {
  const ledger = await openAt(t, (await startPostgres(t)).url);
  const replies = 'x'.repeat(PAGE_CHARS / 3);
  for (let n = 0; n < 8; n++) await ledger.appendAudit([anEntry({ replies })]);
  const pages: number[][] = [];
  for (let before: number | null | undefined; before !== null; ) {
    const page: Awaited<ReturnType<Ledger['listAudit']>> = await ledger.listAudit({ limit: 100, before });
    pages.push(page.records.map(({ seq }) => seq));
    before = page.next;
  }
  assert.ok(pages.length > 1);
  assert.deepEqual(pages.flat(), [8, 7, 6, 5, 4, 3, 2, 1]);
});

test('lines that are changed, removed or cut off by hand are refused, and told where the guard was taken away', async (t) => {
  const tamperings: readonly (readonly [string, RegExp])[] = [
    [`UPDATE umbel.audit_lines SET who = 'eve' WHERE seq = 6`, /^line 6 is not as it was/],
    ['DELETE FROM umbel.audit_lines WHERE seq = 6', /^line 6 is missing/],
    ['DELETE FROM umbel.audit_lines WHERE seq > 8', /^line 9 and what follows is missing/],
    ['TRUNCATE umbel.audit_lines', /^line 4 and what follows is missing/],
  ];
  for (const [tampering, problem] of tamperings) {
    const postgres = await startPostgres(t);
    const ledger = await openAt(t, postgres.url);
    await ledger.appendAudit(Array.from({ length: 10 }, (_, n) => anEntry({ at: n })));
    assert.equal(await ledger.pruneAudit(3, 10), 3);
    await assert.rejects(postgres.query(tampering), /audit trail/);
    assert.equal((await ledger.verifyAudit()).problem, null);
    await postgres.query('ALTER TABLE umbel.audit_lines DISABLE TRIGGER USER');
    await postgres.query(tampering);
    assert.match((await ledger.verifyAudit()).problem ?? '', problem);
  }
});
