// A small number that stands for a task id in the index. Two ids may share one, so whoever looks up by it compares the id too.

const KEY_LIMIT = 2 ** 48;
const DASH = 0x2d;
const NO_DIGIT = 16;
/** By ASCII code; upper case is not how Python writes a UUID. */
const HEX_DIGIT_OF: Uint8Array = Uint8Array.from({ length: 128 }, (_, code) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return digit === -1 ? NO_DIGIT : digit;
});

/** 48 bits of the id: its first 12 hex digits when it looks like a UUID, else a hash of the text. */
export function uuidKey(uuid: string): number {
  if (uuid.charCodeAt(8) === DASH && uuid.charCodeAt(13) === DASH) {
    const key = readHex(uuid, 0, 8) * 2 ** 16 + readHex(uuid, 9, 13);
    if (key === key) return key;
  }
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

/** Of up to 8 digits; NaN when there is anything else. Asked for every task of a flood, twice: no texts are made on the way. */
function readHex(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = HEX_DIGIT_OF[text.charCodeAt(at)] ?? NO_DIGIT;
    if (digit === NO_DIGIT) return NaN;
    value = (value << 4) | digit;
  }
  return value >>> 0;
}
