// Runs work in transactions of one connection, and tells every failure as a StoreError. Damage that is met is marked, so that the
// file is checked whole when it is opened again.
import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';
import { markSuspect } from './quarantine.ts';
import { toStoreError } from './sqlite-errors.ts';

export interface Transactions {
  /** Everything that `work` reads is of one moment. */
  readonly read: <T>(work: () => T) => Promise<T>;
  /** Nobody else writes meanwhile; all or nothing, durable when it resolves. */
  readonly write: <T>(work: () => T) => Promise<T>;
}

export interface TransactionHooks {
  readonly path: string;
  /** Before the work, inside the transaction. */
  readonly begun?: () => void;
  /** After the work was undone. */
  readonly failed?: () => void;
}

export function createTransactions(
  database: DatabaseSync,
  { path, begun, failed }: TransactionHooks,
): Transactions {
  const run = <T>(begin: 'BEGIN' | 'BEGIN IMMEDIATE', work: () => T): T => {
    try {
      if (!database.isOpen) throw new StoreError('closed', 'the store is closed');
      database.exec(begin);
      begun?.();
      const answer = work();
      database.exec('COMMIT');
      return answer;
    } catch (error) {
      if (database.isOpen && database.isTransaction) database.exec('ROLLBACK');
      failed?.();
      const failure = toStoreError(error, path);
      if (failure instanceof StoreError && failure.code === 'damaged') markSuspect(path);
      throw failure;
    }
  };
  return {
    // Async, so that whatever is thrown becomes a rejection.
    read: async (work) => run('BEGIN', work),
    write: async (work) => run('BEGIN IMMEDIATE', work),
  };
}
