import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { storeContract } from '../store.contract.ts';
import { openSqliteStore } from './open-sqlite.ts';
import { openSqliteReaders } from './reader-pool.ts';

const log = { info: () => undefined, warn: () => undefined };

function databasePath(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-store-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'umbel.db');
}

storeContract('SQLite, on the calling thread', async (t) => {
  const store = await openSqliteStore({ path: databasePath(t), log });
  t.after(() => store.close());
  return store;
});

storeContract('SQLite, through the pool of reading threads', async (t) => {
  const path = databasePath(t);
  const writer = await openSqliteStore({ path, log });
  const readers = await openSqliteReaders({ path, log });
  t.after(async () => {
    await readers.close();
    await writer.close();
  });
  return readers;
});
