// The Store in one SQLite file: puts the parts of this folder together, and is the only place with transactions.
// node:sqlite works on the calling thread: the collector opens its own on its thread, the desk reads through reader-pool.ts.
import { type Store, type StoreBatch, StoreError } from '../store.ts';
import { readFacts } from './facts.ts';
import { allowInterrupts } from './interruptible.ts';
import { createLabels } from './labels.ts';
import { listTasks } from './list-tasks.ts';
import { readPage } from './read-page.ts';
import { pruneTasks, shrinkFile } from './prune.ts';
import { markSuspect } from './quarantine.ts';
import { toStoreError } from './sqlite-errors.ts';
import { openSqliteFile, type SqliteFileOptions } from './sqlite-file.ts';
import { createTasks } from './tasks.ts';
import { createWorkers } from './workers.ts';

/**
 * Opens the store in the file at `path`, made when it is missing.
 * @throws StoreError `unavailable`, `full`, `too_new`
 */
export async function openSqliteStore(options: SqliteFileOptions): Promise<Store> {
  const { path } = options;
  const database = await openSqliteFile(options);
  allowInterrupts(database);
  const labels = createLabels(database);
  const tasks = createTasks(database, labels);
  const workers = createWorkers(database);
  const dataVersion = database.prepare('PRAGMA data_version');
  let seenVersion: unknown;

  /** Changes when another connection has written: then what is remembered of the file may be wrong. */
  const forgetIfOthersWrote = () => {
    const version = dataVersion.get()?.['data_version'];
    if (version === seenVersion) return;
    seenVersion = version;
    tasks.forget();
    labels.forget();
  };

  const transaction = <T>(begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T => {
    try {
      if (!database.isOpen) throw new StoreError('closed', 'the store is closed');
      database.exec(begin);
      forgetIfOthersWrote();
      const answer = work();
      database.exec('COMMIT');
      return answer;
    } catch (error) {
      if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
      tasks.forget();
      labels.forget();
      const failure = toStoreError(error, path);
      if (failure instanceof StoreError && failure.code === 'damaged') markSuspect(path);
      throw failure;
    }
  };
  // Async, so that whatever is thrown becomes a rejection.
  const read = async <T>(work: () => T): Promise<T> => transaction('BEGIN', work);
  const write = async <T>(work: () => T): Promise<T> => transaction('BEGIN IMMEDIATE', work);

  const store: Store = {
    readTasks: (uuids) =>
      read(() => {
        const records = uuids.map((uuid) => tasks.read(uuid)).filter((record) => record !== undefined);
        return new Map(records.map((record) => [record.uuid, record]));
      }),
    write: (batch: StoreBatch) =>
      write(() => {
        for (const task of batch.tasks) tasks.write(task);
        labels.flushCounts();
        for (const hostname of batch.forgottenWorkers ?? []) workers.delete(hostname);
        for (const worker of batch.workers) workers.write(worker);
      }),
    listTasks: (query) =>
      read(() => {
        const { ids, total, totalIsExact } = listTasks(database, labels, query);
        return { ...readPage(tasks, ids), total, totalIsExact };
      }),
    childrenOf: (uuid) => read(() => tasks.childrenOf(uuid)),
    taskTypes: () =>
      read(() =>
        labels
          .held('name')
          .map(({ text }) => text)
          .sort(),
      ),
    countByState: () =>
      read(() => new Map(labels.held('state').map(({ text, tasks: count }) => [text, count]))),
    workers: () => read(() => workers.read()),
    workerDetails: () => read(() => workers.readDetails()),
    writeWorkerDetails: (details) => write(() => workers.writeDetails(details)),
    prune: (rule) =>
      write(() => {
        const deleted = pruneTasks(database, tasks, rule);
        labels.flushCounts();
        if (deleted < rule.limit) labels.deleteUnheld();
        return deleted;
      }),
    shrink: (limitBytes) => write(() => shrinkFile(database, limitBytes)),
    facts: () => read(() => readFacts(database, labels, path)),
    async close() {
      if (database.isOpen) database.close();
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
  return store;
}
