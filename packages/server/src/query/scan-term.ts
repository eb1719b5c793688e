// Cuts one term into key, sign and values: where each is, and what is in quotes. What they mean is not decided here.
import { QueryError, type QueryPosition } from './query-error.ts';
import { isOneOf, KEYS, nearestOf } from './query-keys.ts';
import { LIST_FIELDS, type PathStep } from './task-condition.ts';

/** `name:=a`, `state:A,B`, or without a key a word. */
export interface Term extends QueryPosition {
  readonly kind: 'term';
  readonly key: TermKey | null;
  readonly operator: Operator;
  /** One at least; more only for keys that take a list. */
  readonly values: readonly Value[];
}

export type Operator = '' | '=' | '>' | '>=' | '<' | '<=';

/** A known key; the path is of `kwargs.order.id` or `args[0]`, else empty. */
export interface TermKey extends QueryPosition {
  readonly name: string;
  readonly path: readonly PathStep[];
}

export interface Value extends QueryPosition {
  /** Without quotes, and without the `*` at the end that `starred` tells of. */
  readonly text: string;
  readonly isQuoted: boolean;
  readonly isStarred: boolean;
}

const WORD = /[^\s()]+/y;
const LISTED = /[^\s(),]+/y;
const QUOTED = /"(?:[^"\\]|\\[^])*"/y;
const STEP = /\.("(?:[^"\\]|\\[^])*"|[^\s.:[\]()"=,]+)|\[(\d{1,6})\]/g;
const KEY = /([a-z_]+)((?:\.(?:"(?:[^"\\]|\\[^])*"|[^\s.:[\]()"=,]+)|\[\d{1,6}\])*):/y;
const OPERATOR = /[<>]=?|=|/y;
/** As Flower writes it: `kwargs:id=4711`. */
const FLOWER_STEP = /([A-Za-z_]\w*)=/y;

/**
 * @param from where a term begins: no space, sign or parenthesis
 * @throws {QueryError} for a quote without end, a key that there is none of, a key without a value
 */
export function scanTerm(text: string, from: number): Term {
  const key = readKey(text, from);
  return key === null ? readWord(text, from) : readKeyed(text, key);
}

function readWord(text: string, from: number): Term {
  const value = readValue(text, from, WORD, true);
  return { kind: 'term', from, to: value.to, key: null, operator: '', values: [value] };
}

/** Null for a plain word, also one with a colon such as `12:30` and `http://host`. */
function readKey(text: string, from: number): TermKey | null {
  const word = match(WORD, text, from)?.[0] ?? '';
  const [whole, name = '', path = ''] = match(KEY, text, from) ?? [];
  if (whole === undefined) {
    if (/^(kw)?args[.[][^]*:/.test(word)) {
      throw new QueryError(
        'A path is written kwargs.order.id:4711 or args[0]:4711; a plain text in quotes.',
        {
          from,
          to: from + word.length,
        },
      );
    }
    return null;
  }
  const to = from + whole.length;
  if (KEYS.includes(name)) {
    const steps = [...path.matchAll(STEP)].map(([, key, index]) =>
      key === undefined ? Number(index) : unquote(key),
    );
    return { name, path: steps, from, to: to - 1 };
  }
  if (path !== '' || text.startsWith('//', to)) return null;
  throw new QueryError(
    `There is no key "${name}"; the nearest is "${nearestOf(KEYS, name)}". Put the text in quotes if no key is meant.`,
    { from, to: to - 1 },
  );
}

function readKeyed(text: string, given: TermKey): Term {
  let key = given;
  const start = key.to + 1;
  let operator = (match(OPERATOR, text, start)?.[0] ?? '') as Operator;
  let at = start + operator.length;
  const flower =
    key.name === 'kwargs' && key.path.length === 0 && operator === '' ? match(FLOWER_STEP, text, at) : null;
  if (flower !== null) {
    at += flower[0].length;
    key = { ...key, path: [flower[1] ?? ''], to: at - 1 };
    operator = '=';
  }
  const isList = isOneOf(LIST_FIELDS, key.name);
  const values: Value[] = [];
  for (;;) {
    if (values.length > 0) at++;
    if (match(isList ? LISTED : WORD, text, at) === null) {
      const wanted =
        values.length > 0 ? 'a value after the comma, or no comma' : `what "${key.name}" is to be`;
      throw new QueryError(`Write ${wanted}, with parentheses, commas and spaces in quotes.`, {
        from: values.length > 0 ? at - 1 : key.from,
        to: at,
      });
    }
    const value = readValue(text, at, isList ? LISTED : WORD, operator === '');
    values.push(value);
    at = value.to;
    if (!isList || text[at] !== ',') break;
  }
  return { kind: 'term', from: key.from, to: at, key, operator, values };
}

function readValue(text: string, from: number, bare: RegExp, mayStar: boolean): Value {
  if (text[from] !== '"') {
    const written = match(bare, text, from)?.[0] ?? '';
    const isStarred = mayStar && written.length > 1 && written.endsWith('*');
    const value = isStarred ? written.slice(0, -1) : written;
    return { text: value, isQuoted: false, isStarred, from, to: from + written.length };
  }
  const quoted = match(QUOTED, text, from)?.[0];
  if (quoted === undefined)
    throw new QueryError('The quote has no end: write a second " after the text.', { from, to: text.length });
  const end = from + quoted.length;
  const isStarred = mayStar && text[end] === '*';
  const to = isStarred ? end + 1 : end;
  const rest = match(bare, text, to)?.[0];
  if (rest !== undefined) {
    throw new QueryError('Put a space after the closing quote; a quote within quotes is written \\".', {
      from: to,
      to: to + rest.length,
    });
  }
  return { text: unquote(quoted), isQuoted: true, isStarred, from, to };
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(["\\])/g, '$1') : text;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
