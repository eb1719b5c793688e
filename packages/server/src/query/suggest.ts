// What the one who types a query may go on with, at any place of a text that need not be right yet. The grammar only: which names,
// workers or queues there are, the tasks have to tell.
import { formatValue } from './format-query.ts';
import { KEY_HINTS, valueHints } from './query-hints.ts';
import { isOneOf, KEYS } from './query-keys.ts';
import type { QueryPosition } from './query-error.ts';
import { LIST_FIELDS, NUMBER_FIELDS, TEXT_FIELDS, TIME_FIELDS } from './task-condition.ts';

/** Put in the place of `Suggestion.replace`, with the cursor behind it. */
export interface Proposal {
  readonly insert: string;
  /** What it means, in a few words. */
  readonly label: string;
  readonly kind: 'key' | 'value' | 'example';
}

export interface Suggestion {
  /** What stands at the place: a key, or a word, which may become one; or the value of a key. */
  readonly kind: 'key' | 'value';
  /** The key of a value, without its path; null for a key. */
  readonly field: string | null;
  /** The value is one of a path, `kwargs.order.id:`, of which nothing is known. */
  readonly isPath: boolean;
  /** What was typed of it until the cursor, without quotes; for numbers and times with the `>` or `<` before it. */
  readonly prefix: string;
  /** What a choice stands for in the text: also what is behind the cursor. */
  readonly replace: QueryPosition;
  /** Of the grammar: every key where nothing is typed, else at most 12. */
  readonly proposals: readonly Proposal[];
  /** The text says `=` before the value. */
  readonly isExact: boolean;
}

/** No query is longer. */
const LONGEST = 2_048;
const MOST_PROPOSALS = 12;
const KEY = /^([a-z_]+)((?:\.(?:"(?:[^"\\]|\\[^])*"|[^\s.:[\]()"=,]+)|\[\d{1,6}\])*):/;

/**
 * Null where nothing can be suggested: within a quoted text, or beyond the longest query.
 * @param position of the cursor, in UTF-16 units from the start
 */
export function suggestAt(text: string, position: number): Suggestion | null {
  if (text.length > LONGEST) return null;
  const at = Math.min(Math.max(0, Math.trunc(position)), text.length);
  const term = termAt(text, at);
  const written = text.slice(term.from, term.to);
  if (written.startsWith('"')) return null;
  const [whole, name = '', path = ''] = KEY.exec(written) ?? [];
  if (whole === undefined || !KEYS.includes(name)) return suggestKey(text, term, at);
  const start = term.from + whole.length;
  if (at < start) return suggestKey(text, { from: term.from, to: start }, at);
  return suggestValue(text, { from: start, to: term.to }, at, name, path !== '');
}

/** The text that puts a value, which the tasks have, in the place of `replace`. */
export function insertionOf({ field, isExact }: Suggestion, value: string): string {
  // Chosen out of a list it is meant whole.
  const isText = field !== null && isOneOf(TEXT_FIELDS, field);
  return `${isText && !isExact ? '=' : ''}${formatValue(value)}`;
}

function suggestKey(text: string, replace: QueryPosition, at: number): Suggestion {
  const prefix = text.slice(replace.from, at);
  const keys = Object.entries(KEY_HINTS)
    .filter(([key]) => key.startsWith(prefix))
    .map(([insert, label]) => ({ insert, label, kind: 'key' as const }));
  const pairs = prefix.length < 2 ? [] : ['state', 'is', 'has'].flatMap((key) => pairsOf(key, prefix));
  const proposals = [...keys, ...pairs].slice(0, prefix === '' ? keys.length : MOST_PROPOSALS);
  return { kind: 'key', field: null, isPath: false, prefix, replace, proposals, isExact: false };
}

/** `state:FAILURE` for `fail`: who does not know the key may know the word. */
function pairsOf(key: string, prefix: string): Proposal[] {
  return startingWith(valueHints(key), prefix).map(({ insert, label }) => ({
    insert: `${key}:${insert}`,
    label,
    kind: 'value',
  }));
}

function suggestValue(
  text: string,
  values: QueryPosition,
  at: number,
  field: string,
  isPath: boolean,
): Suggestion {
  const isCompared = isOneOf([...NUMBER_FIELDS, ...TIME_FIELDS], field);
  const isExact = !isCompared && text[values.from] === '=' && at > values.from;
  const replace = valueAt(text, isExact ? { ...values, from: values.from + 1 } : values, at, field);
  const typed = text.slice(replace.from, at);
  const prefix = typed.startsWith('"') ? typed.slice(1).replaceAll(/\\(["\\])/g, '$1') : typed;
  const kind = isCompared ? ('example' as const) : ('value' as const);
  const hints = isPath ? [] : startingWith(valueHints(field), prefix);
  const proposals = hints.slice(0, MOST_PROPOSALS).map((hint) => ({ ...hint, kind }));
  return { kind: 'value', field, isPath, prefix, replace, proposals, isExact };
}

function startingWith(
  hints: Readonly<Record<string, string>>,
  prefix: string,
): { readonly insert: string; readonly label: string }[] {
  const begun = prefix.toLowerCase();
  return Object.entries(hints)
    .filter(([value]) => value.toLowerCase().startsWith(begun))
    .map(([insert, label]) => ({ insert, label }));
}

/** Which of the values of a list the cursor is in; else the whole of it. */
function valueAt(text: string, values: QueryPosition, at: number, field: string): QueryPosition {
  if (!isOneOf(LIST_FIELDS, field)) return values;
  let { from } = values;
  for (;;) {
    const to = endOf(text, from, values.to, /[,]/);
    if (at <= to || to >= values.to) return { from, to };
    from = to + 1;
  }
}

/** The term in which the cursor is, or behind which it stands; between terms an empty one. */
function termAt(text: string, at: number): QueryPosition {
  let from = 0;
  while (from < at) {
    const first = text.charAt(from);
    if (/[\s()-]/.test(first)) {
      from++;
      continue;
    }
    const to = endOf(text, from, text.length, /[\s()]/);
    if (at <= to) return { from, to };
    from = to;
  }
  return { from: at, to: /[\s()]|^$/.test(text.charAt(at)) ? at : endOf(text, at, text.length, /[\s()]/) };
}

/** Where a text ends that began at `from`: at the first `end` outside of quotes. A quote without end goes on to the last. */
function endOf(text: string, from: number, last: number, end: RegExp): number {
  let at = from;
  while (at < last && !end.test(text.charAt(at))) {
    const mayQuote = at === from || /[:=<>,.]/.test(text.charAt(at - 1));
    at = mayQuote && text.charAt(at) === '"' ? endOfQuote(text, at, last) : at + 1;
  }
  return Math.min(at, last);
}

function endOfQuote(text: string, from: number, last: number): number {
  let at = from + 1;
  while (at < last && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}
