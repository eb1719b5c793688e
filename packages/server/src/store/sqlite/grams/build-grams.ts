// Makes the grams of a chunk from the texts of its rows. It runs on the thread that takes events in, so it works on numbers alone, in
// memory that it keeps and that fits into the caches: first what each block has, bucket by bucket, then part by part who has a bucket.
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
  MOST_BLOCKS,
  MOST_ROWS,
  PART_TRIGRAMS,
  PRESENT_BYTES,
} from './gram-blob.ts';
import { FOLLOWER_OF, FOLLOWERS, ID_DIGIT_OF, SEPARATOR_CODE, TRIGRAMS, trigramOf } from './gram-hash.ts';

/** Rows with longer texts are looked at for every word: their grams would fill the buckets of their neighbours and cost time. Code units. */
export const LONGEST_TEXT = 32_768;
/** So many code units are looked through in one chunk, some 100 ms; the rows after that are looked at for every word. */
export const MOST_CHARS = 16_000_000;

const GRAM_LENGTH = 4;
const PART_BUCKETS = PART_TRIGRAMS * FOLLOWERS;
const BUCKET_BITS = Math.log2(PART_BUCKETS);
const PART_BITS = Math.log2(GRAM_PARTS);
const FOLLOWER_BITS = Math.log2(FOLLOWERS);
const FIRST_ENTRIES = 32_768;
const MOST_KEPT_ENTRIES = 131_072;

/** The lower byte of each code unit of a text, and an end. */
const codes = Buffer.alloc(LONGEST_TEXT + 1);
/** A bit a bucket: what the block has that is under way. All zero between two blocks. */
const blockBits = new Uint32Array((TRIGRAMS * FOLLOWERS) / 32);
/** By part: buckets, counted from the first one of the part, and above them the block that has it. */
const entries = Array.from({ length: GRAM_PARTS }, () => new Uint32Array(FIRST_ENTRIES));
/** Of the entries of a part. */
const counts = new Uint32Array(GRAM_PARTS);
/** A bit a block for each bucket of one part. All zero between two parts. */
const masks = new Uint32Array(PART_BUCKETS * MASK_WORDS);

/**
 * The grams of a chunk, in `GRAM_PARTS` parts, for readGrams.
 * @param texts gramText of each row
 * @throws RangeError when there are more than `MOST_ROWS`
 */
export function buildGrams(texts: readonly string[]): Uint8Array[] {
  if (texts.length > MOST_ROWS)
    throw new RangeError(`a chunk has at most ${MOST_ROWS} rows, not ${texts.length}`);
  const always = new Uint8Array(ALWAYS_BYTES);
  let hasAlways = false;
  let charsLeft = MOST_CHARS;
  for (let row = 0; row < texts.length; row++) {
    const text = texts[row] as string;
    if (text.length > LONGEST_TEXT || text.length > charsLeft) {
      hasAlways = true;
      always[row >>> 3] = (always[row >>> 3] as number) | (1 << (row & 7));
    } else {
      charsLeft -= text.length;
      addText(text, Math.floor(row / BLOCK_ROWS));
    }
    if ((row + 1) % BLOCK_ROWS === 0 || row + 1 === texts.length) blockBits.fill(0);
  }
  return Array.from({ length: GRAM_PARTS }, (_, part) =>
    encodePart(part, texts.length, hasAlways ? always : null),
  );
}

function addText(text: string, block: number): void {
  const length = codes.write(text, 0, 'latin1');
  codes[length] = SEPARATOR_CODE;
  makeRoom(length);
  const before = block << BUCKET_BITS;
  let run = 0;
  // Of the last three characters.
  let [a, b, c, last] = [0, 0, 0, 0];
  for (let at = 0; at <= length; at++) {
    const code = codes[at] as number;
    const ends = code === SEPARATOR_CODE;
    if (++run >= GRAM_LENGTH) {
      const trigram = trigramOf(a, b, c, last);
      const follower = FOLLOWER_OF[ends ? 0 : code] as number;
      const bucket = trigram * FOLLOWERS + follower;
      const bits = blockBits[bucket >>> 5] as number;
      const bit = 1 << (bucket & 31);
      if ((bits & bit) === 0) {
        blockBits[bucket >>> 5] = bits | bit;
        const part = trigram % GRAM_PARTS;
        const count = counts[part] as number;
        (entries[part] as Uint32Array)[count] = before | ((trigram >>> PART_BITS) * FOLLOWERS + follower);
        counts[part] = count + 1;
      }
    }
    if (ends) run = 0;
    last = (last << 8) | code;
    a = b;
    b = c;
    c = ID_DIGIT_OF[code] as number;
  }
}

/** A text of `chars` cannot have more grams than that, whichever part they are of. */
function makeRoom(chars: number): void {
  for (let part = 0; part < GRAM_PARTS; part++) {
    const old = entries[part] as Uint32Array;
    const needed = (counts[part] as number) + chars;
    if (needed <= old.length) continue;
    const larger = new Uint32Array(needed * 2);
    larger.set(old);
    entries[part] = larger;
  }
}

