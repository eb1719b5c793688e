// Makes the grams of a chunk from the texts of its rows. Runs on the thread that takes events in, so it works on numbers alone and in
// memory that it keeps.
import {
  ALWAYS_BYTES,
  BLOCK_ROWS,
  DIRECTORY_BYTES,
  FORMAT_VERSION,
  GRAM_PARTS,
  GROUP_TRIGRAMS,
  HAS_ALWAYS,
  HEAD_BYTES,
  LAST_BLOCK,
  MANY_BLOCKS,
  MASK_BYTES,
  MASK_WORDS,
  MOST_ROWS,
  PART_TRIGRAMS,
  PRESENT_BYTES,
} from './gram-blob.ts';
import { codeOf, FOLLOWER_OF, FOLLOWERS, SEPARATOR_CODE, TRIGRAMS, trigramOf } from './gram-hash.ts';

/** Rows with longer texts are looked at for every word: their grams would fill the buckets of their neighbours and cost time. Code units. */
export const LONGEST_TEXT = 32_768;
/** So many code units are looked through in one chunk, some 50 ms; the rows after that are looked at for every word. */
export const MOST_CHARS = 16_000_000;

const GRAM_LENGTH = 4;
/** A bit a block for each bucket, 4 MB. All zero between two calls. */
let masks: Uint32Array | null = null;

/**
 * The grams of a chunk, in `GRAM_PARTS` parts, for readGrams.
 * @param texts one a row, folded as search-words.ts folds, its values joined with GRAM_SEPARATOR
 * @throws RangeError when there are more than `MOST_ROWS`
 */
export function buildGrams(texts: readonly string[]): Uint8Array[] {
  if (texts.length > MOST_ROWS)
    throw new RangeError(`a chunk has at most ${MOST_ROWS} rows, not ${texts.length}`);
  const buckets = (masks ??= new Uint32Array(TRIGRAMS * FOLLOWERS * MASK_WORDS));
  const always = new Uint8Array(ALWAYS_BYTES);
  let hasAlways = false;
  let charsLeft = MOST_CHARS;
  for (let row = 0; row < texts.length; row++) {
    const text = texts[row] as string;
    if (text.length > LONGEST_TEXT || text.length > charsLeft) {
      hasAlways = true;
      always[row >>> 3] = (always[row >>> 3] as number) | (1 << (row & 7));
      continue;
    }
    charsLeft -= text.length;
    addText(buckets, text, Math.floor(row / BLOCK_ROWS));
  }
  return Array.from({ length: GRAM_PARTS }, (_, part) =>
    encodePart(buckets, part, texts.length, hasAlways ? always : null),
  );
}

function addText(buckets: Uint32Array, text: string, block: number): void {
  const word = block >>> 5;
  const bit = 1 << (block & 31);
  let codes = 0;
  let run = 0;
  for (let at = 0; at <= text.length; at++) {
    const unit = at === text.length ? SEPARATOR_CODE : text.charCodeAt(at);
    const ends = unit === SEPARATOR_CODE;
    codes = (codes << 8) | (ends ? 0 : codeOf(unit));
    run++;
    if (run >= GRAM_LENGTH) {
      const bucket = trigramOf(codes >>> 8) * FOLLOWERS + (FOLLOWER_OF[codes & 255] as number);
      const index = bucket * MASK_WORDS + word;
      buckets[index] = (buckets[index] as number) | bit;
    }
    if (ends) run = 0;
  }
}

/** Writes one part, and leaves its buckets empty. */
function encodePart(buckets: Uint32Array, part: number, rows: number, always: Uint8Array | null): Uint8Array {
  const presentAt = HEAD_BYTES + (always ? ALWAYS_BYTES : 0);
  const directoryAt = presentAt + PRESENT_BYTES;
  const restAt = directoryAt + DIRECTORY_BYTES;
  let out = scratch(restAt);
  out.fill(0, 0, restAt);
  out[0] = FORMAT_VERSION;
  out[1] = always ? HAS_ALWAYS : 0;
  out[2] = rows & 255;
  out[3] = rows >>> 8;
  if (always) out.set(always, HEAD_BYTES);
  let end = restAt;
  for (let local = 0; local < PART_TRIGRAMS; local++) {
    if (local % GROUP_TRIGRAMS === 0) {
      writeNumber(out, directoryAt + (local / GROUP_TRIGRAMS) * 4, end - restAt);
      out = scratch(end + GROUP_BYTES);
    }
    const first = (part * PART_TRIGRAMS + local) * FOLLOWERS;
    const followersAt = end;
    let followers = 0;
    end += 2;
    for (let follower = 0; follower < FOLLOWERS; follower++) {
      const index = (first + follower) * MASK_WORDS;
      const a = buckets[index] as number;
      const b = buckets[index + 1] as number;
      const c = buckets[index + 2] as number;
      const d = buckets[index + 3] as number;
      if ((a | b | c | d) === 0) continue;
      followers |= 1 << follower;
      if (bitCount(a) + bitCount(b) + bitCount(c) + bitCount(d) >= MASK_BYTES) {
        out[end++] = MANY_BLOCKS;
        for (let at = 0; at < MASK_WORDS; at++, end += 4)
          writeNumber(out, end, buckets[index + at] as number);
      } else {
        end = writeBlocks(out, end, a, 0);
        end = writeBlocks(out, end, b, 32);
        end = writeBlocks(out, end, c, 64);
        end = writeBlocks(out, end, d, 96);
        out[end - 1] = (out[end - 1] as number) | LAST_BLOCK;
      }
      buckets[index] = 0;
      buckets[index + 1] = 0;
      buckets[index + 2] = 0;
      buckets[index + 3] = 0;
    }
    if (followers === 0) {
      end = followersAt;
      continue;
    }
    out[followersAt] = followers & 255;
    out[followersAt + 1] = followers >>> 8;
    const present = presentAt + (local >>> 3);
    out[present] = (out[present] as number) | (1 << (local & 7));
  }
  return out.slice(0, end);
}

/** The most that a group of trigrams can take. */
const GROUP_BYTES = GROUP_TRIGRAMS * (2 + FOLLOWERS * (1 + MASK_BYTES));
let written = new Uint8Array(65_536);

/** Room for `bytes` and a group more, what was written so far in it. */
function scratch(bytes: number): Uint8Array {
  if (written.length < bytes + GROUP_BYTES) {
    const larger = new Uint8Array((bytes + GROUP_BYTES) * 2);
    larger.set(written);
    written = larger;
  }
  return written;
}

function writeBlocks(out: Uint8Array, end: number, word: number, first: number): number {
  for (let left = word; left !== 0; left &= left - 1) out[end++] = first + 31 - Math.clz32(left & -left);
  return end;
}

function writeNumber(out: Uint8Array, at: number, value: number): void {
  out[at] = value & 255;
  out[at + 1] = (value >>> 8) & 255;
  out[at + 2] = (value >>> 16) & 255;
  out[at + 3] = value >>> 24;
}

function bitCount(word: number): number {
  let bits = word - ((word >>> 1) & 0x5555_5555);
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
