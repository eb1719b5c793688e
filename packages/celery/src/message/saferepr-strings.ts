// String and bytes literals as Celery's saferepr writes them. In a string only the quote is escaped: backslashes and line
// ends are copied, so `\'` is either an escaped quote or a backslash at the end of the string. In bytes nothing is escaped,
// and what is not UTF-8 is hex. Format: celery/utils/saferepr.py, seen live with 5.2 and 5.7.
import { isUtf8 } from 'node:buffer';
import { NotALiteral, type StringLiteral } from './python-literal-reader.ts';

/** What follows the end of a literal: a separator, brackets that close, or nothing. */
const FOLLOWER = /, |: |,?[)\]}](?:$|[,:)\]}])|$/y;

/** A StringReader, see python-literal-reader.ts. */
export function readSafereprString(text: string, at: number): StringLiteral {
  const isBytes = text[at] === 'b';
  const start = isBytes ? at + 2 : at + 1;
  if (text[start - 1] !== "'") throw new NotALiteral('foreign');
  const end = isBytes ? endOfBytes(text, start) : endOfString(text, start);
  const content = text.slice(start, end);
  if (isBytes && mayBeHex(content)) throw new NotALiteral('doubtful');
  return {
    value: isBytes ? content : content.replaceAll("\\'", "'"),
    end: end + 1,
    isCut: content.endsWith('...'),
  };
}

function endOfString(text: string, start: number): number {
  let quote = nextQuote(text, start);
  while (text[quote - 1] === '\\' && isEscaped(text, quote)) quote = nextQuote(text, quote + 1);
  return quote;
}

/**
 * Whether the quote at `quote`, behind a backslash, is part of the string. Every backslash is inside some string, so the
 * next `\'` is inside one, and the end of the text outside: the plain quotes until there, each of which begins or ends a
 * string, tell by their number where this one leaves us.
 */
function isEscaped(text: string, quote: number): boolean {
  let isInside = true;
  let next = text.indexOf("'", quote + 1);
  while (next !== -1 && text[next - 1] !== '\\') {
    isInside = !isInside;
    next = text.indexOf("'", next + 1);
  }
  const mustBeInside = next !== -1;
  return isInside === mustBeInside;
}

/**
 * The first quote behind which the text can go on. Bytes that hold `', '` could in theory be read as two values; that
 * is accepted, because else no bytes beside a string could ever be read.
 */
function endOfBytes(text: string, start: number): number {
  let quote = nextQuote(text, start);
  while (!canFollow(text, quote + 1)) quote = nextQuote(text, quote + 1);
  return quote;
}

function canFollow(text: string, index: number): boolean {
  FOLLOWER.lastIndex = index;
  return FOLLOWER.test(text);
}

function nextQuote(text: string, from: number): number {
  const quote = text.indexOf("'", from);
  if (quote === -1) throw new NotALiteral('cut');
  return quote;
}

/** `ff00` may be those four characters or the two bytes; bytes that are UTF-8 are never written as hex. */
function mayBeHex(content: string): boolean {
  return content !== '' && /^(?:[0-9a-f]{2})+$/.test(content) && !isUtf8(Buffer.from(content, 'hex'));
}
