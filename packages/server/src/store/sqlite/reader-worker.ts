// One thread of reader-pool.ts: opens the file for itself and runs the calls that arrive.
import { statSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { type Store, StoreError } from '../store.ts';
import { openSqliteStore } from './open-sqlite.ts';
import { type StoreAnswer, type StoreCall, WRITING } from './reader-call.ts';

const { path } = workerData as { path: string };

interface OpenStore {
  readonly store: Store;
  /** The file that was opened. Another one is at the path when a damaged file was moved aside. */
  readonly inode: number | undefined;
}
const open = new Map<'read' | 'write', OpenStore>();

export default async function run({ method, parameters }: StoreCall): Promise<StoreAnswer> {
  try {
    const store = await openFor(WRITING.has(method) ? 'write' : 'read');
    const call = store[method] as (...parameters: readonly unknown[]) => Promise<unknown>;
    return { value: await call(...parameters) };
  } catch (error) {
    if (error instanceof StoreError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}

async function openFor(access: 'read' | 'write'): Promise<Store> {
  const inode = statSync(path, { throwIfNoEntry: false })?.ino;
  const known = open.get(access);
  if (known !== undefined && known.inode === inode) return known.store;
  open.delete(access);
  await known?.store.close();
  const store = await openSqliteStore({ path, access });
  open.set(access, { store, inode });
  return store;
}
