// Reads the Python-like text of args, kwargs and results back into a value, wherever the text leaves no doubt about it.
// Workers and clients write it by Celery's saferepr, whose text is not always valid Python (saferepr-strings.ts); what
// cannot be that is read as Python's own repr(). Nothing is evaluated; time is linear in the text.
import { endsInCutNote } from './cut-note.ts';
import { NotALiteral, readPythonLiteral, type StringReader } from './python-literal-reader.ts';
import { readReprString } from './repr-strings.ts';
import { readSafereprString } from './saferepr-strings.ts';

/**
 * `truncated`: Celery left something out (1,024 characters, three levels), or Umbel did (cut-note.ts). `unreadable`: objects without a literal
 * (`Decimal('1')`, `<Foo object at …>`), or text that does not tell what was there.
 */
export type PythonRepr =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: 'truncated' | 'unreadable' };

/** Longer text is not read; Celery's own limit is 1,024. */
const MAX_CHARS = 256 * 1_024;

/**
 * Reads `text`. Tuples, lists and sets become arrays, dict keys text as in JSON; numbers are exact (exact-number.ts),
 * nan and inf become `'NaN'` and `'Infinity'`, bytes UTF-8 text.
 * A string that ends with `...` counts as truncated, since Celery may have cut it there.
 * @param writer what wrote the text. `saferepr` (default): Celery, so a backslash in a string is a backslash; text that
 *   it cannot have written is read as repr(). `repr`: Python's repr() for sure, so `'\n'` is a line end.
 */
export function parsePythonRepr(text: string, writer: 'saferepr' | 'repr' = 'saferepr'): PythonRepr {
  if (endsInCutNote(text)) return { ok: false, reason: 'truncated' };
  if (text === '' || text.length > MAX_CHARS) return { ok: false, reason: 'unreadable' };
  if (writer === 'saferepr') {
    const outcome = read(text, readSafereprString);
    if (!(outcome instanceof NotALiteral)) return outcome;
    if (outcome.why === 'cut') return { ok: false, reason: 'truncated' };
    if (outcome.why === 'doubtful') return { ok: false, reason: 'unreadable' };
  }
  const outcome = read(text, readReprString);
  if (!(outcome instanceof NotALiteral)) return outcome;
  return { ok: false, reason: outcome.why === 'cut' || endsWithDots(text) ? 'truncated' : 'unreadable' };
}

function read(text: string, readString: StringReader): PythonRepr | NotALiteral {
  try {
    return { ok: true, value: readPythonLiteral(text, readString) };
  } catch (error) {
    if (error instanceof NotALiteral) return error;
    throw error;
  }
}

/** For text that is unreadable for another reason too, such as an object before the cut. */
function endsWithDots(text: string): boolean {
  return /\.\.\.['"]?,?[)\]}]*$/.test(text);
}
