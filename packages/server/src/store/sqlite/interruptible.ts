// Lets a thread be ended in the middle of a query. node:sqlite cannot interrupt one, and a thread that is ended runs on, at full
// speed, until SQLite returns; but it stops where SQLite calls a JavaScript function. So long queries call one, which does nothing.
import type { DatabaseSync } from 'node:sqlite';

/**
 * Always true; for the WHERE of queries over `tasks` that may look at every row. Calls the function for one row of sixteen: a scan
 * takes a tenth longer, where a call for each row would double it.
 */
export const INTERRUPTIBLE = '(id & 15 OR interruptible())';

/** For every connection whose queries say INTERRUPTIBLE. */
export function allowInterrupts(database: DatabaseSync): void {
  database.function('interruptible', { directOnly: true }, () => 1);
}
