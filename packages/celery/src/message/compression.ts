// Decompresses bodies by their `compression` header, never into more than the caller allows.
// Format: kombu/compression.py. Its name for zlib streams is "application/x-gzip", although they are no gzip files.
// Not supported, because Node cannot: application/x-lzma (xz).
import * as zlib from 'node:zlib';
import { CeleryError } from '../errors.ts';
import { bunzip, OutputFull } from './bunzip.ts';

type Decompressor = (bytes: Uint8Array, maxBytes: number) => Uint8Array;

const inflate: Decompressor = (bytes, maxBytes) => {
  const isGzipFile = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (isGzipFile ? zlib.gunzipSync : zlib.inflateSync)(bytes, { maxOutputLength: maxBytes });
};
const brotli: Decompressor = (bytes, maxBytes) =>
  zlib.brotliDecompressSync(bytes, { maxOutputLength: maxBytes });
const zstd: Decompressor = (bytes, maxBytes) => zlib.zstdDecompressSync(bytes, { maxOutputLength: maxBytes });

/** MIME types and kombu's aliases for them: a header may hold either. */
const DECOMPRESSORS: ReadonlyMap<string, Decompressor> = new Map([
  ['application/x-gzip', inflate],
  ['gzip', inflate],
  ['zlib', inflate],
  ['application/x-bz2', bunzip],
  ['bzip2', bunzip],
  ['bzip', bunzip],
  ['application/x-brotli', brotli],
  ['brotli', brotli],
  ['application/zstd', zstd],
  ['zstd', zstd],
  ['zstandard', zstd],
]);

/**
 * Decompresses `bytes`. `contentType` is the `compression` header, `maxBytes` the largest result allowed.
 * @throws CeleryError `unsupported_compression`; `too_large`; `undecodable` (`params.reason` is `compression`)
 */
export function decompress(bytes: Uint8Array, contentType: string, maxBytes: number): Uint8Array {
  const decompressor = DECOMPRESSORS.get(contentType);
  if (decompressor === undefined) {
    throw new CeleryError('unsupported_compression', `Bodies compressed as ${contentType} cannot be read.`, {
      params: { compression: contentType },
    });
  }
  try {
    return decompressor(bytes, maxBytes);
  } catch (cause) {
    if (cause instanceof OutputFull || (cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE') {
      throw new CeleryError('too_large', `The decompressed body is larger than ${maxBytes} bytes.`, {
        params: { maxBytes },
      });
    }
    throw new CeleryError('undecodable', `The body is not valid ${contentType} data.`, {
      params: { reason: 'compression', compression: contentType },
      cause,
    });
  }
}