function encodePart(part: number, rows: number, always: Uint8Array | null): Uint8Array {
  const presentAt = HEAD_BYTES + (always ? ALWAYS_BYTES : 0);
  const directoryAt = presentAt + PRESENT_BYTES;
  const restAt = directoryAt + DIRECTORY_BYTES;
  let out = roomFor(restAt);
  out.fill(0, 0, restAt);
  out[0] = FORMAT_VERSION;
  out[1] = always ? HAS_ALWAYS : 0;
  out[2] = rows & 255;
  out[3] = rows >>> 8;
  if (always) out.set(always, HEAD_BYTES);
  fillMasks(part, out.subarray(presentAt, directoryAt));
  let end = restAt;
  for (let trigram = 0; trigram < PART_TRIGRAMS; trigram++) {
    if (trigram % GROUP_TRIGRAMS === 0) {
      out = roomFor(end);
      writeNumber(out, directoryAt + (trigram / GROUP_TRIGRAMS) * 4, end - restAt);
    }
    if (((out[presentAt + (trigram >>> 3)] as number) & (1 << (trigram & 7))) !== 0) {
      end = writeTrigram(out, end, trigram);
    }
  }
  return out.slice(0, end);
}

/** Sorts the entries of the part by bucket, and empties them. @param present a bit a trigram, set here */
function fillMasks(part: number, present: Uint8Array): void {
  const list = entries[part] as Uint32Array;
  const count = counts[part] as number;
  for (let at = 0; at < count; at++) {
    const entry = list[at] as number;
    const block = entry >>> BUCKET_BITS;
    const index = (entry & (PART_BUCKETS - 1)) * MASK_WORDS + (block >>> 5);
    masks[index] = (masks[index] as number) | (1 << (block & 31));
    const trigram = (entry & (PART_BUCKETS - 1)) >>> FOLLOWER_BITS;
    present[trigram >>> 3] = (present[trigram >>> 3] as number) | (1 << (trigram & 7));
  }
  counts[part] = 0;
  if (list.length > MOST_KEPT_ENTRIES) entries[part] = new Uint32Array(FIRST_ENTRIES);
}

/** Empties the masks of the trigram. @returns behind what it wrote */
function writeTrigram(out: Uint8Array, start: number, trigram: number): number {
  let followers = 0;
  let end = start + 2;
  for (let follower = 0; follower < FOLLOWERS; follower++) {
    const index = (trigram * FOLLOWERS + follower) * MASK_WORDS;
    const a = masks[index] as number;
    const b = masks[index + 1] as number;
    const c = masks[index + 2] as number;
    const d = masks[index + 3] as number;
    if ((a | b | c | d) === 0) continue;
    followers |= 1 << follower;
    const listAt = end;
    if (a !== 0) end = writeBlocks(out, end, a, 0);
    if (b !== 0) end = writeBlocks(out, end, b, 32);
    if (c !== 0) end = writeBlocks(out, end, c, 64);
    if (d !== 0) end = writeBlocks(out, end, d, 96);
    if (end - listAt <= MASK_BYTES) {
      out[end - 1] = (out[end - 1] as number) | LAST_BLOCK;
    } else {
      out[listAt] = MANY_BLOCKS;
      end = listAt + 1;
      for (let word = 0; word < MASK_WORDS; word++, end += 4) {
        writeNumber(out, end, masks[index + word] as number);
      }
    }
  }
  const first = trigram * FOLLOWERS * MASK_WORDS;
  masks.fill(0, first, first + FOLLOWERS * MASK_WORDS);
  out[start] = followers & 255;
  out[start + 1] = followers >>> 8;
  return end;
}

function writeBlocks(out: Uint8Array, start: number, word: number, first: number): number {
  let end = start;
  for (let left = word; left !== 0; left &= left - 1) out[end++] = first + 31 - Math.clz32(left & -left);
  return end;
}

function writeNumber(out: Uint8Array, at: number, value: number): void {
  out[at] = value & 255;
  out[at + 1] = (value >>> 8) & 255;
  out[at + 2] = (value >>> 16) & 255;
  out[at + 3] = value >>> 24;
}

/** The most that a group of trigrams can take, with a list that turns out to be too long at its end. */
const GROUP_BYTES = GROUP_TRIGRAMS * (2 + FOLLOWERS * (1 + MASK_BYTES)) + MOST_BLOCKS;
let written = new Uint8Array(65_536);

/** What was written so far, with room for a group behind `end`. */
function roomFor(end: number): Uint8Array {
  if (written.length < end + GROUP_BYTES) {
    const larger = new Uint8Array((end + GROUP_BYTES) * 2);
    larger.set(written);
    written = larger;
  }
  return written;
}
