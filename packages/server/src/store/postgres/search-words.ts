// Substring search without regard to case, also beyond ASCII: what is searched, and the SQL that is true where a text is.
// Nearly all tasks are plain ASCII, where PostgreSQL's own upper case is right; the others keep their folded text in a column.
import { foldText } from '../../query/fold-case.ts';
import type { PathCondition, TextCondition } from '../../query/task-condition.ts';
import { needlesOf } from '../../query/path-needles.ts';
import { type Lexicon, labelWhere } from './label-sql.ts';
import { bind, type Sql, sql } from './sql.ts';
import { textCell } from './text-cell.ts';
import { all, any, exactly, known, UNKNOWN, type Verdict } from './verdict.ts';

/** Stands between the columns: a noncharacter, so that no word reaches from one column into the next. */
const SEPARATOR = "U&'\\FFFF'";

/** All that is searched of a row besides its name, in upper case. The index for searching is over this very expression. */
export const SEARCH_TEXT = `coalesce(folded, upper((coalesce(uuid_text, key::text) || ${SEPARATOR} || coalesce(args, '') || ${SEPARATOR}
  || coalesce(kwargs, '') || ${SEPARATOR} || coalesce(result, '') || ${SEPARATOR} || coalesce(exception, '')) COLLATE "C"))`;
const UUID_TEXT = `coalesce(split_part(folded, ${SEPARATOR}, 1), upper(coalesce(uuid_text, key::text) COLLATE "C"))`;

/** The text is in the name, or in what else is searched. */
export async function wordVerdict(
  lexicon: Lexicon,
  text: string,
  where: 'everywhere' | 'names' = 'everywhere',
): Promise<Verdict> {
  const folded = foldText(text);
  const named = await labelWhere(lexicon, 'name', (name) => foldText(name).includes(folded));
  const column = where === 'names' ? UUID_TEXT : SEARCH_TEXT;
  return any([named, exactly(sql`(${column} LIKE ${likeContains(folded)})`)]);
}

type LongText = 'args' | 'kwargs' | 'result' | 'exception' | 'traceback';

/** A text of its own column. */
export function longTextVerdict(
  field: LongText,
  { match, text }: Pick<TextCondition, 'match' | 'text'>,
): Verdict {
  if (match === 'is') return exactly(sql`(coalesce(${field}, '') = ${bind(textCell(text), 'text')})`);
  const folded = foldText(text);
  const pattern = match === 'starts' ? bind(`${likeText(folded)}%`, 'text') : likeContains(folded);
  // Of ASCII alone PostgreSQL's upper case is the folded text.
  const isAscii = sql`octet_length(${field}) = char_length(${field})`;
  const holds = sql`upper(replace(${field}, E'\\\\''', '''')) LIKE ${pattern}`;
  const own: Verdict = {
    possible: sql`coalesce(${holds} OR NOT ${isAscii}, false)`,
    certain: sql`coalesce(${holds} AND ${isAscii}, false)`,
  };
  if (field === 'traceback') return own;
  // Said once more for the index for searching.
  return all([exactly(sql`(${SEARCH_TEXT} LIKE ${likeContains(folded)})`), own]);
}

/** SQL cannot read arguments: it tells where the longest of the texts is that they must contain. */
export function pathVerdict(condition: PathCondition): Verdict {
  const [needle] = needlesOf(condition).toSorted((a, b) => b.length - a.length);
  const there = known(sql`(${condition.of} <> '')`);
  const possible =
    needle === undefined
      ? there
      : all([there, exactly(sql`(${SEARCH_TEXT} LIKE ${likeContains(foldText(needle))})`)]);
  return { possible: possible.possible, certain: UNKNOWN.certain };
}

function likeContains(folded: string): Sql {
  return bind(`%${likeText(folded)}%`, 'text');
}

function likeText(text: string): string {
  return textCell(text).replaceAll(/[\\%_]/g, String.raw`\$&`);
}
