// Text that must come back exactly as it was, because it is compared or sealed: PostgreSQL has no NUL characters, so the two characters
// DLE DC2 stand for one, and DLE DC1 for a DLE itself. All other text is kept as it is.

const NUL = '\u0000';
const DLE = '\u0010';
const KEPT_NUL = '\u0010\u0012';
const KEPT_DLE = '\u0010\u0011';

/** Lone surrogates become U+FFFD, as in every database. */
export function keptText(text: string): string;
export function keptText(text: string | null): string | null;
export function keptText(text: string | null): string | null {
  return text?.toWellFormed().replaceAll(DLE, KEPT_DLE).replaceAll(NUL, KEPT_NUL) ?? null;
}

/** The text that `keptText` was given. */
export function givenText(text: string): string;
export function givenText(text: string | null): string | null;
export function givenText(text: string | null): string | null {
  return text?.replaceAll(KEPT_NUL, NUL).replaceAll(KEPT_DLE, DLE) ?? null;
}
