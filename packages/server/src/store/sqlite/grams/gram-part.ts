// One part of the grams of a chunk, read in place: nothing of it is unpacked. gram-blob.ts says how it is written.
import {
  ALWAYS_BYTES,
  DIRECTORY_BYTES,
  FORMAT_VERSION,
  GROUP_TRIGRAMS,
  HAS_ALWAYS,
  HEAD_BYTES,
  LAST_BLOCK,
  MANY_BLOCKS,
  MASK_BYTES,
  MOST_ROWS,
  PRESENT_BYTES,
} from './gram-blob.ts';
import { ANY_FOLLOWER, FOLLOWERS } from './gram-hash.ts';

export interface GramPart {
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** A bit a row that has to be looked at whatever the word; null: there is none. */
  readonly always: Uint8Array | null;
  /** Where the bits of the trigrams begin. */
  readonly presentAt: number;
}

/** Null: it is damaged, or of another version. */
export function openPart(bytes: Uint8Array): GramPart | null {
  const rows = (bytes[2] ?? 0) | ((bytes[3] ?? 0) << 8);
  const flags = bytes[1] ?? 0;
  const presentAt = HEAD_BYTES + (flags & HAS_ALWAYS ? ALWAYS_BYTES : 0);
  const isWhole =
    bytes[0] === FORMAT_VERSION &&
    (flags & ~HAS_ALWAYS) === 0 &&
    rows <= MOST_ROWS &&
    bytes.length >= presentAt + PRESENT_BYTES + DIRECTORY_BYTES;
  if (!isWhole) return null;
  const always = flags & HAS_ALWAYS ? bytes.subarray(HEAD_BYTES, presentAt) : null;
  return { bytes, rows, always, presentAt };
}

/**
 * Puts the blocks that have the gram into `found`, a bit each.
 * @param trigram its number in the part
 * @returns false when the part is damaged
 */
export function findBlocks(
  { bytes, presentAt }: GramPart,
  trigram: number,
  follower: number,
  found: Uint32Array,
): boolean {
  found.fill(0);
  if (!isPresent(bytes, presentAt, trigram)) return true;
  const directoryAt = presentAt + PRESENT_BYTES;
  const group = Math.floor(trigram / GROUP_TRIGRAMS);
  let at = directoryAt + DIRECTORY_BYTES + readNumber(bytes, directoryAt + group * 4);
  for (let before = group * GROUP_TRIGRAMS; before < trigram; before++) {
    if (isPresent(bytes, presentAt, before)) at = skipTrigram(bytes, at);
  }
  const followers = readFollowers(bytes, at);
  at += 2;
  for (let each = 0; each < FOLLOWERS; each++) {
    if (((followers >>> each) & 1) === 0) continue;
    if (each === follower || follower === ANY_FOLLOWER) at = addBlocks(bytes, at, found);
    else at = skipBlocks(bytes, at);
    if (at > bytes.length) return false;
    if (each === follower) return true;
  }
  return at <= bytes.length;
}

function isPresent(bytes: Uint8Array, presentAt: number, trigram: number): boolean {
  return (((bytes[presentAt + (trigram >>> 3)] as number) >>> (trigram & 7)) & 1) === 1;
}

function skipTrigram(bytes: Uint8Array, start: number): number {
  let at = start + 2;
  for (let left = readFollowers(bytes, start); left !== 0; left &= left - 1) at = skipBlocks(bytes, at);
  return at;
}

/** Behind the list; beyond the end when it does not end. */
function skipBlocks(bytes: Uint8Array, start: number): number {
  if (bytes[start] === MANY_BLOCKS) return start + 1 + MASK_BYTES;
  let at = start;
  while ((bytes[at] ?? LAST_BLOCK) < LAST_BLOCK) at++;
  return at + 1;
}

function addBlocks(bytes: Uint8Array, start: number, found: Uint32Array): number {
  if (bytes[start] === MANY_BLOCKS) {
    for (let word = 0; word < found.length; word++) {
      found[word] = (found[word] as number) | readNumber(bytes, start + 1 + word * 4);
    }
    return start + 1 + MASK_BYTES;
  }
  for (let at = start; ; at++) {
    const byte = bytes[at];
    if (byte === undefined) return at + 1;
    const block = byte & ~LAST_BLOCK;
    found[block >>> 5] = (found[block >>> 5] as number) | (1 << (block & 31));
    if (byte >= LAST_BLOCK) return at + 1;
  }
}

function readFollowers(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
}

function readNumber(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)) >>>
    0
  );
}
