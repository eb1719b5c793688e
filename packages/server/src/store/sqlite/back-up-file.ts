// A copy of the file of the history while the server writes to it, for `umbel db backup`. The copy is of one moment: the
// transaction that it is read in stays open, so that writing meanwhile neither shows in it nor makes SQLite begin again.
import { randomBytes } from 'node:crypto';
import { closeSync, lstatSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { backup, DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';
import { createLabels, totalTasks } from './labels.ts';
import { readHistoryFile } from './read-history-file.ts';
import { toStoreError } from './sqlite-errors.ts';

/** Pages a step: 4 MB of the usual size. */
const PAGES_A_STEP = 1024;

export interface BackupOptions {
  /** Beside it, under another name, the copy grows until it is whole. */
  readonly target: string;
  /** Whether a file at `target` is replaced. */
  readonly replace: boolean;
}

/**
 * Answers what the copy holds; null when the file at `path` is no history of Umbel. Whatever fails, nothing is left behind.
 * @throws StoreError
 */
export function backUpHistory(
  path: string,
  { target, replace }: BackupOptions,
): Promise<{ readonly tasks: number; readonly bytes: number } | null> {
  return readHistoryFile(path, async (database) => {
    const tasks = totalTasks(createLabels(database));
    const part = `${target}.${randomBytes(6).toString('hex')}.part`;
    const removePart = () => {
      for (const end of ['', '-journal', '-wal', '-shm']) rmSync(part + end, { force: true });
    };
    try {
      // SQLite gives its journal the mode of the file.
      closeSync(openSync(part, 'wx', 0o600));
    } catch (error) {
      throw toCopyError(error, target);
    }
    const stopWatching = whenKilled(removePart);
    try {
      await backup(database, part, { rate: PAGES_A_STEP });
      leaveWalMode(part);
      const bytes = statSync(part).size;
      if (!replace && lstatSync(target, { throwIfNoEntry: false }) !== undefined)
        throw new StoreError('unavailable', `${target} was made by somebody else meanwhile, and is kept`);
      renameSync(part, target);
      return { tasks, bytes };
    } catch (error) {
      throw toCopyError(error, target);
    } finally {
      removePart();
      stopWatching();
    }
  });
}

/** So that whoever only reads the copy leaves no other files beside it; a server that it is given to enters the mode again. */
function leaveWalMode(path: string): void {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA journal_mode = DELETE');
  } finally {
    database.close();
  }
}

function toCopyError(error: unknown, target: string): unknown {
  if (!(error instanceof Error && 'syscall' in error)) return toStoreError(error, target);
  const code = 'code' in error && error.code === 'ENOSPC' ? 'full' : 'unavailable';
  return new StoreError(code, `the copy ${target} cannot be written: ${error.message}`, error);
}

/** Tidies up before a signal ends the process, as it would have without. */
function whenKilled(tidy: () => void): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const end = (signal: NodeJS.Signals) => {
    tidy();
    stop();
    process.kill(process.pid, signal);
  };
  const stop = () => {
    for (const signal of signals) process.off(signal, end);
  };
  for (const signal of signals) process.on(signal, end);
  return stop;
}
