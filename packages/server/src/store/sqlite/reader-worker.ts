// One thread of reader-pool.ts: opens the file for itself and runs the calls that arrive. Failures go back as data, because an
// error that crosses threads loses its class and code.
import { statSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { type Store, StoreError, type StoreErrorCode } from '../store.ts';
import { openSqliteStore } from './open-sqlite.ts';

export type StoreMethod = Exclude<keyof Store, 'close' | typeof Symbol.asyncDispose>;

/** Methods that need a connection which may write. */
const WRITING: readonly StoreMethod[] = ['write', 'writeWorkerDetails', 'prune', 'shrink'];

export interface StoreCall {
  readonly method: StoreMethod;
  readonly parameters: readonly unknown[];
}

export type StoreAnswer =
  | { readonly value: unknown }
  | { readonly error: { readonly code: StoreErrorCode; readonly message: string } };

const { path } = workerData as { path: string };
// What there is to say about the file was said when the collector opened it.
const log = { info: () => undefined, warn: () => undefined };

interface OpenStore {
  readonly store: Store;
  /** The file that was opened. Another one is at the path when a damaged file was moved aside. */
  readonly inode: number | undefined;
}
const open = new Map<'reading' | 'writing', OpenStore>();

export default async function run({ method, parameters }: StoreCall): Promise<StoreAnswer> {
  try {
    const store = await openFor(WRITING.includes(method) ? 'writing' : 'reading');
    const call = store[method] as (...parameters: readonly unknown[]) => Promise<unknown>;
    return { value: await call(...parameters) };
  } catch (error) {
    if (error instanceof StoreError) return { error: { code: error.code, message: error.message } };
    throw error;
  }
}

async function openFor(purpose: 'reading' | 'writing'): Promise<Store> {
  const inode = statSync(path, { throwIfNoEntry: false })?.ino;
  const known = open.get(purpose);
  if (known !== undefined && known.inode === inode) return known.store;
  open.delete(purpose);
  await known?.store.close();
  const store = await openSqliteStore({ path, readOnly: purpose === 'reading', log });
  open.set(purpose, { store, inode });
  return store;
}
