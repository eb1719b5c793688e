import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import * as fc from 'fast-check';
import { CeleryError } from '../errors.ts';
import { decodeResultDocument, formatAbortedDocument } from './result-document.ts';

const MAX = 1_000_000;
const decode = (document: string | Uint8Array, maxBytes = MAX) =>
  decodeResultDocument('t1', typeof document === 'string' ? Buffer.from(document) : document, maxBytes);

function fails(
  code: string,
  contentType: string | undefined,
  document: string | Uint8Array,
  maxBytes = MAX,
): void {
  assert.throws(
    () => decode(document, maxBytes),
    (error) =>
      error instanceof CeleryError && error.code === code && error.params['contentType'] === contentType,
  );
}

test('a document of Celery 5.7 is read field by field', () => {
  const document =
    '{"status": "SUCCESS", "result": 5, "traceback": null, "children": [], ' +
    '"date_done": "2026-11-22T11:03:24.357207+00:00", "group_id": "g", "parent_id": "p", "task_id": "t1"}';
  assert.deepEqual(decode(document), {
    taskId: 't1',
    state: 'SUCCESS',
    result: 5,
    traceback: null,
    children: [],
    dateDone: '2026-11-22T11:03:24.357207+00:00',
    groupId: 'g',
    parentId: 'p',
  });
});

test('a document of 4.0 without date_done, and one of a remote revoke without children, are read', () => {
  const result = decode(
    '{"status":"REVOKED","result":{"exc_type":"TaskRevokedError"},"traceback":null,"children":null}',
  );
  assert.equal(result.state, 'REVOKED');
  assert.deepEqual(result.children, []);
  assert.equal(result.dateDone, null);
});

test('children of groups are flattened in order, and the group itself is none', () => {
  const group = '[["g", ["p", null]], [[["b", ["p", null]], null], [["g2", null], [[["c", null], null]]]]]';
  const document = `{"status":"SUCCESS","result":1,"children":[[["a", ["p", null]], null], ${group}, [["d", null], null]]}`;
  assert.deepEqual(decode(document).children, ['a', 'b', 'c', 'd']);
});

test('numbers stay exact and the tokens of Python are no error', () => {
  const { result } = decode(
    '{"status":"SUCCESS","result":[9007199254740993, NaN, -Infinity, 1180591620717411303424]}',
  );
  assert.equal(JSON.stringify(result), '[9007199254740993,"NaN","-Infinity",1180591620717411303424]');
});

test('a compressed document is read by the type in front of it', () => {
  const plain = Buffer.from('{"status":"SUCCESS","result":"ü","children":[]}');
  const head = Buffer.from('\0celery-compressed\0application/x-gzip\0', 'latin1');
  const document = Buffer.concat([head, deflateSync(plain)]);
  assert.equal(decode(document).result, 'ü');
  fails('too_large', undefined, document, 20);
  fails('undecodable', undefined, document.subarray(0, 25));
  fails('undecodable', undefined, Buffer.concat([head, Buffer.from('no zlib')]));
  assert.throws(() => decode(Buffer.from('\0celery-compressed\0x/y\0z')), {
    code: 'unsupported_compression',
  });
});

test('other serializers are named, never read', () => {
  fails('unsupported_content_type', 'application/x-python-serialize', Buffer.from('800495', 'hex'));
  fails('unsupported_content_type', 'application/x-python-serialize', Buffer.from('80027d', 'hex'));
  fails('unsupported_content_type', 'application/x-msgpack', Buffer.from('86a6737461747573', 'hex'));
  fails('unsupported_content_type', 'application/x-yaml', 'children: []\ndate_done: null\nstatus: SUCCESS\n');
  fails('unsupported_content_type', 'application/data', Buffer.from('x'.repeat(60)).toString('base64'));
});

test('what is no document is undecodable, and what is too large is not decoded', () => {
  for (const document of [
    '',
    'null',
    '[]',
    '{}',
    '{"status":""}',
    '{"status":3}',
    '{"status":"SUCCESS"',
    '\0',
    'x: y',
  ]) {
    assert.throws(() => decode(document), CeleryError, document);
  }
  fails('too_large', undefined, `{"status":"SUCCESS","result":"${'x'.repeat(2000)}"}`, 1000);
});

test('children of any shape are read without an exception', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (children) => {
      const { children: ids } = decode(JSON.stringify({ status: 'SUCCESS', children }));
      assert.ok(ids.every((id) => typeof id === 'string'));
    }),
  );
});

test('bytes of any kind give a result or a CeleryError', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      try {
        decode(bytes);
      } catch (error) {
        assert.ok(error instanceof CeleryError);
      }
    }),
  );
});

test('the ABORTED document is one that can be read back', () => {
  const result = decode(formatAbortedDocument('t1'));
  assert.equal(result.state, 'ABORTED');
  assert.equal(result.result, null);
});
