// Writes what a Python client of Celery 5.7 would put into the headers argsrepr and kwargsrepr, cut where it would cut.
// Format: celery/utils/saferepr.py, seen live. Strings are not escaped except for the quote; reading such text back is
// parse-python-repr.ts.
import { formatPythonNumber } from './format-python-number.ts';

/** Celery's `argsrepr_maxsize` and `kwargsrepr_maxsize`, in Python's characters: code points. */
const REPR_MAX_CHARS = 1_024;

/** Celery's `task_repr_maxlevels`: containers nested deeper are only hinted at. */
const MAX_LEVELS = 3;

type Token =
  | { readonly kind: 'open'; readonly text: string; readonly closer: string }
  | { readonly kind: 'close' | 'fixed' | 'string' | 'scalar'; readonly text: string };

/**
 * Python-like text of a JSON-able value, as parseKombuJson returns it; arrays are lists.
 * @param maxChars after about so many characters the rest is left out, marked with `...`
 * @param maxLevels containers nested deeper are only hinted at
 */
export function formatPythonRepr(
  value: unknown,
  maxChars: number = REPR_MAX_CHARS,
  maxLevels: number = MAX_LEVELS,
): string {
  return formatTokens(tokens(value, maxLevels), maxChars);
}

/** The same for positional arguments, which are a tuple in Python: `(1, [2])`. */
export function formatArgsRepr(args: readonly unknown[], maxChars: number = REPR_MAX_CHARS): string {
  return formatTokens(sequence(args, MAX_LEVELS, '(', args.length === 1 ? ',)' : ')'), maxChars);
}

function formatTokens(tokensOfValue: Iterable<Token>, maxChars: number): string {
  let text = '';
  let left = maxChars;
  const closers: string[] = [];
  for (const token of tokensOfValue) {
    if (token.kind === 'close') closers.pop();
    if (left > 0) {
      const written = write(token, left);
      text += written;
      left -= codePoints(written);
    } else if (token.kind === 'close') {
      // Nothing was left out so far, and closing is free.
      text += token.text;
    } else {
      return `${text}, ...${closers.toReversed().join('')}`;
    }
    if (token.kind === 'open') closers.push(token.closer);
  }
  return text;
}

function* tokens(value: unknown, levels: number): Generator<Token> {
  if (typeof value === 'string') {
    yield { kind: 'string', text: value };
  } else if (Array.isArray(value)) {
    yield* sequence(value, levels, '[', ']');
  } else if (typeof value === 'object' && value !== null && !JSON.isRawJSON(value)) {
    yield* mapping(value, levels);
  } else {
    yield { kind: 'scalar', text: scalar(value) };
  }
}

function* sequence(
  items: readonly unknown[],
  levels: number,
  opener: string,
  closer: string,
): Generator<Token> {
  if (levels <= 0) {
    yield { kind: 'fixed', text: `${opener}...${closer}` };
    return;
  }
  yield { kind: 'open', text: opener, closer };
  for (const [index, item] of items.entries()) {
    if (index > 0) yield { kind: 'fixed', text: ', ' };
    yield* tokens(item, levels - 1);
  }
  yield { kind: 'close', text: closer };
}

function* mapping(object: object, levels: number): Generator<Token> {
  if (levels <= 0) {
    yield { kind: 'fixed', text: '{...}' };
    return;
  }
  yield { kind: 'open', text: '{', closer: '}' };
  for (const [index, [key, inner]] of Object.entries(object).entries()) {
    if (index > 0) yield { kind: 'fixed', text: ', ' };
    yield { kind: 'string', text: key };
    yield { kind: 'fixed', text: ': ' };
    yield* tokens(inner, levels - 1);
  }
  yield { kind: 'close', text: '}' };
}

function scalar(value: unknown): string {
  if (JSON.isRawJSON(value)) return formatPythonNumber(value.rawJSON);
  switch (typeof value) {
    case 'number':
      return formatPythonNumber(Object.is(value, -0) ? '-0.0' : String(value));
    case 'bigint':
      return String(value);
    case 'boolean':
      return value ? 'True' : 'False';
    default:
      return 'None';
  }
}

function write(token: Token, maxChars: number): string {
  switch (token.kind) {
    case 'string':
      return `'${cut(token.text, maxChars).replaceAll("'", "\\'")}'`;
    case 'scalar':
      return cut(token.text, maxChars);
    default:
      return token.text;
  }
}

/** Celery cuts at the last space within the limit, and it also marks a text that fills the limit exactly. */
function cut(text: string, maxChars: number): string {
  if (text.length < maxChars) return text;
  let end = 0;
  for (let count = 0; count < maxChars; count++) {
    if (end >= text.length) return text;
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  }
  const kept = text.slice(0, end);
  const space = kept.lastIndexOf(' ');
  return `${space === -1 ? kept : kept.slice(0, space)}...`;
}

function codePoints(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count++) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return count;
}
