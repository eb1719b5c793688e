// A SQLite store that mends itself: when damage is met while running, the file is closed, moved aside and begun anew, as at a start.
// For the writer. Readers notice the new file by themselves (reader-worker.ts).
import { type Store, StoreError } from '../store.ts';
import { openSqliteStore } from './open-sqlite.ts';
import type { OwnFileOptions } from './sqlite-file.ts';

/**
 * Opens the store for its one owner. A call that meets damage rejects with `unavailable`, and can be tried again.
 * @throws StoreError `unavailable`, `full`, `too_new`
 */
export async function openSqliteHistory(options: OwnFileOptions): Promise<Store> {
  let current = openSqliteStore(options);
  let closed = false;
  await current;

  type Method = Exclude<keyof Store, 'close' | typeof Symbol.asyncDispose>;
  const call =
    <Name extends Method>(name: Name) =>
    async (...parameters: Parameters<Store[Name]>): Promise<Awaited<ReturnType<Store[Name]>>> => {
      if (closed) throw new StoreError('closed', 'the store is closed');
      const used = current;
      try {
        const store = await used;
        const method = store[name] as (...parameters: unknown[]) => Promise<Awaited<ReturnType<Store[Name]>>>;
        return await method(...parameters);
      } catch (error) {
        if (!(error instanceof StoreError) || error.code === 'closed') throw error;
        const isOpen = await used.then(
          () => true,
          () => false,
        );
        if (isOpen && error.code !== 'damaged') throw error;
        if (current === used) {
          current = reopen(used, isOpen);
          // When that fails, the next call hears of it and tries again; until then nobody listens.
          current.catch(() => undefined);
        }
        throw new StoreError('unavailable', error.message, error);
      }
    };

  async function reopen(used: Promise<Store>, isOpen: boolean): Promise<Store> {
    if (isOpen) await (await used).close();
    return openSqliteStore({ ...options, suspect: true });
  }

  const store: Store = {
    readTasks: call('readTasks'),
    write: call('write'),
    listTasks: call('listTasks'),
    facets: call('facets'),
    histogram: call('histogram'),
    tallies: call('tallies'),
    writeGauges: call('writeGauges'),
    gauges: call('gauges'),
    tidy: call('tidy'),
    childrenOf: call('childrenOf'),
    taskTypes: call('taskTypes'),
    countByState: call('countByState'),
    workers: call('workers'),
    workerDetails: call('workerDetails'),
    writeWorkerDetails: call('writeWorkerDetails'),
    prune: call('prune'),
    previewPrune: call('previewPrune'),
    shrink: call('shrink'),
    facts: call('facts'),
    claim: call('claim'),
    sharing: call('sharing'),
    async close() {
      closed = true;
      await (await current.catch(() => undefined))?.close();
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
  return store;
}
