// The Store in one SQLite file: puts the parts of this folder together.
// node:sqlite works on the calling thread: the collector opens its own on its thread, the desk reads through reader-pool.ts.
import type { Store, StoreBatch } from '../store.ts';
import { readFacts } from './facts.ts';
import { HISTORY_FILE } from './file-schema.ts';
import { createOldTasks } from './find-old.ts';
import { createGauges } from './gauges.ts';
import { tidyHistory } from './history-upkeep.ts';
import { createLabels } from './labels.ts';
import { createTaskScan } from './scan/scan-tasks.ts';
import { createChanges } from './columns/changes.ts';
import { openChunks } from './columns/chunks.ts';
import { createColumnsUpkeep } from './columns/columns-upkeep.ts';
import { previewPrune, pruneTasks, shrinkFile } from './prune.ts';
import { openSqliteFile, type SqliteFileOptions } from './sqlite-file.ts';
import { createTallies } from './tallies.ts';
import { createTalliesUpkeep } from './tallies-upkeep.ts';
import { createTasks } from './tasks.ts';
import { createTransactions } from './transactions.ts';
import { createWorkers } from './workers.ts';

/**
 * Opens the store in the file at `path`, made when it is missing.
 * @throws StoreError `unavailable`, `full`, `too_new`
 */
export async function openSqliteStore(options: SqliteFileOptions): Promise<Store> {
  const { path } = options;
  const database = await openSqliteFile(options, HISTORY_FILE);
  const labels = createLabels(database);
  const changes = createChanges(database);
  const tasks = createTasks(database, labels, (rowId) => changes.note(rowId));
  const workers = createWorkers(database);
  const tallies = createTallies(database);
  const gauges = createGauges(database);
  // Sealing may always have more to do in a flood; the others have little, once a minute, and must not wait for its end.
  const ageless = [createColumnsUpkeep(database, changes)];
  const upkeep = [createTalliesUpkeep(database, tallies), gauges, ...ageless];
  const chunks = openChunks(database, changes);
  const oldTasks = createOldTasks(database, { chunks, changes });
  const scan = createTaskScan(database, { labels, tasks, chunks });
  const dataVersion = database.prepare('PRAGMA data_version');
  let seenVersion: unknown;

  /** Changes when another connection has written: then what is remembered of the file may be wrong. */
  const forgetIfOthersWrote = () => {
    const version = dataVersion.get()?.['data_version'];
    if (version === seenVersion) return;
    seenVersion = version;
    tasks.forget();
    labels.forget();
    tallies.forget();
  };

  const transactions = createTransactions(database, {
    path,
    begun: forgetIfOthersWrote,
    failed: () => {
      tasks.forget();
      labels.forget();
      tallies.forget();
      changes.forget();
      oldTasks.forget();
    },
  });

  const { read, write } = transactions;
  const { now = Date.now } = options;
  const nowS = () => now() / 1000;

  const store: Store = {
    readTasks: (uuids) =>
      read(() => {
        const records = uuids.map((uuid) => tasks.read(uuid)).filter((record) => record !== undefined);
        return new Map(records.map((record) => [record.uuid, record]));
      }),
    write: (batch: StoreBatch) =>
      write(() => {
        for (const task of batch.tasks) tasks.write(task);
        changes.flush();
        labels.flushCounts();
        for (const hostname of batch.forgottenWorkers ?? []) workers.delete(hostname);
        for (const worker of batch.workers) workers.write(worker);
        tallies.add(batch.tallies ?? [], nowS());
      }),
    listTasks: (query) => read(() => scan.listTasks(query)),
    facets: (queries) => read(() => scan.facets(queries)),
    histogram: (query) => read(() => scan.histogram(query)),
    tallies: (query) => read(() => tallies.read(query, nowS())),
    writeGauges: (seen) => write(() => gauges.write(seen, nowS())),
    gauges: (query) => read(() => gauges.read(query)),
    tidy: (at = nowS()) => tidyHistory(transactions, at === null ? ageless : upkeep, at ?? nowS()),
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
        const deleted = pruneTasks(database, { labels, tasks, oldTasks }, rule);
        changes.flush();
        labels.flushCounts();
        if (deleted < rule.limit) labels.deleteUnheld();
        return deleted;
      }),
    previewPrune: (rule) => read(() => previewPrune(database, labels, rule)),
    shrink: (limitBytes) => write(() => shrinkFile(database, limitBytes)),
    facts: () => read(() => readFacts(database, labels, path)),
    // A file has one process that keeps it in order.
    claim: async () => true,
    sharing: async () => null,
    async close() {
      if (database.isOpen) database.close();
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
  return store;
}
