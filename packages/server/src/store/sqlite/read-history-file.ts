// A look at the file of the history by somebody who is not the server: read-only, of one moment, and nothing is made, moved or
// marked. The server may go on writing meanwhile.
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';
import { HISTORY_FILE } from './file-schema.ts';
import { startsWithMagic } from './quarantine.ts';
import { openSqliteFile } from './sqlite-file.ts';
import { toStoreError } from './sqlite-errors.ts';

/**
 * What `work` answers, about the file as it was when it began; null when the file is no history of Umbel.
 * @throws StoreError `unavailable`, also when the file is missing; `damaged`, `too_new`
 */
export async function readHistoryFile<T>(
  path: string,
  work: (database: DatabaseSync) => T | Promise<T>,
): Promise<T | null> {
  if (!isHistory(path)) return null;
  const database = await openSqliteFile({ path, access: 'read' }, HISTORY_FILE);
  try {
    // What is read first fixes the moment.
    database.exec('BEGIN; SELECT count(*) FROM sqlite_schema');
    return await work(database);
  } catch (error) {
    throw toStoreError(error, path);
  } finally {
    database.close();
  }
}

/** @throws StoreError */
function isHistory(path: string): boolean {
  try {
    if (!startsWithMagic(path)) return false;
    const database = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
    try {
      const id = database.prepare('PRAGMA application_id').get()?.['application_id'];
      return id === HISTORY_FILE.applicationId;
    } finally {
      database.close();
    }
  } catch (error) {
    if (error instanceof Error && 'syscall' in error)
      throw new StoreError('unavailable', `${path} cannot be read: ${error.message}`, error);
    throw toStoreError(error, path);
  }
}
