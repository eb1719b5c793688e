// How the grams of a chunk are written down: in parts that are read apart, so that looking for a word reads a few of them.
//
// A part begins with its head: version, flags, number of rows (16 bits). Then, if the flags say so, a bit a row that always has to be
// looked at. Then a bit for each of its trigrams that occurs, and for each group of them where the group begins in the rest (32 bits).
// The rest is, for each trigram that occurs, 16 bits for the followers that occur and a list of blocks for each of those: a byte a block,
// rising, the last one with LAST_BLOCK; or MANY_BLOCKS and a bit a block. All numbers little-endian.
import { TRIGRAMS } from './gram-hash.ts';

export const FORMAT_VERSION = 2;
/** Rows next to each other whose grams are kept together. */
export const BLOCK_ROWS = 32;
/** So many blocks fit into the 7 bits of a list's byte. */
export const MOST_BLOCKS = 128;
export const MOST_ROWS = BLOCK_ROWS * MOST_BLOCKS;

/** Trigram t is number floor(t / GRAM_PARTS) of part t % GRAM_PARTS: neighbours, as those of ids are, are spread over all. */
export const GRAM_PARTS = 16;
export const PART_TRIGRAMS: number = TRIGRAMS / GRAM_PARTS;
/** Trigrams that one place in the directory stands for. */
export const GROUP_TRIGRAMS = 32;
export const PART_GROUPS: number = PART_TRIGRAMS / GROUP_TRIGRAMS;

export const HEAD_BYTES = 4;
export const HAS_ALWAYS = 1;
export const ALWAYS_BYTES: number = MOST_ROWS / 8;
export const PRESENT_BYTES: number = PART_TRIGRAMS / 8;
export const DIRECTORY_BYTES: number = PART_GROUPS * 4;

export const LAST_BLOCK = 0x80;
/** Not a list, which cannot begin with the last block and go on. */
export const MANY_BLOCKS = 0x7f;
export const MASK_BYTES: number = MOST_BLOCKS / 8;
export const MASK_WORDS: number = MASK_BYTES / 4;
