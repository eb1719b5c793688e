// A column of numbers ◀▶ bytes. Times of neighbouring tasks differ little: whole microseconds are written as differences, byte plane
// after byte plane, which zstd then finds nearly empty. Whatever is not whole microseconds is written as it is, plane after plane.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';

const MICROS = 1e6;
/** Beyond it doubles do not tell microseconds apart; a quarter of it, so that twice a difference of two stays below. */
const LARGEST = 2 ** 51;
/** Of a difference, with its sign. */
const MOST_PLANES = 7;
const WORD = 2 ** 32;
const HEAD_BYTES = 16;
const AS_DIFFERENCES = 1;
const AS_IT_IS = 2;

/** Null when no row has a value: then there is nothing to keep. */
export function encodeNumbers(values: Float64Array): Uint8Array | null {
  if (values.every((value) => Number.isNaN(value))) return null;
  return zstdCompressSync(differencePlanes(values) ?? plainPlanes(values));
}

/** @throws when the bytes are none of `encodeNumbers` */
export function decodeNumbers(bytes: Uint8Array, rows: number): Float64Array {
  const planes = zstdDecompressSync(bytes);
  const [form = 0, count = 0] = planes;
  const values = new Float64Array(rows);
  if (planes.length !== HEAD_BYTES + rows * count || count > 8) throw notAColumn();
  if (form === AS_DIFFERENCES && count <= MOST_PLANES) readDifferences(planes, count, values);
  else if (form === AS_IT_IS && count === 8) readPlain(planes, values);
  else throw notAColumn();
  return values;
}

function notAColumn(): RangeError {
  return new RangeError('a column of the history is not as it was written');
}

/**
 * Differences as whole numbers: 0 for no value, else twice the difference and one, or minus twice the difference where it is below 0. The
 * first value is in the head. Null where a value is not whole microseconds.
 */
function differencePlanes(values: Float64Array): Uint8Array | null {
  const rows = values.length;
  const coded = new Float64Array(rows);
  let before = NaN;
  let first = 0;
  let largest = 1;
  for (let row = 0; row < rows; row++) {
    const value = values[row] as number;
    if (value !== value) continue;
    const micros = Math.round(value * MICROS);
    if (micros / MICROS !== value || Object.is(value, -0) || Math.abs(micros) >= LARGEST) return null;
    if (before !== before) first = before = micros;
    const difference = micros - before;
    before = micros;
    const whole = difference >= 0 ? difference * 2 + 1 : difference * -2;
    if (whole > largest) largest = whole;
    coded[row] = whole;
  }
  const count = Math.ceil((Math.floor(Math.log2(largest)) + 1) / 8);
  const planes = headed(AS_DIFFERENCES, count, rows);
  new DataView(planes.buffer).setFloat64(8, first, true);
  for (let row = 0; row < rows; row++) {
    const whole = coded[row] as number;
    let low = whole >>> 0;
    let high = (whole - low) / WORD;
    for (let plane = 0, at = HEAD_BYTES + row; plane < count; plane++, at += rows) {
      planes[at] = low;
      low = (low >>> 8) | ((high & 255) << 24);
      high >>>= 8;
    }
  }
  return planes;
}

function readDifferences(planes: Uint8Array, count: number, values: Float64Array): void {
  const rows = values.length;
  let before = new DataView(planes.buffer, planes.byteOffset).getFloat64(8, true);
  // Planes that were not written.
  const none = new Uint8Array(rows);
  const plane = (index: number) =>
    index < count ? planes.subarray(HEAD_BYTES + index * rows, HEAD_BYTES + (index + 1) * rows) : none;
  const [a, b, c, d] = [plane(0), plane(1), plane(2), plane(3)];
  const [e, f, g] = [plane(4), plane(5), plane(6)];
  for (let row = 0; row < rows; row++) {
    const low =
      ((a[row] as number) |
        ((b[row] as number) << 8) |
        ((c[row] as number) << 16) |
        ((d[row] as number) << 24)) >>>
      0;
    const high = (e[row] as number) | ((f[row] as number) << 8) | ((g[row] as number) << 16);
    if (low === 0 && high === 0) {
      values[row] = NaN;
      continue;
    }
    const difference = high * (WORD / 2) + (low >>> 1);
    before += (low & 1) === 1 ? difference : -difference;
    values[row] = before / MICROS;
  }
}

function plainPlanes(values: Float64Array): Uint8Array {
  const rows = values.length;
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const planes = headed(AS_IT_IS, 8, rows);
  for (let plane = 0; plane < 8; plane++) {
    const from = HEAD_BYTES + plane * rows;
    for (let row = 0; row < rows; row++) planes[from + row] = bytes[row * 8 + plane] as number;
  }
  return planes;
}

function readPlain(planes: Uint8Array, values: Float64Array): void {
  const rows = values.length;
  const bytes = new Uint8Array(values.buffer);
  for (let plane = 0; plane < 8; plane++) {
    const from = HEAD_BYTES + plane * rows;
    for (let row = 0; row < rows; row++) bytes[row * 8 + plane] = planes[from + row] as number;
  }
}

function headed(form: number, count: number, rows: number): Uint8Array {
  const planes = new Uint8Array(HEAD_BYTES + rows * count);
  planes[0] = form;
  planes[1] = count;
  return planes;
}
