// String and bytes literals as Celery's saferepr writes them. In a string only the quote is escaped: backslashes and line
// ends are copied, so `\'` is either an escaped quote or a backslash at the end of the string. Only the whole text tells
// (parse-python-repr.ts); this file finds the doubtful places. In bytes nothing is escaped, and what is not UTF-8 is hex.
// Format: celery/utils/saferepr.py, seen live with 5.2 and 5.7.
import { isUtf8 } from 'node:buffer';
import { NotALiteral, type StringReader } from './python-literal-reader.ts';

/** Behind the end of a string: a separator and the next value, or brackets that close. Otherwise the string goes on. */
const NEXT = /(?:, |: )['\d\-[({bfsTFNni.,]|,?[)\]}](?:$|[,:)\]}])|$/y;

export interface SafereprStrings {
  readonly read: StringReader;
  /** A string seemed to end with the three dots that Celery puts where it cuts. */
  readonly sawCut: () => boolean;
}

/** `endsAt` decides, for one doubtful quote after the other, whether it ends its string. */
export function createSafereprStrings(endsHere: () => boolean): SafereprStrings {
  let sawCut = false;

  const read: StringReader = (text, at, mayEnd) => {
    const isBytes = text[at] === 'b';
    const start = isBytes ? at + 2 : at + 1;
    if (text[start - 1] !== "'") throw new NotALiteral(false);
    const end = isBytes ? endOfBytes(text, start, mayEnd) : endOfString(text, start, mayEnd, endsHere);
    const content = text.slice(start, end);
    if (content.endsWith('...')) sawCut = true;
    return { value: isBytes ? checkBytes(content) : content.replaceAll("\\'", "'"), end: end + 1 };
  };

  return { read, sawCut: () => sawCut };
}

function endOfString(
  text: string,
  start: number,
  mayEnd: (index: number) => boolean,
  endsHere: () => boolean,
): number {
  for (let quote = nextQuote(text, start); ; quote = nextQuote(text, quote + 1)) {
    const isPlain = quote === start || text[quote - 1] !== '\\';
    if (isPlain || (mayEnd(quote + 1) && somethingFollows(text, quote + 1) && endsHere())) return quote;
  }
}

/**
 * The first quote behind which the text can go on. Bytes that hold `', '` could in theory be read as two values; that
 * is accepted, because else no bytes beside a string could ever be read.
 */
function endOfBytes(text: string, start: number, mayEnd: (index: number) => boolean): number {
  for (let quote = nextQuote(text, start); ; quote = nextQuote(text, quote + 1)) {
    if (mayEnd(quote + 1) && somethingFollows(text, quote + 1)) return quote;
  }
}

function nextQuote(text: string, from: number): number {
  const quote = text.indexOf("'", from);
  if (quote === -1) throw new NotALiteral(true);
  return quote;
}

function somethingFollows(text: string, index: number): boolean {
  NEXT.lastIndex = index;
  return NEXT.test(text);
}

/** `ff00` may be those four characters or the two bytes; bytes that are UTF-8 are never written as hex. */
function checkBytes(content: string): string {
  const isHex = content.length > 0 && /^(?:[0-9a-f]{2})+$/.test(content);
  if (isHex && !isUtf8(Buffer.from(content, 'hex'))) throw new NotALiteral(false);
  return content;
}
