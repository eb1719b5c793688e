// A short text that stands for a longer one. Nobody is kept out by it: whoever can write a text can have the same hash by writing the
// same text.

/** 16 hex digits. Two lanes of FNV-1a over UTF-16 units, whose bits are mixed at the end. */
export function shortHash(text: string): string {
  let low = 0x811c9dc5;
  let high = 0x2545f491;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x01000193) + (low >>> 13);
  }
  return hex(mix(high ^ text.length)) + hex(mix(low));
}

/** So that every bit of the input reaches every bit of the answer. */
function mix(lane: number): number {
  let mixed = Math.imul(lane ^ (lane >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

function hex(lane: number): string {
  return lane.toString(16).padStart(8, '0');
}
