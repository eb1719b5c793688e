// Writing and reading task rows by id. Lists are scan/'s.
import type { DatabaseSync } from 'node:sqlite';
import { READY_STATES, type TaskRecord } from '@umbel/celery';
import { LABEL_KINDS, type LabelKind, type Labels } from './labels.ts';
import { type Cell, COLUMNS, decodeTask, encodeTask, type TaskRow } from './task-row.ts';
import { uuidKey } from './uuid-key.ts';

/** How many children of a task are listed at most. */
const MAX_CHILDREN = 1000;
/** Rows remembered between reading and writing them: a few batches of the collector. */
const REMEMBERED = 20_000;

/** Which labels a stored task counts in. */
type StoredLabels = Readonly<Record<LabelKind, number | null>>;
type StoredRow = StoredLabels & { readonly id: number };

export interface Tasks {
  read(uuid: string): TaskRecord | undefined;
  readById(id: number): TaskRecord | undefined;
  /** Inserts or replaces. Inside a write transaction. */
  write(task: TaskRecord): void;
  childrenOf(uuid: string): string[];
  /** Deletes rows and takes them out of the labels' counts. Inside a write transaction. */
  delete(ids: readonly number[]): void;
  /** Forgets which rows are there: another connection has written, or a transaction failed. */
  forget(): void;
}

const LABEL_CELLS = LABEL_KINDS.map((kind) => [kind, COLUMNS.indexOf(kind)] as const);

/** @param onChange told the id of every row that is written or deleted */
export function createTasks(
  database: DatabaseSync,
  labels: Labels,
  onChange: (rowId: number) => void,
): Tasks {
  const columns = COLUMNS.join(', ');
  const byUuid = 'uuid_key = ? AND uuid = ?';
  const selectByUuid = database.prepare(`SELECT id, ${columns} FROM tasks WHERE ${byUuid}`);
  const selectById = database.prepare(`SELECT ${columns} FROM tasks WHERE id = ?`);
  const selectLabels = database.prepare(`SELECT id, ${LABEL_KINDS.join(', ')} FROM tasks WHERE ${byUuid}`);
  const selectLabelsById = database.prepare(`SELECT id, ${LABEL_KINDS.join(', ')} FROM tasks WHERE id = ?`);
  const insert = database.prepare(
    `INSERT INTO tasks (${columns}) VALUES (${COLUMNS.map(() => '?').join(', ')})`,
  );
  const update = database.prepare(
    `UPDATE tasks SET ${COLUMNS.map((name) => `${name} = ?`).join(', ')} WHERE id = ?`,
  );
  const remove = database.prepare('DELETE FROM tasks WHERE id = ?');
  const selectChildren = database.prepare(
    `SELECT uuid FROM tasks WHERE substr(parent_id, 1, 13) = substr(?, 1, 13) AND parent_id = ? ORDER BY abs(position), id LIMIT ${MAX_CHILDREN}`,
  );

  // What reading found is what writing needs a moment later; null: not in the table.
  const remembered = new Map<string, StoredRow | null>();
  const remember = (uuid: string, row: StoredRow | null) => {
    if (remembered.size >= REMEMBERED) remembered.clear();
    remembered.set(uuid, row);
  };
  const lookUp = (uuid: string): StoredRow | null => {
    const known = remembered.get(uuid);
    if (known !== undefined) return known;
    return (selectLabels.get(uuidKey(uuid), uuid) as StoredRow | undefined) ?? null;
  };
  const recount = (before: StoredLabels | null, cells: readonly Cell[]) => {
    for (const [kind, index] of LABEL_CELLS) {
      const now = cells[index] as number | null;
      const then = before === null ? null : before[kind];
      if (now === then) continue;
      labels.count(then, -1);
      labels.count(now, 1);
    }
  };

  return {
    read(uuid) {
      const row = selectByUuid.get(uuidKey(uuid), uuid) as (TaskRow & StoredRow) | undefined;
      remember(uuid, row ?? null);
      return row === undefined ? undefined : decodeTask(row, labels);
    },

    readById(id) {
      const row = selectById.get(id) as TaskRow | undefined;
      return row === undefined ? undefined : decodeTask(row, labels);
    },

    write(task) {
      const stored = lookUp(task.uuid);
      const cells = encodeTask(task, labels);
      recount(stored, cells);
      let id = stored?.id;
      if (id === undefined) id = Number(insert.run(...cells).lastInsertRowid);
      else update.run(...cells, id);
      onChange(id);
      // Nearly all tasks that have ended are never written again.
      if (READY_STATES.has(task.state)) {
        remembered.delete(task.uuid);
        return;
      }
      const row: Record<string, number | null> = { id };
      for (const [kind, index] of LABEL_CELLS) row[kind] = cells[index] as number | null;
      remember(task.uuid, row as unknown as StoredRow);
    },

    childrenOf: (uuid) => selectChildren.all(uuid, uuid).map((row) => row['uuid'] as string),

    delete(ids) {
      const none = COLUMNS.map(() => null);
      for (const id of ids) {
        const row = selectLabelsById.get(id) as StoredRow | undefined;
        if (row === undefined) continue;
        recount(row, none);
        remove.run(id);
        onChange(id);
      }
      remembered.clear();
    },

    forget: () => remembered.clear(),
  };
}
