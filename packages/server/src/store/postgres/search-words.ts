// Substring search without regard to case, also beyond ASCII: what is searched, and the SQL that is true where a word is.
// Nearly all tasks are plain ASCII, where PostgreSQL's own upper case is right; the others keep their folded text in a column.
import { foldText } from '../../query/fold-case.ts';
import type { Binder } from './binder.ts';
import { textCell } from './text-cell.ts';

/** Stands between the columns: a noncharacter, so that no word reaches from one column into the next. */
const SEPARATOR = "U&'\\FFFF'";

/** All that is searched of a row besides its name, in upper case. The index for searching is over this very expression. */
export const SEARCH_TEXT = `coalesce(folded, upper((coalesce(uuid_text, key::text) || ${SEPARATOR} || coalesce(args, '') || ${SEPARATOR}
  || coalesce(kwargs, '') || ${SEPARATOR} || coalesce(result, '') || ${SEPARATOR} || coalesce(exception, '')) COLLATE "C"))`;
const UUID_TEXT = `coalesce(split_part(folded, ${SEPARATOR}, 1), upper(coalesce(uuid_text, key::text) COLLATE "C"))`;

/**
 * SQL that is true for tasks which hold `word` somewhere.
 * @param where `names`: in name and uuid only
 * @param nameIds ids of the task names that hold the word
 */
export function wordCondition(
  binder: Binder,
  word: string,
  where: 'everywhere' | 'names',
  nameIds: readonly number[],
): string {
  const column = where === 'names' ? UUID_TEXT : SEARCH_TEXT;
  // A text contains another when their folded texts do; of plain ASCII PostgreSQL's upper case is the folded text.
  const contains = `${column} LIKE ${binder.bind(likePattern(foldText(word)), 'text')}`;
  if (nameIds.length === 0) return contains;
  return `(${contains} OR coalesce(name = ANY(${binder.bind(nameIds, 'int[]')}), false))`;
}

export function likePattern(text: string): string {
  return `%${textCell(text).replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
}
