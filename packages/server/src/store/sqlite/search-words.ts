// Substring search without regard to case, also beyond ASCII, done by SQLite itself.
// SQLite's LIKE ignores case for ASCII only, and Celery writes an apostrophe inside a text as `\'`. So a task whose searchable columns
// hold such things gets their folded text in the column `folded` too (null for most tasks): plain columns are searched with
// LIKE, the others through `folded`.
import type { TaskRecord } from '@umbel/celery';
import { ESCAPED_APOSTROPHE, foldCase, foldText } from '../../query/fold-case.ts';

export { foldCase };

/** Printable ASCII and white space, where LIKE is right: it knows no other letters and stops at NUL. */
const PLAIN = /^[\s -~]*$/;
/** Stands between the columns in `folded`: a noncharacter, so that no word reaches from one column into the next. */
const SEPARATOR = '\uffff';
/** SQLite refuses LIKE patterns of more than 50,000 bytes; escaping may double the length. */
const LONGEST_LIKE = 20_000;

/** Columns of `tasks` that are searched, besides the name (a label) and `folded`. */
const COLUMNS = ['uuid', 'args', 'kwargs', 'result', 'exception'] as const;

/** What the column `folded` holds for a task; null when LIKE on the columns is enough. */
export function foldedText(task: TaskRecord): string | null {
  const texts = [task.uuid, task.args, task.kwargs, task.result, task.exception];
  if (texts.every((text) => text === null || isPlain(text))) return null;
  return foldText(texts.filter((text) => text !== null).join(SEPARATOR));
}

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !text.includes(ESCAPED_APOSTROPHE);
}

export interface SearchCondition {
  readonly sql: string;
  readonly values: readonly string[];
}

/** The uuid stands first in `folded`. */
const FOLDED_UUID = `substr(folded, 1, instr(folded || char(0xffff), char(0xffff)) - 1)`;

/**
 * SQL that is true for tasks which hold `word` somewhere.
 * @param where `names`: in name and uuid only
 * @param nameIds ids of the task names that hold the word
 */
export function wordCondition(
  word: string,
  where: 'everywhere' | 'names',
  nameIds: readonly number[],
): SearchCondition {
  const folded = foldCase(word);
  const parts = [`instr(${where === 'names' ? FOLDED_UUID : 'folded'}, ?)`];
  const values = [foldText(word)];
  if (nameIds.length > 0) {
    parts.push('name IN (SELECT value FROM json_each(?))');
    values.push(JSON.stringify(nameIds));
  }
  if (PLAIN.test(folded)) {
    for (const column of where === 'names' ? (['uuid'] as const) : COLUMNS) {
      const long = folded.length > LONGEST_LIKE;
      parts.push(long ? `instr(upper(${column}), ?)` : `${column} LIKE ? ESCAPE '\\'`);
      values.push(long ? folded : `%${folded.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`);
    }
  }
  return { sql: `(${parts.join(' OR ')})`, values };
}
