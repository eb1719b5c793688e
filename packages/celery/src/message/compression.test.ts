import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CeleryError, type CeleryErrorCode } from '../errors.ts';
import { decompress } from './compression.ts';

const TEXT = '{"type": "task-sent", "n": [1, 2, 3]} '.repeat(4);

/** kombu.compression.compress(TEXT, …) of kombu 5.7.0, base64. */
const KOMBU: Readonly<Record<string, string>> = {
  'application/x-gzip': 'eJyrViqpLEhVslJQKkksztYtTs0rUdJRUMoDikQb6igY6SgYx9YqVNNdFQD1wCpR',
  'application/x-bz2':
    'QlpoOTFBWSZTWeymr9UAAEmbgFAGOBAACiIJTCogAHBTCaaA0xAqqaGTTQyaepqcEhIgyeGCggqWOj0uUExIuWMnwmdkGSDBMVLEH4u5IpwoSHZTV+qA',
  'application/x-brotli': 'G5cA+I3TZbZmXJrg33bkj/+gspF2QRB1N9msK0BKkgyrhlc8rhlO7byWJwoR+GzqGusD',
  'application/zstd': 'KLUv/SCYdQEAZAJ7InR5cGUiOiAidGFzay1zZW50IiwgIm4iOiBbMSwgMiwgM119IAEAfilVTw==',
};

const bytesOf = (contentType: string): Buffer => Buffer.from(KOMBU[contentType] ?? '', 'base64');
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

for (const contentType of Object.keys(KOMBU)) {
  test(`${contentType} of kombu 5.7.0 is decompressed`, () => {
    assert.equal(textOf(decompress(bytesOf(contentType), contentType, 1_000)), TEXT);
  });

  test(`${contentType} fills the bound exactly, and one byte less is too large`, () => {
    assert.equal(textOf(decompress(bytesOf(contentType), contentType, TEXT.length)), TEXT);
    assert.throws(
      () => decompress(bytesOf(contentType), contentType, TEXT.length - 1),
      failsWith('too_large'),
    );
  });

  test(`${contentType} that ends early or is damaged is undecodable`, () => {
    const bytes = bytesOf(contentType);
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(
        () => decompress(bytes.subarray(0, length), contentType, 1_000),
        failsWith('undecodable'),
        `${length} bytes`,
      );
    }
    assert.throws(
      () => decompress(Buffer.from('not compressed at all'), contentType, 1_000),
      failsWith('undecodable'),
    );
  });
}

test('the names that kombu knows for a compression work too', () => {
  for (const [alias, contentType] of [
    ['gzip', 'application/x-gzip'],
    ['zlib', 'application/x-gzip'],
    ['bzip2', 'application/x-bz2'],
    ['bzip', 'application/x-bz2'],
    ['brotli', 'application/x-brotli'],
    ['zstd', 'application/zstd'],
    ['zstandard', 'application/zstd'],
  ] as const) {
    assert.equal(textOf(decompress(bytesOf(contentType), alias, 1_000)), TEXT, alias);
  }
});

test('a real gzip file is decompressed as well', () => {
  assert.equal(textOf(decompress(gzipSync(TEXT), 'application/x-gzip', 1_000)), TEXT);
});

test('a compression that cannot be read is named', () => {
  for (const compression of ['application/x-lzma', 'constructor', '']) {
    assert.throws(
      () => decompress(Buffer.from(''), compression, 1_000),
      (error) => failsWith('unsupported_compression')(error) && error.params['compression'] === compression,
    );
  }
});

function failsWith(code: CeleryErrorCode) {
  return (error: unknown): error is CeleryError => error instanceof CeleryError && error.code === code;
}
