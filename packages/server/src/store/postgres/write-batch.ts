// Applies one batch of the collector in one transaction, whole or not at all.
//
// When the connection goes while the server commits, nobody knows whether the batch was applied. Then the server is asked what became of
// the transaction. While it cannot be asked either, the batch is refused; whoever tries again reads the tasks first (store.ts), and adds
// to the counts only what is still missing.
import { setTimeout as delay } from 'node:timers/promises';
import type { Tally } from '../../measures/tally.ts';
import { type StoreBatch, StoreError } from '../store.ts';
import { type Labels, LabelsGone } from './labels.ts';
import { sqlState } from './postgres-errors.ts';
import { holdSlices } from './share.ts';
import type { Tallies } from './tallies.ts';
import { IdsUsedUp, type TaskIds } from './task-ids.ts';
import { LabelsMissing, type Tasks } from './tasks.ts';
import { CommitDoubt, type Transactions } from './transactions.ts';
import { forgetWorkers, writeWorkers } from './workers.ts';

/** A row has no partition: its generation was dropped while this process held ids of it. */
const NO_PARTITION = '23514';
const TRIES = 6;
/** How often the server is asked what became of a transaction, and how long the pauses are. */
const QUESTIONS = 4;
const PAUSE_MS = 250;

export interface BatchParts {
  readonly transactions: Transactions;
  readonly tasks: Tasks;
  readonly labels: Labels;
  readonly ids: TaskIds;
  readonly tallies: Tallies;
  /** Whose slices are written (share.ts). */
  readonly holder: string | undefined;
  /** Epoch seconds. */
  readonly nowS: () => number;
}

export function createBatchWriter(parts: BatchParts): (batch: StoreBatch) => Promise<void> {
  const { transactions, tasks, labels, ids } = parts;

  const writeOnce = async (batch: StoreBatch, tallies: readonly Tally[]): Promise<void> => {
    const written = await transactions.write(async (client, xid) => {
      if (parts.holder !== undefined) await holdSlices(client, parts.holder, namesOf(batch));
      const answer = await tasks.write(client, xid, batch.tasks);
      await forgetWorkers(client, batch.forgottenWorkers ?? []);
      await writeWorkers(client, batch.workers);
      await parts.tallies.add(client, tallies, parts.nowS());
      // Last, because every other writer waits for these rows.
      await labels.count(client, answer.labelChanges);
      return answer;
    });
    tasks.remember(written);
  };

  const writeReady = async (batch: StoreBatch, tallies: readonly Tally[]): Promise<void> => {
    for (let tries = 1; ; tries++) {
      try {
        await ids.reserve(batch.tasks.length);
        return await writeOnce(batch, tallies);
      } catch (error) {
        if (tries === TRIES) throw error;
        if (error instanceof LabelsMissing)
          await transactions.write((client) => labels.make(client, error.missing));
        else if (error instanceof LabelsGone) labels.forget();
        else if (sqlState(error) === NO_PARTITION) ids.forget();
        else if (!(error instanceof IdsUsedUp)) throw error;
      }
    }
  };

  /** @throws StoreError `unavailable` while nobody knows */
  const wasCommitted = async (xid: string): Promise<boolean> => {
    for (let question = 1; ; question++) {
      const status = await transactions
        .read(async (client) => {
          const { rows } = await client.query<{ status: string | null }>(
            'SELECT pg_xact_status($1::xid8) AS status',
            [xid],
          );
          return rows[0]?.status ?? 'aborted';
        })
        // A server that took over from another one may never have heard of it.
        .catch((error: unknown) => (error instanceof StoreError ? error : 'aborted'));
      if (typeof status === 'string' && status !== 'in progress') return status === 'committed';
      if (question === QUESTIONS) {
        throw new StoreError(
          'unavailable',
          'PostgreSQL does not say whether the last batch was written',
          status,
        );
      }
      await delay(PAUSE_MS);
    }
  };

  return async (given: StoreBatch): Promise<void> => {
    // The collector's records go on changing while the server is waited for: what is written is what was counted.
    const batch = { ...given, tasks: given.tasks.map((task) => ({ ...task })) };
    try {
      await writeReady(batch, batch.tallies ?? []);
    } catch (error) {
      if (!(error instanceof CommitDoubt) || !(await wasCommitted(error.xid))) throw error;
    }
  };
}

/** By which its tasks and workers belong to slices. */
function* namesOf({ tasks, workers, forgottenWorkers = [] }: StoreBatch): Generator<string> {
  for (const { uuid } of tasks) yield uuid;
  for (const { hostname } of workers) yield hostname;
  yield* forgottenWorkers;
}
