// Deep pages in orders that run through all chunks: between which keys a page lies, told by counting keys in buckets instead of keeping all
// that comes before it.

const BUCKETS = 4_096;
/** So many rows within the window are few enough to be put in order. */
const ENOUGH = 16_384;

/** Calls `take` with the keys of some rows, again and again, the same each time; NaN is no key. */
export type EachKeys = (take: (keys: Float64Array) => void) => void;

export interface KeyWindow {
  /** Both inclusive. */
  readonly from: number;
  readonly to: number;
  /** Rows that come before it. */
  readonly before: number;
}

/** The window that holds the rows of the ranks from `first` on and below `end`, counted from 0 in rising keys; it may hold more. */
export function findWindow(eachKeys: EachKeys, first: number, end: number): KeyWindow {
  let { from, to, finite } = extremes(eachKeys);
  // What has no value comes first in orders that are turned round; there is no telling such keys apart.
  if (from === -Infinity) return { from, to: Infinity, before: 0 };
  if (first >= finite) return { from: Infinity, to: Infinity, before: finite };
  const isOpen = end > finite;
  let before = 0;
  for (let inside = finite; inside > ENOUGH && from < to; ) {
    const buckets = countBuckets(eachKeys, from, to);
    let low = 0;
    let rank = before;
    while (rank + (buckets.counts[low] as number) <= first) rank += buckets.counts[low++] as number;
    let high = low;
    let upTo = rank + (buckets.counts[low] as number);
    while (upTo < end && high < BUCKETS - 1) upTo += buckets.counts[++high] as number;
    // What is as wide as before cannot be told apart by counting.
    if (upTo - rank === inside) break;
    from = buckets.least[low] as number;
    to = buckets.greatest.subarray(low, high + 1).reduce((most, one) => Math.max(most, one), -Infinity);
    before = rank;
    inside = upTo - rank;
  }
  return { from, to: isOpen ? Infinity : to, before };
}

function extremes(eachKeys: EachKeys): { from: number; to: number; finite: number } {
  let from = Infinity;
  let to = -Infinity;
  let finite = 0;
  eachKeys((keys) => {
    for (let row = 0; row < keys.length; row++) {
      const key = keys[row] as number;
      // NaN is not less than infinity either.
      if (!(key < Infinity)) continue;
      finite++;
      if (key < from) from = key;
      if (key > to) to = key;
    }
  });
  return { from, to, finite };
}

/** Which keys there are in each bucket, least and greatest: computing them back from its number would round. */
function countBuckets(
  eachKeys: EachKeys,
  from: number,
  to: number,
): { readonly counts: Uint32Array; readonly least: Float64Array; readonly greatest: Float64Array } {
  const counts = new Uint32Array(BUCKETS);
  const least = new Float64Array(BUCKETS).fill(Infinity);
  const greatest = new Float64Array(BUCKETS).fill(-Infinity);
  const scale = BUCKETS / (to - from);
  eachKeys((keys) => {
    for (let row = 0; row < keys.length; row++) {
      const key = keys[row] as number;
      if (!(key >= from && key <= to)) continue;
      const bucket = Math.min(BUCKETS - 1, Math.floor((key - from) * scale));
      counts[bucket] = (counts[bucket] as number) + 1;
      if (key < (least[bucket] as number)) least[bucket] = key;
      if (key > (greatest[bucket] as number)) greatest[bucket] = key;
    }
  });
  return { counts, least, greatest };
}
