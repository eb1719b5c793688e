// Files of the SQLite store, for tests of what happens to them.
import { mkdtempSync, rmSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite.ts';
import { type Store, StoreError, type StoreErrorCode } from '../../src/store/store.ts';
import { aTask } from './sample-records.ts';

export function folderFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'umbel-file-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A log that remembers its warnings. */
export function warnings(): { info(): void; warn(fields: object, text: string): void; texts: string[] } {
  const texts: string[] = [];
  return { info: () => undefined, warn: (_, text) => texts.push(text), texts };
}

export async function openAt(t: TestContext, path: string, log = warnings()): Promise<Store> {
  const store = await openSqliteStore({ path, log });
  t.after(() => store.close());
  return store;
}

export const failsWith = (code: StoreErrorCode) => (error: unknown) =>
  error instanceof StoreError && error.code === code;

export function batch(count: number, from = 0, args = 'x'.repeat(60)) {
  const tasks = Array.from({ length: count }, (_, n) =>
    aTask({ uuid: `t${from + n}`, received: 1000 + from + n, name: 'shop.add', args }),
  );
  return { tasks, workers: [] };
}

/** Path of a file with 4,800 tasks in 38 MB, too large to be checked whole at a start, with damage in its middle. */
export async function largeDamagedFile(t: TestContext): Promise<string> {
  const path = join(folderFor(t), 'umbel.db');
  const store = await openSqliteStore({ path, log: warnings() });
  for (let n = 0; n < 12; n++) await store.write(batch(400, n * 400, 'y'.repeat(8000)));
  await store.close();
  const file = await openFile(path, 'r+');
  await file.write(Buffer.alloc(1024 * 1024, 0xa5), 0, 1024 * 1024, 10 * 1024 * 1024);
  await file.close();
  return path;
}
