// String and bytes literals as Python's own repr() writes them: escaped, in double quotes only when that saves escaping.
// Text that repr() would have written otherwise is refused, because then something else wrote it.
// Format: Python's unicode_repr and bytes_repr.
import { NotALiteral, type StringLiteral } from './python-literal-reader.ts';
import { readableBytes } from './readable-bytes.ts';

/** How the inside of a literal is written: runs of characters that stand for themselves, and escapes. */
interface Spelling {
  readonly plain: RegExp;
  readonly escape: RegExp;
}
const TEXT: Spelling = {
  plain: /[^'"\\\p{Cc}]+/uy,
  escape: /\\(?:([\\'nrt])|x([0-9a-f]{2})|u([0-9a-f]{4})|U(00(?:0[0-9a-f]|10)[0-9a-f]{4}))/y,
};
const BYTES: Spelling = {
  plain: /[ !#-&(-[\]-~]+/y,
  escape: /\\(?:([\\'nrt])|x([0-9a-f]{2}))/y,
};
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** A StringReader, see python-literal-reader.ts. */
export function readReprString(text: string, at: number): StringLiteral {
  const isBytes = text[at] === 'b';
  const start = isBytes ? at + 1 : at;
  const { content, end } = readQuoted(text, start, isBytes ? BYTES : TEXT);
  if (text[start] !== quoteFor(content)) throw new NotALiteral('foreign');
  return { value: isBytes ? readableBytes(Buffer.from(content, 'latin1')) : content, end, isCut: false };
}

function readQuoted(text: string, start: number, spelling: Spelling): { content: string; end: number } {
  const quote = text[start];
  let content = '';
  let at = start + 1;
  for (;;) {
    const plain = match(spelling.plain, text, at)?.[0] ?? '';
    content += plain;
    at += plain.length;
    const special = text[at];
    if (special === quote) return { content, end: at + 1 };
    if (special === '"' || special === "'") {
      content += special;
      at += 1;
    } else {
      const escape = match(spelling.escape, text, at);
      if (escape === null) throw new NotALiteral(special === undefined ? 'cut' : 'foreign');
      content += unescape(escape);
      at += escape[0].length;
    }
  }
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function unescape([, simple, x, u, U]: RegExpExecArray): string {
  if (simple !== undefined) return SIMPLE_ESCAPES[simple] ?? simple;
  return String.fromCodePoint(Number.parseInt(x ?? u ?? U ?? '', 16));
}

function quoteFor(content: string): string {
  return content.includes("'") && !content.includes('"') ? '"' : "'";
}
