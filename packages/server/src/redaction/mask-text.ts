// Masks what stands behind a secret's name in any text: reprs that cannot be read, exceptions, tracebacks, JSON inside a string. Looks
// at names alone, never at how quotes pair up before them, so that no odd quote hides a name. Pure; linear in the text.
import { HIDDEN } from './redaction.ts';
import { endOfBrackets, endOfString, isFollower, isQuote, isSpace, openingAt } from './python-like-text.ts';

/** What may stand between a name and its value. */
const SEPARATOR = /[=:,]/g;
/** A longer name is judged by its end. */
const MAX_NAME_CHARS = 200;
/** Spaces between a name and its separator. */
const MAX_GAP = 8;
/** Values that say only that there is none. */
const HARMLESS: ReadonlySet<string> = new Set(['None', 'True', 'False', 'null', 'true', 'false', '']);
/** Words before the secret in what an Authorization header holds. */
const SCHEMES: ReadonlySet<string> = new Set(['basic', 'bearer', 'digest', 'negotiate', 'token', 'apikey']);
const MAX_SCHEME_CHARS = 9;

interface Name {
  readonly name: string;
  /** The quote around it with its backslashes; empty without. */
  readonly quote: string;
  /** Where the name begins, quote included. */
  readonly start: number;
}

interface Value {
  readonly end: number;
  readonly masked: string;
}

/** Replaces values of which `isSecret` says that their name is a secret's by `***`, in the quotes they had. */
export function maskText(text: string, isSecret: (name: string) => boolean): string {
  let masked = '';
  let copied = 0;
  let from = 0;
  for (;;) {
    SEPARATOR.lastIndex = from;
    const at = SEPARATOR.exec(text)?.index;
    if (at === undefined) return masked + text.slice(copied);
    from = at + 1;
    const name = text[at] === ',' ? firstOfPair(text, at) : nameBefore(text, at);
    if (name === undefined || !isSecret(name.name)) continue;
    const start = startOfValue(text, at, name);
    const value = start === undefined ? undefined : readValue(text, start, name, text[at] as string);
    if (value === undefined || start === undefined) continue;
    masked += text.slice(copied, start) + value.masked;
    copied = value.end;
    from = value.end;
  }
}

function nameBefore(text: string, at: number): Name | undefined {
  let end = at;
  while (end > at - MAX_GAP && isBlank(text[end - 1])) end--;
  // `environ['PASSWORD'] = …`, `user[password]=…`
  if (text[end - 1] === ']') end--;
  if (isQuote(text[end - 1])) return quotedName(text, end);
  let start = end;
  while (start > end - MAX_NAME_CHARS && isNameChar(text.charCodeAt(start - 1))) start--;
  return start === end ? undefined : { name: text.slice(start, end), quote: '', start };
}

/** @param end behind its closing quote */
function quotedName(text: string, end: number): Name | undefined {
  let inside = end - 1;
  while (inside > 0 && text[inside - 1] === '\\') inside--;
  let start = inside;
  while (
    start > Math.max(0, inside - MAX_NAME_CHARS) &&
    !isQuote(text[start - 1]) &&
    text[start - 1] !== '\n'
  ) {
    start--;
  }
  // The name's own opening quote may have backslashes before it, which are not part of what is before them.
  const quote = text.slice(inside, end);
  return start === inside
    ? undefined
    : { name: text.slice(start, inside), quote, start: start - quote.length };
}

/** `('name', …` and `['name', …`: how dicts and headers print where they are lists of pairs. */
function firstOfPair(text: string, at: number): Name | undefined {
  if (!isQuote(text[at - 1])) return undefined;
  const name = quotedName(text, at);
  if (name === undefined || name.name.includes(' ')) return undefined;
  const before = text[name.start - 1];
  const opener = before === 'b' || before === 'u' ? text[name.start - 2] : before;
  return opener === '(' || opener === '[' ? name : undefined;
}

/** Undefined when nothing follows that could be a value. */
function startOfValue(text: string, at: number, { quote }: Name): number | undefined {
  let start = at + 1;
  // `==`, `=>`, `:=`
  while (start < at + 3 && (text[start] === '=' || text[start] === '>')) start++;
  // The scheme of a URL.
  if (text.startsWith('//', start)) return undefined;
  // Only dicts are printed over several lines.
  const isGap = quote === '' ? isBlank : isSpace;
  while (isGap(text[start])) start++;
  return start < text.length ? start : undefined;
}

function readValue(text: string, start: number, { quote }: Name, separator: string): Value | undefined {
  const opening = openingAt(text, start);
  if (opening !== undefined) {
    const before = text.slice(start, opening.end);
    const isTriple = opening.slashes === 0 && text.startsWith(opening.quote.repeat(2), opening.end);
    const marks = isTriple ? opening.quote.repeat(2) : '';
    if (isTriple) {
      const close = text.indexOf(opening.quote.repeat(3), opening.end + 2);
      const closing = close === -1 ? '' : opening.quote + marks;
      return { end: close === -1 ? text.length : close + 3, masked: `${before}${marks}${HIDDEN}${closing}` };
    }
    const ending = endOfString(text, opening);
    if (ending === undefined) return { end: text.length, masked: before + HIDDEN };
    if (ending.at === opening.end) return { end: ending.end, masked: text.slice(start, ending.end) };
    return { end: ending.end, masked: before + HIDDEN + text.slice(ending.at, ending.end) };
  }
  const isHeader = separator === ':' && quote === '' && !'([{<'.includes(text[start] as string);
  const end = isHeader ? endOfHeader(text, start) : endOfBare(text, start);
  const bare = text.slice(start, end).trim();
  if (HARMLESS.has(bare) || /^(\(\)|\[\]|\{\})$/.test(bare)) return { end, masked: text.slice(start, end) };
  return { end, masked: `${quote}${HIDDEN}${quote}` };
}

/** `Authorization: Bearer abc, def`: to the end of the line, or of the string that the text stands in. */
function endOfHeader(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === '\n' || text[at] === '\r') return at;
    if (isQuote(text[at]) && isFollower(text, at + 1, true)) return withoutSlashes(text, start, at);
  }
  return text.length;
}

/** A number, a word, a call, an object: until something that separates values. */
function endOfBare(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const char = text[at] as string;
    if ('([{'.includes(char) || (char === '<' && at === start)) {
      at = endOfBrackets(text, at) - 1;
    } else if (isSpace(char)) {
      const isScheme = at - start <= MAX_SCHEME_CHARS && SCHEMES.has(text.slice(start, at).toLowerCase());
      if (char !== ' ' || !isScheme) return at;
    } else if (char === ';' || char === '&') {
      return at;
    } else if (char === ',') {
      if (at + 1 === text.length || isSpace(text[at + 1])) return at;
    } else if (')]}>'.includes(char)) {
      if (isFollower(text, at + 1, true)) return at;
    } else if (isQuote(char) && isFollower(text, at + 1, true)) {
      return withoutSlashes(text, start, at);
    }
  }
  return text.length;
}

function isBlank(char: string | undefined): boolean {
  return char === ' ' || char === '\t';
}

/** Backslashes before a quote belong to it. */
function withoutSlashes(text: string, start: number, at: number): number {
  let end = at;
  while (end > start && text[end - 1] === '\\') end--;
  return end;
}

/** Letters, digits, `_`, `-`, `.`, `$`, and whatever is not ASCII. */
function isNameChar(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45 ||
    code === 46 ||
    code === 36 ||
    code > 127
  );
}
