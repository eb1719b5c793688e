// Whether the file of the history is sound, for `umbel db check`: SQLite's own check, and whether the labels count what is there.
import type { DatabaseSync } from 'node:sqlite';
import { StoreError } from '../store.ts';
import { LABEL_KINDS, type LabelKind } from './labels.ts';
import { readHistoryFile } from './read-history-file.ts';

/** More problems of one sort than this say nothing new. */
const MAX_PROBLEMS = 100;

/**
 * What is wrong, a sentence each; empty when nothing is. Null when the file is no history of Umbel.
 * @throws StoreError other than `damaged`
 */
export async function checkHistory(path: string): Promise<readonly string[] | null> {
  const problems: string[] = [];
  try {
    const found = await readHistoryFile(path, (database) => {
      // One by one: a damaged file may tell something before it can be read no further.
      for (const row of database.prepare(`PRAGMA integrity_check(${MAX_PROBLEMS})`).iterate()) {
        const text = String(row['integrity_check']);
        if (text !== 'ok') problems.push(...text.split('\n'));
      }
      for (const kind of LABEL_KINDS) problems.push(...miscounts(database, kind), ...strays(database, kind));
      return problems;
    });
    return found === null ? null : problems;
  } catch (error) {
    if (!(error instanceof StoreError && error.code === 'damaged')) throw error;
    return [...problems, error.message];
  }
}

/** Labels whose count is not the number of tasks that hold them. */
function miscounts(database: DatabaseSync, kind: LabelKind): string[] {
  return database
    .prepare(
      `SELECT text, tasks, coalesce(held, 0) AS held FROM labels
       LEFT JOIN (SELECT ${kind} AS id, count(*) AS held FROM tasks WHERE ${kind} IS NOT NULL GROUP BY ${kind})
       USING (id)
       WHERE kind = ? AND tasks <> coalesce(held, 0) LIMIT ${MAX_PROBLEMS}`,
    )
    .all(kind)
    .map((row) => {
      const { text, tasks, held } = row as { text: string; tasks: number; held: number };
      return `the ${kind} ${text} counts ${tasks} tasks, and ${held} have it`;
    });
}

/** Tasks that hold a label which is not there, or is another kind's. */
function strays(database: DatabaseSync, kind: LabelKind): string[] {
  const { tasks } = database
    .prepare(
      `SELECT count(*) AS tasks FROM tasks
       WHERE ${kind} IS NOT NULL AND ${kind} NOT IN (SELECT id FROM labels WHERE kind = ?)`,
    )
    .get(kind) as { tasks: number };
  return tasks === 0 ? [] : [`${tasks} tasks have a ${kind} that is not in the list of labels`];
}
