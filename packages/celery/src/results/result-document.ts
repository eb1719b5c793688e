// The document that Celery stores for a task ("meta"): bytes or decoded value in, TaskResult out, and the one document this
// package writes itself. Pure. Source of the format: celery/backends/base.py; compressed documents since Celery 5.7.
import { CeleryError } from '../errors.ts';
import { decompress } from '../message/compression.ts';
import { parseKombuJson, stringifyKombuJson } from '../message/kombu-json.ts';
import type { TaskResult } from './result-backend.ts';

/** In front of a compressed document: NUL, this word, NUL, the compression's MIME type, NUL. */
const COMPRESSED = Buffer.from('\0celery-compressed\0', 'latin1');
const MAX_COMPRESSION_NAME = 100;
/** Most children of one task that are read. */
const MAX_CHILDREN = 100_000;

/** What is said of a task of which nothing is stored. */
export function pendingResult(taskId: string): TaskResult {
  return {
    taskId,
    state: 'PENDING',
    result: null,
    traceback: null,
    children: [],
    dateDone: null,
    groupId: null,
    parentId: null,
  };
}

/**
 * Reads a stored document. Backends do not store the content type, so it is told from the first bytes.
 * @param maxBytes largest document, decompressed
 * @throws CeleryError `unsupported_content_type` (pickle, msgpack, yaml, signed), `undecodable`, `too_large`, `unsupported_compression`
 */
export function decodeResultDocument(taskId: string, bytes: Uint8Array, maxBytes: number): TaskResult {
  const document = plainDocument(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), maxBytes);
  const contentType = sniffContentType(document);
  if (contentType === 'application/json') return readMeta(taskId, parseKombuJson(document.toString('utf8')));
  if (contentType === null) throw undecodable(taskId, 'format', 'is in no known format');
  throw new CeleryError(
    'unsupported_content_type',
    `The stored result of task ${taskId} is ${contentType}, which is never read here: set result_serializer to json.`,
    { params: { contentType, taskId } },
  );
}

/**
 * Reads a decoded document.
 * @throws CeleryError `undecodable`
 */
export function readMeta(taskId: string, meta: unknown): TaskResult {
  if (meta === null || typeof meta !== 'object' || Array.isArray(meta)) {
    throw undecodable(taskId, 'shape', 'is not an object');
  }
  const { status, result, traceback, children, date_done, group_id, parent_id } = meta as Record<
    string,
    unknown
  >;
  if (typeof status !== 'string' || status === '') throw undecodable(taskId, 'shape', 'has no status');
  return {
    taskId,
    state: status,
    result: result ?? null,
    traceback: textOrNull(traceback),
    children: childIds(children),
    dateDone: textOrNull(date_done),
    groupId: textOrNull(group_id),
    parentId: textOrNull(parent_id),
  };
}

/** The document that says ABORTED, as celery/contrib/abortable.py has it stored. */
export function formatAbortedDocument(taskId: string): string {
  return stringifyKombuJson({
    status: 'ABORTED',
    result: null,
    traceback: null,
    children: null,
    date_done: null,
    task_id: taskId,
  });
}

function plainDocument(bytes: Buffer, maxBytes: number): Buffer {
  if (bytes.length > maxBytes) {
    throw new CeleryError('too_large', `The stored result is larger than ${maxBytes} bytes.`, {
      params: { maxBytes },
    });
  }
  if (!bytes.subarray(0, COMPRESSED.length).equals(COMPRESSED)) return bytes;
  const end = bytes.subarray(0, COMPRESSED.length + MAX_COMPRESSION_NAME).indexOf(0, COMPRESSED.length);
  if (end < 0) {
    throw new CeleryError('undecodable', 'The stored result does not name its compression.', {
      params: { reason: 'compression' },
    });
  }
  const contentType = bytes.toString('latin1', COMPRESSED.length, end);
  return Buffer.from(decompress(bytes.subarray(end + 1), contentType, maxBytes));
}

/** Kombu's name for the serializer that wrote a document, or null. */
function sniffContentType(document: Buffer): string | null {
  const [first = 0, second = 0] = document;
  if (first === 0x80 && second >= 2 && second <= 5) return 'application/x-python-serialize';
  // A map of some entries: a document has six and more.
  if ((first >= 0x81 && first <= 0x8f) || first === 0xde || first === 0xdf) return 'application/x-msgpack';
  const start = document.toString('latin1', 0, 200);
  if (/^\s*\{/.test(start)) return 'application/json';
  if (/^[a-z_]+:[ \n]/i.test(start)) return 'application/x-yaml';
  // The signed wrapper of the serializer `auth` is one base64 text.
  if (/^[a-z0-9+/=\n]{20,}$/i.test(start)) return 'application/data';
  return null;
}

/** Ids out of result tuples: `[[id, parent], null]` for a task, `[[group id, parent], [tuple, …]]` for a group. */
function childIds(children: unknown): string[] {
  const ids: string[] = [];
  const pending: unknown[] = Array.isArray(children) ? children.toReversed() : [];
  while (pending.length > 0 && ids.length < MAX_CHILDREN) {
    const tuple = pending.pop();
    if (!Array.isArray(tuple)) continue;
    const [head, members] = tuple as unknown[];
    const id: unknown = Array.isArray(head) ? head[0] : head;
    if (Array.isArray(members)) for (const member of members.toReversed() as unknown[]) pending.push(member);
    else if (typeof id === 'string') ids.push(id);
  }
  return ids;
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function undecodable(taskId: string, reason: string, what: string): CeleryError {
  return new CeleryError('undecodable', `The stored result of task ${taskId} ${what}.`, {
    params: { reason, taskId },
  });
}
