// Looks for words in the grams of a chunk, reading as few of its parts as will do.
import { BLOCK_ROWS, MASK_WORDS } from './gram-blob.ts';
import type { GramIndex } from './gram-index.ts';
import { findBlocks, type GramPart, openPart } from './gram-part.ts';
import { planWord } from './word-plan.ts';

/**
 * The grams of a chunk as buildGrams made them. Where a part is missing, damaged or of another version, nothing can be told.
 * @param readPart 0 to GRAM_PARTS - 1; called for each part that a word needs, each time. Null: it is not there
 */
export function readGrams(readPart: (part: number) => Uint8Array | null): GramIndex {
  return {
    mayContain(folded) {
      const plan = planWord(folded);
      const blocks = new Uint32Array(MASK_WORDS).fill(0xffff_ffff);
      const found = new Uint32Array(MASK_WORDS);
      let last: GramPart | null = null;
      for (const { part: number, grams } of plan) {
        const bytes = readPart(number);
        const part = bytes === null ? null : openPart(bytes);
        if (part === null) return null;
        for (const { trigram, follower } of grams) {
          if (!findBlocks(part, trigram, follower, found)) return null;
          if (!keepCommon(blocks, found)) return rowsOf(blocks, part);
        }
        last = part;
      }
      return last && rowsOf(blocks, last);
    },
  };
}

/** @returns false when no block is left */
function keepCommon(blocks: Uint32Array, found: Uint32Array): boolean {
  let left = 0;
  for (let word = 0; word < MASK_WORDS; word++) {
    const common = (blocks[word] as number) & (found[word] as number);
    blocks[word] = common;
    left |= common;
  }
  return left !== 0;
}

function rowsOf(blocks: Uint32Array, { rows, always }: GramPart): Uint8Array {
  const may = new Uint8Array(rows);
  for (let block = 0; block * BLOCK_ROWS < rows; block++) {
    if (((blocks[block >>> 5] as number) >>> (block & 31)) & 1)
      may.fill(1, block * BLOCK_ROWS, (block + 1) * BLOCK_ROWS);
  }
  if (always) {
    for (let row = 0; row < rows; row++) {
      if (((always[row >>> 3] as number) >>> (row & 7)) & 1) may[row] = 1;
    }
  }
  return may;
}
