// String and bytes literals as Python's own repr() writes them: escaped, in double quotes only when that saves escaping.
// Text that repr() would have written otherwise is refused, because then something else wrote it.
// Format: Python's unicode_repr and bytes_repr.
import { NotALiteral, type StringLiteral } from './python-literal-reader.ts';
import { readableBytes } from './readable-bytes.ts';

const ESCAPE = /\\(?:([\\'nrt])|x([0-9a-f]{2})|u([0-9a-f]{4})|U(00(?:0[0-9a-f]|10)[0-9a-f]{4}))/y;
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** A StringReader, see python-literal-reader.ts. */
export function readReprString(text: string, at: number): StringLiteral {
  const isBytes = text[at] === 'b';
  const start = isBytes ? at + 1 : at;
  const { content, end } = readQuoted(text, start);
  if (text[start] !== quoteFor(content)) throw new NotALiteral(false);
  if (!isBytes) return { value: content, end };
  if (/[^\0-\xff]/.test(content)) throw new NotALiteral(false);
  return { value: readableBytes(Buffer.from(content, 'latin1')), end };
}

function readQuoted(text: string, start: number): { content: string; end: number } {
  const quote = text[start];
  let content = '';
  let at = start + 1;
  for (;;) {
    const character = text[at];
    if (character === undefined) throw new NotALiteral(true);
    if (character === quote) return { content, end: at + 1 };
    if (character === '\\') {
      ESCAPE.lastIndex = at;
      const escape = ESCAPE.exec(text);
      if (escape === null) throw new NotALiteral(false);
      content += unescape(escape);
      at += escape[0].length;
    } else {
      if (/\p{Cc}/u.test(character)) throw new NotALiteral(false);
      content += character;
      at += 1;
    }
  }
}

function unescape([, simple, x, u, U]: RegExpExecArray): string {
  if (simple !== undefined) return SIMPLE_ESCAPES[simple] ?? simple;
  return String.fromCodePoint(Number.parseInt(x ?? u ?? U ?? '', 16));
}

function quoteFor(content: string): string {
  return content.includes("'") && !content.includes('"') ? '"' : "'";
}
