// Walks through the tasks of which SQL does not know whether they match, and asks each of them.
import type { TaskRecord } from '@umbel/celery';
import type { ClientBase } from 'pg';
import type { Budget } from './budget.ts';
import { type Sql, sql, written } from './sql.ts';
import { READ_COLUMNS, type TaskRow } from './task-row.ts';
import type { PlaceRow } from './task-order.ts';
import type { Selection } from './task-selection.ts';
import type { Tasks } from './tasks.ts';

/** Rows read at once: few first, because many pages are full soon. */
const FIRST_ROWS = 100;
const MOST_ROWS = 800;

/** A row with the columns that were asked for besides. */
export type ScannedRow = TaskRow & PlaceRow;

export interface Scan {
  /** Rows looked at. */
  readonly seen: number;
  /** Whether these were all. */
  readonly done: boolean;
}

/**
 * @param rows what stands behind FROM: WHERE, and ORDER BY if the order matters
 * @param columns besides those of the records
 * @param onMatch answers whether to go on
 */
export async function scanTasks(
  client: ClientBase,
  tasks: Tasks,
  selection: Selection,
  options: {
    readonly columns: string;
    readonly rows: Sql;
    readonly budget: Budget;
    readonly onMatch: (record: TaskRecord, row: ScannedRow) => boolean;
  },
): Promise<Scan> {
  const { columns, rows, budget, onMatch } = options;
  const select = sql`DECLARE scan NO SCROLL CURSOR FOR SELECT ${READ_COLUMNS.join(', ')}, ${columns} FROM tasks ${rows}`;
  await client.query('SAVEPOINT scanning');
  await client.query(written(select));
  let seen = 0;
  let size = FIRST_ROWS;
  let done = false;
  let wanted = true;
  while (wanted && !done && budget.leftMs() > 0) {
    const fetched = await budget.within(() => client.query<ScannedRow>(`FETCH ${size} FROM scan`));
    if (fetched === undefined) break;
    const records = await tasks.decode(client, fetched.rows);
    const picked = selection.picks === null ? null : await selection.picks(records);
    for (const [index, record] of records.entries()) {
      const row = fetched.rows[index];
      if (row === undefined || picked?.[index] === false) continue;
      if (!onMatch(record, row)) {
        wanted = false;
        break;
      }
    }
    seen += records.length;
    done = records.length < size;
    size = Math.min(MOST_ROWS, size * 2);
  }
  // Takes the cursor away, whatever became of it.
  await client.query('ROLLBACK TO SAVEPOINT scanning');
  return { seen, done: done && wanted };
}

/** How many rows meet the condition, as the server guesses. */
export async function estimatedRows(client: ClientBase, where: Sql): Promise<number> {
  const { rows } = await client.query<Record<'QUERY PLAN', readonly { Plan: Record<string, number> }[]>>(
    written(sql`EXPLAIN (FORMAT JSON) SELECT 1 FROM tasks WHERE ${where}`),
  );
  return Math.round(rows[0]?.['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0);
}
