// Imported before anything else (`node --import`), on each thread of a process: every transaction that writes a file takes as long to commit
// as on a disk whose fsync takes 0.5 to 2 seconds. As with such a disk the thread stands still meanwhile, and holds the lock of the file.
import { DatabaseSync } from 'node:sqlite';

const DELAYS_MS = [500, 2_000, 900, 1_500];
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const writing = new WeakSet<DatabaseSync>();
let commits = 0;

const exec = Reflect.get(DatabaseSync.prototype, 'exec');
DatabaseSync.prototype.exec = function slowly(sql) {
  if (sql === 'BEGIN IMMEDIATE') writing.add(this);
  else if (sql === 'COMMIT' && writing.delete(this)) {
    Atomics.wait(sleeper, 0, 0, DELAYS_MS[commits++ % DELAYS_MS.length]);
  } else if (sql === 'BEGIN') writing.delete(this);
  exec.call(this, sql);
};
