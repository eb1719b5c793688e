// The Store in a PostgreSQL database: puts the parts of this folder together. Any number of processes may use it at once, and several
// collectors may write it.
import { type Log, maskUrls } from '@umbel/celery';
import type { Store } from '../store.ts';
import type { Facet } from '../task-counts.ts';
import { readFacet } from './facets.ts';
import { readFacts } from './facts.ts';
import { readGauges, thinGauges, writeGauges } from './gauges.ts';
import { claimDuty } from './duties.ts';
import { createGenerations } from './generations.ts';
import { readHistogram } from './histogram.ts';
import { createLabels } from './labels.ts';
import { listTasks } from './list-tasks.ts';
import { isNewest, migrate, readMigrations } from './migrate.ts';
import { previewPrune, pruneTasks } from './prune.ts';
import { readSharing } from './share.ts';
import { createTallies } from './tallies.ts';
import { createTaskIds } from './task-ids.ts';
import { createTasks } from './tasks.ts';
import { openTransactions } from './transactions.ts';
import { readWorkerDetails, readWorkers, writeWorkerDetails } from './workers.ts';
import { createBatchWriter } from './write-batch.ts';

const HISTORY = readMigrations('history', new URL('./migrations/', import.meta.url));
const SCHEMA_NAME = /^[a-z_][a-z0-9_]{0,40}$/;

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`. The user may make a schema, or it is there and theirs. */
  readonly url: string;
  readonly log: Log;
  /** Where the tables are; made when it is missing. Two Umbels with different schemas know nothing of each other. Default: `umbel`. */
  readonly schema?: string | undefined;
  /** Connections at most for questions, besides three for writing; made when they are needed. Default: 4. */
  readonly connections?: number | undefined;
  /** Epoch milliseconds. Default: Date.now. */
  readonly now?: (() => number) | undefined;
  /** Whose share of the slices is written (share.ts): of what belongs to others nothing is. Missing: everything may be written. */
  readonly holder?: string | undefined;
  /** How long a statement that reads may take; then it rejects with `too_slow`. Default: 10,000. */
  readonly readTimeoutMs?: number | undefined;
  /** How long a statement that writes may take. Default: 20,000. */
  readonly writeTimeoutMs?: number | undefined;
}

/**
 * Opens the store, and brings its tables up to date. Whoever opens it at the same time waits meanwhile.
 * @throws StoreError `unavailable` (also for a server that is too old), `full`, `too_new`; RangeError for a schema that is no name
 */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<Store> {
  const { url, log, schema = 'umbel', readTimeoutMs = 10_000, now = Date.now } = options;
  const nowS = () => now() / 1000;
  if (!SCHEMA_NAME.test(schema)) {
    throw new RangeError('a schema is called by small letters, digits and _, at most 41 of them');
  }
  const transactions = openTransactions({
    url,
    schema,
    log,
    connections: options.connections ?? 4,
    readTimeoutMs,
    writeTimeoutMs: options.writeTimeoutMs ?? 20_000,
  });
  const generations = createGenerations(transactions, schema, log);
  try {
    if (!(await transactions.read((client) => isNewest(client, schema, HISTORY)))) {
      await transactions.write((client) => migrate(client, schema, HISTORY), 'free');
    }
    await generations.prepare();
  } catch (error) {
    await transactions.close();
    throw error;
  }
  const labels = createLabels();
  const ids = createTaskIds(transactions, generations);
  const tasks = createTasks(labels, ids);
  const tallies = createTallies();
  const parts = { labels, tasks, readTimeoutMs };
  const write = createBatchWriter({
    transactions,
    tasks,
    labels,
    ids,
    tallies,
    holder: options.holder,
    nowS,
  });
  const read: typeof transactions.read = (work, how) => transactions.read(work, how);
  const location = maskUrls(url);

  const store: Store = {
    readTasks: (uuids) =>
      read((client) => tasks.read(client, uuids), { planning: 'by-index', isUrgent: true }),
    write,
    listTasks: (query) => read((client) => listTasks(client, parts, query)),
    facets: (queries) =>
      read(async (client) => {
        const facets: Facet[] = [];
        for (const query of queries) facets.push(await readFacet(client, parts, query));
        return facets;
      }),
    histogram: (query) => read((client) => readHistogram(client, parts, query)),
    tallies: (query) => read((client) => tallies.read(client, query, nowS())),
    writeGauges: (gauges) => transactions.write((client) => writeGauges(client, gauges, nowS())),
    gauges: (query) => read((client) => readGauges(client, query)),
    tidy: async (at = nowS()) => {
      const isMore =
        at !== null &&
        (await transactions.write(
          async (client) => (await tallies.deleteOld(client, at)) || (await thinGauges(client, at)),
          'free',
        ));
      return (await generations.tidy()) || isMore;
    },
    childrenOf: (uuid) => read((client) => tasks.childrenOf(client, uuid), { planning: 'by-index' }),
    taskTypes: () =>
      read(async (client) => (await labels.held(client, 'name')).map(({ text }) => text).sort()),
    countByState: () =>
      read(async (client) => {
        const states = await labels.held(client, 'state');
        return new Map(states.map(({ text, tasks: count }) => [text, count]));
      }),
    workers: () => read(readWorkers),
    workerDetails: () => read(readWorkerDetails),
    writeWorkerDetails: (details) => transactions.write((client) => writeWorkerDetails(client, details)),
    prune: (rule) =>
      transactions.write(async (client) => {
        const deleted = await pruneTasks(client, labels, tasks, rule);
        if (deleted < rule.limit) await labels.deleteUnheld(client);
        return deleted;
      }, 'free'),
    previewPrune: (rule) => read((client) => previewPrune(client, labels, rule)),
    shrink: () => generations.dropEmpty(),
    facts: () => read((client) => readFacts(client, schema, location)),
    claim: (duty, holder, seconds) =>
      transactions.write((client) => claimDuty(client, { duty, holder, seconds })),
    sharing: () => read(readSharing),
    async close() {
      await generations.close();
      await transactions.close();
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
  return store;
}
