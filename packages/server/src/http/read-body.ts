// Bytes of a request's body ▶ the parameters it holds. A form, a multipart form and a JSON object say the same things,
// and JSON is also recognised under content types that clients set without meaning it (curl -d, no type at all).
import { parseExactJson } from '../contract/exact-json.ts';
import { parseForm } from '../contract/form.ts';
import { InvalidRequest, quote } from '../contract/parameter.ts';
import { Refusal } from './errors.ts';

const NOTHING: ReadonlyMap<string, unknown> = new Map();

/** Content types that clients send by default, whatever the body is. */
const UNMEANT = new Set(['', 'application/x-www-form-urlencoded', 'text/plain', 'application/octet-stream']);
/** What an HTML form can send besides text/plain. */
const FORM_TYPES = new Set(['application/x-www-form-urlencoded', 'multipart/form-data']);
const JSON_TYPE = /^(?:application|text)\/(?:[a-z0-9.!#$&^_-]+\+)?json$/;

/** Whether the body comes from a form of a page, as its content type says. */
export function isForm(headers: { readonly 'content-type'?: string }): boolean {
  return FORM_TYPES.has(mediaTypeOf(headers['content-type'] ?? ''));
}

function mediaTypeOf(contentType: string): string {
  return contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/**
 * @param headers of the request: content-type, content-encoding
 * @throws InvalidRequest when the body is broken; Refusal 415 when it is of a kind that is not read here
 */
export async function readBody(
  body: Uint8Array | undefined,
  headers: { readonly 'content-type'?: string; readonly 'content-encoding'?: string },
): Promise<ReadonlyMap<string, unknown>> {
  if (body === undefined || body.length === 0) return NOTHING;
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') {
    throw new Refusal(
      415,
      `A body with Content-Encoding ${quote(encoding)} is not read here; send it plain.`,
    );
  }
  const contentType = headers['content-type'] ?? '';
  const mediaType = mediaTypeOf(contentType);
  if (mediaType === 'multipart/form-data') return readMultipart(body, contentType);
  const text = decodeUtf8(body, contentType);
  if (text.trim() === '') return NOTHING;
  if (JSON_TYPE.test(mediaType)) return readJson(text);
  if (!UNMEANT.has(mediaType)) {
    throw new Refusal(
      415,
      `A body of type ${quote(mediaType)} is not read here; send application/json or a form.`,
    );
  }
  return looksLikeForm(text) ? parseForm(text.trim()) : readJson(text);
}

/** A form percent-encodes the characters that JSON begins with. */
function looksLikeForm(text: string): boolean {
  return text.includes('=') && !/^\s*[[{"]/.test(text);
}

function readJson(text: string): ReadonlyMap<string, unknown> {
  const value = parseExactJson(text, 'The body');
  if (typeof value !== 'object' || value === null || Array.isArray(value) || JSON.isRawJSON(value)) {
    throw new InvalidRequest(`The body must be a JSON object, not ${quote(value)}.`);
  }
  return new Map(Object.entries(value));
}

function decodeUtf8(body: Uint8Array, contentType: string): string {
  const charset = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(contentType)?.[1] ?? 'utf-8';
  if (!/^(?:utf-?8|us-ascii|ascii)$/i.test(charset)) {
    throw new Refusal(415, `A body in ${quote(charset)} is not read here; send UTF-8.`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    throw new InvalidRequest('The body is not UTF-8.');
  }
}

async function readMultipart(body: Uint8Array, contentType: string): Promise<ReadonlyMap<string, unknown>> {
  const values = new Map<string, unknown>();
  for (const [name, value] of await parseMultipart(body, contentType)) {
    if (typeof value !== 'string') {
      throw new InvalidRequest(`${quote(name)} is a file; send it as a plain field.`);
    }
    values.set(name, value);
  }
  return values;
}

/** Node's own reader, the one behind fetch. */
async function parseMultipart(body: Uint8Array, contentType: string): Promise<FormData> {
  try {
    return await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } }).formData();
  } catch {
    throw new InvalidRequest('The body is not a complete multipart form.');
  }
}
