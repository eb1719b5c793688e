// Which bucket a gram of four characters falls into. The buckets of grams that begin with the same three characters are neighbours, so
// that three characters can be looked for too. Histories are full of ids and numbers, whose grams are all there, and people look for words of
// letters: three characters of an id, and three letters, have buckets of their own. All others share what is left.

/** Stands between the searched values of a task: no gram reaches from one into the next. */
export const GRAM_SEPARATOR = '\u001f';
/** Of all UTF-16 code units that end with the same byte: a text is looked at byte by byte, and only the lower one of each unit. */
export const SEPARATOR_CODE = 0x1f;

/** Buckets of three characters; each has `FOLLOWERS` of four. */
export const TRIGRAMS = 32_768;
export const FOLLOWERS = 16;
/** Instead of a follower: whichever there is. */
export const ANY_FOLLOWER = -1;

const ID_CHARACTERS = '0123456789ABCDEF-';
const ID_TRIGRAMS = ID_CHARACTERS.length ** 3;
const LETTERS = 26;
const FIRST_OTHER = ID_TRIGRAMS + LETTERS ** 3;
const OTHER_TRIGRAMS = TRIGRAMS - FIRST_OTHER;
const NOT_OF_AN_ID = 32;
const NO_LETTER = 32;
/** Golden ratio × 2³²: neighbouring inputs land far from each other. */
const SPREAD = 0x9e37_79b1;

/** By code: its place among the characters of ids, or NOT_OF_AN_ID. */
export const ID_DIGIT_OF: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) => {
  const digit = ID_CHARACTERS.indexOf(String.fromCharCode(code));
  return digit === -1 ? NOT_OF_AN_ID : digit;
});
const LETTER_OF: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  code >= 0x41 && code < 0x41 + LETTERS ? code - 0x41 : NO_LETTER,
);
/** By code of the fourth character; hexadecimal digits differ. 0 is the code for the end of a value. */
export const FOLLOWER_OF: Uint8Array = Uint8Array.from({ length: 256 }, (_, code) =>
  code >= 0x41 && code <= 0x46 ? code - 0x41 + 10 : code & 15,
);

/**
 * @param a ID_DIGIT_OF the first character; `b` and `c` of the others
 * @param codes of the three, 8 bits each, the first one highest; higher bits do not matter
 */
export function trigramOf(a: number, b: number, c: number, codes: number): number {
  // Without branches: nothing foretells in a text what the next characters are.
  const ofAnId = (a * ID_CHARACTERS.length + b) * ID_CHARACTERS.length + c;
  const x = LETTER_OF[(codes >>> 16) & 255] as number;
  const y = LETTER_OF[(codes >>> 8) & 255] as number;
  const z = LETTER_OF[codes & 255] as number;
  const ofLetters = ID_TRIGRAMS + (x * LETTERS + y) * LETTERS + z;
  const other = FIRST_OTHER + (Math.imul(Math.imul(codes << 8, SPREAD) >>> 16, OTHER_TRIGRAMS) >>> 16);
  const isOfAnId = ((a | b | c) - NOT_OF_AN_ID) >> 31;
  const isOfLetters = ((x | y | z) - NO_LETTER) >> 31;
  return (ofAnId & isOfAnId) | (~isOfAnId & ((ofLetters & isOfLetters) | (other & ~isOfLetters)));
}
