// Reads the Python-like text of args, kwargs and results back into a value, wherever the text leaves no doubt about it.
// Workers and clients write it by Celery's saferepr, whose text is not always valid Python (saferepr-strings.ts); what
// cannot be that is read as Python's own repr(). Nothing is evaluated; time is linear in the text.
import { NotALiteral, readPythonLiteral } from './python-literal-reader.ts';
import { readReprString } from './repr-strings.ts';
import { createSafereprStrings } from './saferepr-strings.ts';

/**
 * `truncated`: Celery left something out (1,024 characters, three levels). `unreadable`: objects without a literal
 * (`Decimal('1')`, `<Foo object at …>`), or text that can be read in more than one way.
 */
export type PythonRepr =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: 'truncated' | 'unreadable' };

/** Longer text is not read; Celery's own limit is 1,024. */
const MAX_CHARS = 256 * 1_024;

/** Honest text with many doubtful quotes has few readings; more only costs time. */
const MAX_READINGS = 64;

const TRUNCATED: PythonRepr = { ok: false, reason: 'truncated' };
const UNREADABLE: PythonRepr = { ok: false, reason: 'unreadable' };

/**
 * Reads `text`. Tuples, lists and sets become arrays, dict keys text as in JSON; numbers are exact (exact-number.ts),
 * nan and inf become `'NaN'` and `'Infinity'`, bytes UTF-8 text.
 * A string that ends with `...` counts as truncated, since Celery may have cut it there.
 * @param writer what wrote the text. `saferepr` (default): Celery, so a backslash in a string is a backslash; text that
 *   it cannot have written is read as repr(). `repr`: Python's repr() for sure, so `'\n'` is a line end.
 */
export function parsePythonRepr(text: string, writer: 'saferepr' | 'repr' = 'saferepr'): PythonRepr {
  if (text === '' || text.length > MAX_CHARS) return UNREADABLE;
  if (writer === 'saferepr') {
    const reading = readSaferepr(text);
    if (reading !== undefined) return reading;
  }
  const reading = attempt(() => readPythonLiteral(text, readReprString));
  if (reading.ok) return reading;
  return endsWithDots(text) ? TRUNCATED : UNREADABLE;
}

/** Undefined when saferepr cannot have written the text. */
function readSaferepr(text: string): PythonRepr | undefined {
  const choices: boolean[] = [];
  let whole: PythonRepr | undefined;
  let isPart = false;
  for (let reading = 0; reading < MAX_READINGS; reading++) {
    const { outcome, sawCut } = readWith(text, choices);
    if (outcome.ok) {
      if (whole !== undefined) return UNREADABLE;
      whole = sawCut ? TRUNCATED : outcome;
    } else if (outcome.reason === 'truncated') {
      isPart = true;
    }
    if (!nextChoices(choices)) return whole ?? (isPart ? TRUNCATED : undefined);
  }
  return UNREADABLE;
}

/** Reads the text with the given choices for the first doubtful quotes; notes `false` for each further one. */
function readWith(text: string, choices: boolean[]): { outcome: PythonRepr; sawCut: boolean } {
  let met = 0;
  const strings = createSafereprStrings(() => {
    if (met === choices.length) choices.push(false);
    return choices[met++] ?? false;
  });
  const outcome = attempt(() => readPythonLiteral(text, strings.read));
  return { outcome, sawCut: strings.sawCut() };
}

/** Depth first through the tree of choices; false when all were made. */
function nextChoices(choices: boolean[]): boolean {
  while (choices.at(-1) === true) choices.pop();
  if (choices.length === 0) return false;
  choices[choices.length - 1] = true;
  return true;
}

function attempt(read: () => unknown): PythonRepr {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (!(error instanceof NotALiteral)) throw error;
    return error.cut ? TRUNCATED : UNREADABLE;
  }
}

/** For text that is unreadable for another reason too, such as an object before the cut. */
function endsWithDots(text: string): boolean {
  return /\.\.\.['"]?,?[)\]}]*$/.test(text);
}
