// A small number that stands for a task id in the index. Two ids may share one, so whoever looks up by it compares the id too.

const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-/;
const KEY_LIMIT = 2 ** 48;

/** 48 bits of the id: its first 12 hex digits when it looks like a UUID, else a hash of the text. */
export function uuidKey(uuid: string): number {
  if (CANONICAL.test(uuid)) return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16);
  // FNV-1a twice with different seeds, over UTF-16 code units: 24 bits of each.
  let low = 0x811c9dc5;
  let high = 0x01234567;
  for (let index = 0; index < uuid.length; index++) {
    const unit = uuid.charCodeAt(index);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit, 0x01000193);
  }
  return ((high >>> 8) * 2 ** 24 + (low >>> 8)) % KEY_LIMIT;
}
