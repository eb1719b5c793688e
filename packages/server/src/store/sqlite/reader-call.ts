// What crosses between reader-pool.ts and the threads of reader-worker.ts. Failures are data there, because an error that crosses
// threads loses its class and code.
import type { Store, StoreErrorCode } from '../store.ts';

export type StoreMethod = Exclude<keyof Store, 'close' | typeof Symbol.asyncDispose>;

/** Methods that need a connection which may write. */
export const WRITING: ReadonlySet<StoreMethod> = new Set(['write', 'writeWorkerDetails', 'prune', 'shrink']);

export interface StoreCall {
  readonly method: StoreMethod;
  readonly parameters: readonly unknown[];
}

export type StoreAnswer =
  | { readonly value: unknown }
  | { readonly error: { readonly code: StoreErrorCode; readonly message: string } };
