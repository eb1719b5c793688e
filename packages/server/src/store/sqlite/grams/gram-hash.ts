// Which bucket a gram of four characters falls into. The buckets of grams that begin with the same three characters are neighbours, so
// that three characters can be looked for too.

/** Stands between the searched values of a task: no gram reaches from one into the next. */
export const GRAM_SEPARATOR = '\u001f';
export const SEPARATOR_CODE = 0x1f;

/** Buckets of three characters; each has `FOLLOWERS` of four. */
export const TRIGRAMS = 16_384;
export const FOLLOWERS = 16;
/** Instead of a follower: whichever there is. */
export const ANY_FOLLOWER = -1;

/** Golden ratio × 2³²: neighbouring inputs land far from each other. */
const SPREAD = 0x9e37_79b1;
const TRIGRAM_SHIFT = 18;

/** 8 bits of a UTF-16 code unit; below 128 they are the unit itself. */
export function codeOf(unit: number): number {
  return unit < 128 ? unit : 128 | ((unit ^ (unit >>> 7)) & 127);
}

/** @param codes three codes, the first one highest */
export function trigramOf(codes: number): number {
  return Math.imul(codes, SPREAD) >>> TRIGRAM_SHIFT;
}

/** By code of the fourth character. Hexadecimal digits differ, since ids are full of them; 0, the end of a value, shares its place. */
export const FOLLOWER_OF: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => {
  const isHexLetter = code >= 0x41 && code <= 0x46;
  return isHexLetter ? code - 0x41 + 10 : code & 15;
});
