import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import { CeleryError, type CeleryErrorCode } from '../errors.ts';
import { decodeBody, decodeBodyText, encodeJsonBody } from './body.ts';
import type { Message } from './message.ts';

function message(body: Uint8Array | string, parts: Partial<Message> = {}): Message {
  return {
    headers: {},
    properties: {},
    contentType: 'application/json',
    contentEncoding: 'utf-8',
    ...parts,
    body: typeof body === 'string' ? Buffer.from(body) : body,
  };
}

test('a JSON body is read by its exact numbers', () => {
  assert.deepEqual(decodeBody(message('[9007199254740993, 1.0, "é"]')), [
    JSON.rawJSON('9007199254740993'),
    JSON.rawJSON('1.0'),
    'é',
  ]);
});

test('a value that is encoded and decoded is the same', () => {
  const value = { n: JSON.rawJSON('1e400'), s: '\ud800 é 😀', list: [null, true, 1.5] };
  assert.deepEqual(decodeBody(message(encodeJsonBody(value))), value);
});

test('a compressed body is decompressed first', () => {
  const compressed = message(deflateSync('[1]'), { headers: { compression: 'application/x-gzip' } });
  assert.equal(decodeBodyText(compressed), '[1]');
  assert.deepEqual(decodeBody(compressed), [1]);
});

test('a compression header of null means none', () => {
  assert.equal(decodeBodyText(message('[1]', { headers: { compression: null } })), '[1]');
});

test('a compression header that is no text is undecodable', () => {
  assert.throws(
    () => decodeBodyText(message('[1]', { headers: { compression: {} } })),
    failsWith('undecodable'),
  );
});

test('a body is bounded, compressed or not', () => {
  const bomb = deflateSync(Buffer.alloc(10_000_000));
  assert.ok(bomb.length < 20_000);
  const compressed = message(bomb, { headers: { compression: 'application/x-gzip' } });
  assert.throws(() => decodeBodyText(compressed, 1_000_000), failsWith('too_large'));
  assert.throws(() => decodeBodyText(message('12345'), 4), failsWith('too_large'));
  assert.equal(decodeBodyText(message('12345'), 5), '12345');
});

test('JSON is UTF-8 whatever the charset says, as in kombu', () => {
  assert.equal(decodeBody(message('"é"', { contentEncoding: 'binary' })), 'é');
});

test('bytes that are not UTF-8 are undecodable', () => {
  assert.throws(() => decodeBodyText(message(Buffer.from([0x22, 0xff, 0x22]))), failsWith('undecodable'));
});

test('plain text is read by its charset', () => {
  const plain = { contentType: 'text/plain' };
  assert.equal(decodeBody(message('é', plain)), 'é');
  assert.equal(decodeBody(message(Buffer.from([0xe9]), { ...plain, contentEncoding: 'latin-1' })), 'é');
  for (const contentEncoding of ['no-such-charset', 'binary', '']) {
    assert.throws(() => decodeBody(message('é', { ...plain, contentEncoding })), failsWith('undecodable'));
  }
});

test('a content type that cannot be read is named', () => {
  for (const contentType of [
    'application/x-python-serialize',
    'application/x-yaml',
    'application/data',
    '',
  ]) {
    assert.throws(
      () => decodeBody(message('x', { contentType })),
      (error) => failsWith('unsupported_content_type')(error) && error.params['contentType'] === contentType,
    );
  }
});

test('broken JSON is undecodable', () => {
  for (const body of ['', '{', '[1,]', 'undefined', '[1] x', "{'a': 1}", '\ufeff[1]']) {
    assert.throws(() => decodeBody(message(body)), failsWith('undecodable'), body);
  }
});

function failsWith(code: CeleryErrorCode) {
  return (error: unknown): error is CeleryError => error instanceof CeleryError && error.code === code;
}
