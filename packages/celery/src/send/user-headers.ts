// A sender's own headers: merged into the protocol's, so none of those may be among them. Both transports must be able
// to carry them: AMQP tables know 64-bit integers and doubles, but no raw JSON numbers.
import { CeleryError } from '../errors.ts';
import { RESERVED_HEADERS } from '../message/task-message.ts';

/** AMQP's short string, bytes. */
const MAX_HEADER_NAME_BYTES = 255;
/** Deeper is surely a mistake, and readers walk headers recursively. */
const MAX_HEADER_NESTING = 50;

/**
 * The headers with plain numbers only.
 * @throws CeleryError `bad_argument`; `params.field` is `headers` or `headers.<name>`
 */
export function userHeaders(headers: unknown): Readonly<Record<string, unknown>> {
  if (headers === undefined || headers === null) return {};
  if (typeof headers !== 'object' || Array.isArray(headers)) throw bad('headers', 'must be an object');
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      const field = `headers.${name}`;
      if (RESERVED_HEADERS.has(name)) throw bad(field, 'belongs to the task protocol itself');
      if (name === '' || Buffer.byteLength(name) > MAX_HEADER_NAME_BYTES) {
        throw bad('headers', `must have names of 1 to ${MAX_HEADER_NAME_BYTES} bytes`);
      }
      return [name, plainValue(field, value, MAX_HEADER_NESTING)];
    }),
  );
}

function plainValue(field: string, value: unknown, levels: number): unknown {
  if (levels === 0) throw bad(field, 'is nested too deeply');
  if (JSON.isRawJSON(value)) return plainNumber(field, value.rawJSON);
  if (typeof value === 'number') return plainNumber(field, String(value));
  if (Array.isArray(value)) return value.map((inner) => plainValue(field, inner, levels - 1));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, plainValue(field, inner, levels - 1)]),
    );
  }
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  throw bad(field, 'must be a JSON value');
}

function plainNumber(field: string, source: string): number {
  const value = Number(source);
  const isInteger = /^-?\d+$/.test(source);
  if (!Number.isFinite(value) || (isInteger && !Number.isSafeInteger(value))) {
    throw bad(field, 'holds a number that a header cannot carry exactly');
  }
  return value;
}

function bad(field: string, why: string): CeleryError {
  return new CeleryError('bad_argument', `${field} ${why}`, { params: { field } });
}
