// What every Store must do, whatever keeps it. Implementations call `storeContract` from a test file of their own; the parts are in
// the files it imports.
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { NEWEST } from '../../test/store/asking.ts';
import { listingContract } from './listing.contract.ts';
import { measuringContract } from './measuring.contract.ts';
import { narrowingContract } from './narrowing.contract.ts';
import { placesContract } from './places.contract.ts';
import { pruningContract } from './pruning.contract.ts';
import { queryingContract } from './querying.contract.ts';
import { searchingContract } from './searching.contract.ts';
import { type Store, StoreError } from './store.ts';
import { workersContract } from './workers.contract.ts';
import { writingContract } from './writing.contract.ts';

/** Opens a new, empty store and registers its closing with `t.after`. */
export type OpenStore = (t: TestContext) => Promise<Store>;

export function storeContract(name: string, open: OpenStore): void {
  suite(name, () => {
    writingContract(open);
    listingContract(open);
    searchingContract(open);
    narrowingContract(open);
    workersContract(open);
    pruningContract(open);
    queryingContract(open);
    placesContract(open);
    measuringContract(open);

    const NOTHING = { tasks: [], total: 0, totalKind: 'exact', unseen: 0, places: null, truncated: false };
    test('an empty store answers everything', async (t) => {
      const store = await open(t);
      assert.deepEqual(await store.listTasks(NEWEST), NOTHING);
      assert.deepEqual(await store.taskTypes(), []);
      assert.deepEqual(await store.countByState(), new Map());
      assert.deepEqual(await store.workers(), []);
      assert.equal(await store.prune({ before: 1e10, maxBytes: 1, limit: 10 }), 0);
      const facts = await store.facts();
      assert.deepEqual([facts.tasks, facts.oldest], [0, null]);
      await store.write({ tasks: [], workers: [] });
    });

    test('after close every call is refused as closed', async (t) => {
      const store = await open(t);
      await store.close();
      await store.close();
      const isClosed = (error: unknown) => error instanceof StoreError && error.code === 'closed';
      await assert.rejects(store.listTasks(NEWEST), isClosed);
      await assert.rejects(store.write({ tasks: [], workers: [] }), isClosed);
      await assert.rejects(store.workers(), isClosed);
    });
  });
}
