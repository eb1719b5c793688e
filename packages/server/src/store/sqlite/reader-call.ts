// Which calls reader-pool.ts sends to the threads of reader-worker.ts.
import type { Store } from '../store.ts';

export type StoreMethod = Exclude<keyof Store, 'close' | typeof Symbol.asyncDispose>;

/** Methods that need a connection which may write. */
export const WRITING: ReadonlySet<StoreMethod> = new Set([
  'write',
  'writeWorkerDetails',
  'writeGauges',
  'tidy',
  'prune',
  'shrink',
]);
