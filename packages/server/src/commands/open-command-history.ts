// The history as a store, for commands that read or write tasks beside the server or without it.
import { existsSync } from 'node:fs';
import type { Log } from '@umbel/celery';
import { historyPlace } from '../config/history-place.ts';
import type { OptionValues } from '../config/options.ts';
import { openPostgresStore } from '../store/postgres/open-postgres.ts';
import { openSqliteHistory } from '../store/sqlite/open-history.ts';
import { openSqliteStore } from '../store/sqlite/open-sqlite.ts';
import { readHistoryFile } from '../store/sqlite/read-history-file.ts';
import type { Store } from '../store/store.ts';
import { lookAtHistory } from './command-history.ts';

/**
 * For reading.
 * @throws CommandError when there is none; StoreError
 */
export async function openHistoryToRead(config: OptionValues): Promise<Store> {
  const place = historyPlace(config);
  if (place.kind === 'postgres') return openPostgresStore({ url: place.url, log: SILENT });
  const path = await lookAtHistory(config, isHistory);
  return openSqliteStore({ path, access: 'read' });
}

/**
 * For deleting from it: never made when it is missing.
 * @throws CommandError when there is none; StoreError
 */
export async function openHistoryToPrune(config: OptionValues): Promise<Store> {
  const place = historyPlace(config);
  if (place.kind === 'postgres') return openPostgresStore({ url: place.url, log: SILENT });
  return openSqliteStore({ path: await lookAtHistory(config, isHistory), access: 'write' });
}

/**
 * For writing; a history that is not there is made.
 * @throws CommandError when the file is something else; StoreError
 */
export async function openHistoryToWrite(config: OptionValues): Promise<Store> {
  const place = historyPlace(config);
  if (place.kind === 'postgres') return openPostgresStore({ url: place.url, log: SILENT });
  const { path } = place;
  if (!existsSync(path)) return openSqliteHistory({ path, log: SILENT });
  return openSqliteStore({ path: await lookAtHistory(config, isHistory), access: 'write' });
}

async function isHistory(path: string): Promise<string | null> {
  return readHistoryFile(path, () => path);
}

/** A new file has nothing to say, and what fails in a database is thrown. */
const SILENT: Log = { info: () => {}, warn: () => {} };
