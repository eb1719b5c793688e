// The text of a task for searching where PostgreSQL's own upper case of its columns is not the folded text.
import type { TaskRecord } from '@umbel/celery';
import { ESCAPED_APOSTROPHE, foldText } from '../../query/fold-case.ts';

/** Printable ASCII and white space, of which PostgreSQL knows the upper case whatever its locale. */
const PLAIN = /^[\s -~]*$/;
/** As search-words.ts has it in SQL. */
const SEPARATOR = '\uffff';

/** What the column `folded` holds for a task; null when its columns are plain. */
export function foldedText({ uuid, args, kwargs, result, exception }: TaskRecord): string | null {
  const texts = [uuid, args, kwargs, result, exception];
  if (texts.every((text) => text === null || isPlain(text))) return null;
  return foldText(texts.map((text) => text ?? '').join(SEPARATOR));
}

function isPlain(text: string): boolean {
  return PLAIN.test(text) && !text.includes(ESCAPED_APOSTROPHE);
}
