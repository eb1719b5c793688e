// Where values end in texts that look like Python or JSON and cannot be relied on: cut, quoted several times over, or with objects
// that print themselves as they please. Where it cannot be told for sure, a value goes on: too much is hidden rather than
// too little. Every function looks at each character once.

const CLOSERS: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };

/** Where a quoted value begins: any of Python's prefixes, backslashes of the texts around it, the quote. */
export interface Opening {
  readonly quote: string;
  readonly slashes: number;
  /** Index behind the quote. */
  readonly end: number;
}

export function isQuote(char: string | undefined): boolean {
  return char === "'" || char === '"';
}

export function isSpace(char: string | undefined): boolean {
  return char === ' ' || char === '\t' || char === '\n' || char === '\r';
}

/** The quote that begins a string at `at`, if one does. */
export function openingAt(text: string, at: number): Opening | undefined {
  let start = at;
  while (start < at + 2 && isPrefix(text[start])) start++;
  let quoteAt = start;
  while (text[quoteAt] === '\\') quoteAt++;
  const quote = text[quoteAt];
  if (!isQuote(quote)) return undefined;
  return { quote: quote as string, slashes: quoteAt - start, end: quoteAt + 1 };
}

export interface Ending {
  /** Where the text inside ends. */
  readonly at: number;
  /** Behind the closing quote. */
  readonly end: number;
  /** A quote before it may have been the end already, or was none only because of a backslash. */
  readonly isDoubtful: boolean;
}

/** Where the string ends; undefined when it never closes. */
export function endOfString(text: string, { quote, slashes, end: start }: Opening): Ending | undefined {
  let isDoubtful = false;
  for (let at = text.indexOf(quote, start); at !== -1; at = text.indexOf(quote, at + 1)) {
    let inside = at;
    while (inside > start && text[inside - 1] === '\\') inside--;
    const before = at - inside;
    // Without backslashes around the text, one before a quote may be the text's own last character or escape the quote.
    const closes = slashes === 0 ? before === 0 : before <= slashes;
    if (closes && isFollower(text, at + 1, slashes > 0)) return { at: inside, end: at + 1, isDoubtful };
    isDoubtful = true;
  }
  return undefined;
}

/** Whether a value may have ended before `at`. @param nested in a text that is quoted itself */
export function isFollower(text: string, at: number, nested: boolean): boolean {
  const char = text[at];
  if (char === undefined || isSpace(char) || ',;:&|)]}>'.includes(char)) return true;
  return nested && (isQuote(char) || char === '\\');
}

/** Where what the bracket at `start` opens is closed again; the end of the text when that cannot be told for sure. */
export function endOfBrackets(text: string, start: number): number {
  const open: string[] = [];
  for (let at = start; at < text.length; at++) {
    const char = text[at] as string;
    if (
      char === '<' ? at === start || isLetter(text[at + 1]) : char === '(' || char === '[' || char === '{'
    ) {
      open.push(CLOSERS[char] as string);
    } else if (char === open.at(-1)) {
      open.pop();
      if (open.length === 0) return isFollower(text, at + 1, true) ? at + 1 : text.length;
    } else if (char === ')' || char === ']' || char === '}') {
      return text.length;
    } else if (isQuote(char)) {
      const opening = quoteInside(text, at);
      const ending = opening === undefined ? undefined : endOfString(text, opening);
      if (ending === undefined || ending.isDoubtful) return text.length;
      at = ending.end - 1;
    }
  }
  return text.length;
}

/** The quote at `at` as the beginning of a string; undefined for an apostrophe. */
function quoteInside(text: string, at: number): Opening | undefined {
  let start = at;
  while (text[start - 1] === '\\') start--;
  const slashes = at - start;
  for (let count = 0; count < 2 && isPrefix(text[start - 1]); count++) start--;
  const before = text[start - 1] ?? '';
  const begins = before !== '' && (isSpace(before) || '([{<,:='.includes(before));
  return begins ? { quote: text[at] as string, slashes, end: at + 1 } : undefined;
}

function isPrefix(char: string | undefined): boolean {
  return char !== undefined && 'bBuUrRfF'.includes(char);
}

function isLetter(char: string | undefined): boolean {
  return char !== undefined && /[a-z_]/i.test(char);
}
