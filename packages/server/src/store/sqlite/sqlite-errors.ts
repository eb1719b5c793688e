// SQLite's result codes as StoreError. Codes: https://www.sqlite.org/rescode.html; the low byte is the primary code.
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreError } from '../store.ts';

const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
const DAMAGED = new Set([11 /* CORRUPT */, 26 /* NOTADB */]);
const UNAVAILABLE = new Set([
  3 /* PERM */,
  5 /* BUSY */,
  6 /* LOCKED */,
  7 /* NOMEM */,
  8 /* READONLY */,
  9 /* INTERRUPT */,
  SQLITE_IOERR,
  14 /* CANTOPEN */,
  15 /* PROTOCOL: the race for the WAL's locks was lost many times */,
  22 /* NOLFS */,
]);
/** Below this much free space an I/O error means that the disk is full: SQLite cannot even grow its `-shm` file then. */
const NO_SPACE_BYTES = 1024 * 1024;

/** Primary result code of an error from node:sqlite, or undefined for any other error. */
export function primaryCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number')
    return undefined;
  return error.errcode & 0xff;
}

/** The StoreError that stands for `error`; an error that is not SQLite's comes back as it is. */
export function toStoreError(error: unknown, path: string): unknown {
  if (error instanceof StoreError) return error;
  if (error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_STATE') {
    return new StoreError('closed', 'the store is closed', error);
  }
  const code = primaryCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  if (code === SQLITE_FULL || (code === SQLITE_IOERR && isDiskFull(path))) {
    return new StoreError('full', `no space left to write ${path}`, error);
  }
  if (DAMAGED.has(code)) return new StoreError('damaged', `${path} is damaged: ${error.message}`, error);
  if (UNAVAILABLE.has(code)) {
    return new StoreError('unavailable', `${path} cannot be used now: ${error.message}`, error);
  }
  return error;
}

function isDiskFull(path: string): boolean {
  try {
    const disk = statfsSync(dirname(path));
    return disk.bavail * disk.bsize < NO_SPACE_BYTES;
  } catch {
    return false; // the folder itself is gone: not a matter of space
  }
}
