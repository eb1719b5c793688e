// What every Ledger must do, whatever keeps it. Implementations call `ledgerContract` from a test file of their own; the parts are in
// the files it imports.
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { aSession, anEntry, aToken, hashOf } from '../../test/store/sample-access.ts';
import { accessContract } from './access.contract.ts';
import { auditContract } from './audit.contract.ts';
import type { Ledger } from './ledger.ts';
import { StoreError } from './store.ts';

/** Makes a place for a new, empty ledger and answers how to open it, as often as one likes: what is open is closed with the test. */
export type LedgerPlace = (t: TestContext) => () => Promise<Ledger>;

export function ledgerContract(name: string, place: LedgerPlace): void {
  suite(name, () => {
    accessContract(place);
    auditContract(place);

    test('a restart keeps everything', async (t) => {
      const open = place(t);
      const before = await open();
      await before.writeSession(aSession('s'));
      await before.writeToken(aToken('t'));
      await before.putOnce({ kind: 'link', hash: hashOf('l'), data: { next: '/' }, expiresAt: 50 });
      const head = await before.appendAudit([anEntry(), anEntry({ action: 'session.sign_in' })]);
      await before.close();

      const after = await open();
      assert.deepEqual(await after.readSession(hashOf('s')), aSession('s'));
      assert.deepEqual(await after.readToken(hashOf('t')), aToken('t'));
      assert.deepEqual(await after.takeOnce('link', hashOf('l'), 49), { next: '/' });
      assert.deepEqual((await after.verifyAudit(head)).problem, null);
      assert.equal((await after.appendAudit([anEntry()])).seq, 3);
    });

    test('after close every call is refused as closed', async (t) => {
      const ledger = await place(t)();
      await ledger.close();
      await ledger.close();
      const isClosed = (error: unknown) => error instanceof StoreError && error.code === 'closed';
      await assert.rejects(ledger.readSession(hashOf('s')), isClosed);
      await assert.rejects(ledger.writeToken(aToken('t')), isClosed);
      await assert.rejects(ledger.appendAudit([anEntry()]), isClosed);
      await assert.rejects(ledger.listAudit({ limit: 1 }), isClosed);
      await assert.rejects(ledger.verifyAudit(), isClosed);
    });
  });
}
