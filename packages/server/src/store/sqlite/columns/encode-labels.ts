// A column of labels, or of bits, ◀▶ bytes: the ids that occur, then the codes plane after plane, packed by zstd.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import type { LabelCodes } from './chunk.ts';

const ID_BYTES = 8;
const HEAD_BYTES = 4;

/** Null when no row has a label. */
export function encodeLabels({ ids, codes }: LabelCodes): Uint8Array | null {
  if (codes.every((code) => code === 0)) return null;
  const rows = codes.length;
  const planes = ids.length > 256 ? 2 : 1;
  const bytes = new Uint8Array(HEAD_BYTES + ids.length * ID_BYTES + rows * planes);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, ids.length, true);
  ids.forEach((id, code) => view.setFloat64(HEAD_BYTES + code * ID_BYTES, id, true));
  const from = HEAD_BYTES + ids.length * ID_BYTES;
  for (let row = 0; row < rows; row++) {
    const code = codes[row] as number;
    bytes[from + row] = code;
    if (planes === 2) bytes[from + rows + row] = code >>> 8;
  }
  return zstdCompressSync(bytes);
}

/** @throws when the bytes are none of `encodeLabels` */
export function decodeLabels(packed: Uint8Array, rows: number): LabelCodes {
  const bytes = zstdDecompressSync(packed);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = bytes.length < HEAD_BYTES ? 0 : view.getUint32(0, true);
  const planes = count > 256 ? 2 : 1;
  const from = HEAD_BYTES + count * ID_BYTES;
  if (count === 0 || bytes.length !== from + rows * planes) {
    throw new RangeError('a column of the history is not as it was written');
  }
  const ids = Float64Array.from({ length: count }, (_, code) =>
    view.getFloat64(HEAD_BYTES + code * ID_BYTES, true),
  );
  const codes = new Uint16Array(rows);
  for (let row = 0; row < rows; row++) {
    const code =
      (bytes[from + row] as number) + (planes === 2 ? (bytes[from + rows + row] as number) * 256 : 0);
    if (code >= count) throw new RangeError('a column of the history names a label that it has not');
    codes[row] = code;
  }
  return { ids, codes };
}

/** Null when no row has a bit. */
export function encodeBits(bits: Uint8Array): Uint8Array | null {
  return bits.every((one) => one === 0) ? null : zstdCompressSync(bits);
}

/** @throws when the bytes are none of `encodeBits` */
export function decodeBits(packed: Uint8Array, rows: number): Uint8Array {
  const bytes = zstdDecompressSync(packed);
  if (bytes.length !== rows) throw new RangeError('a column of the history is not as long as it should be');
  return new Uint8Array(bytes);
}
