// Text as PostgreSQL takes it: it has no NUL characters and no lone surrogates.

const REFUSED = /[\0\ud800-\udfff]/u;

/** The text itself, or where it holds what cannot be kept, with something to be seen in its place. */
export function textCell(text: string): string;
export function textCell(text: string | null): string | null;
export function textCell(text: string | null): string | null {
  if (text === null || !REFUSED.test(text)) return text;
  return text.toWellFormed().replaceAll('\0', '␀');
}
