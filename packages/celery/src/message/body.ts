// Between a message's bytes and values: compression, charset, serializer. Owns which content types are readable;
// the JSON dialect is kombu-json.ts. Format: kombu/serialization.py.
import { isUtf8 } from 'node:buffer';
import { CeleryError } from '../errors.ts';
import { decompress } from './compression.ts';
import { parseKombuJson, stringifyKombuJson } from './kombu-json.ts';
import type { Message } from './message.ts';

/** Default bound on a decompressed body, bytes: the largest message that RabbitMQ 4 takes. */
const MAX_BODY_BYTES = 16 * 1_024 * 1_024;

/**
 * The text of a body: decompressed, then decoded by its charset (JSON is UTF-8 whatever the charset says, as in kombu).
 * For a reader that wants speed and no exact numbers: `JSON.parse(decodeBodyText(message))`.
 * @param maxBytes largest body, decompressed
 * @throws CeleryError `undecodable` (`params.reason` is `charset` or `compression`), `too_large`, `unsupported_compression`
 */
export function decodeBodyText(message: Message, maxBytes = MAX_BODY_BYTES): string {
  const bytes = plainBytes(message, maxBytes);
  return message.contentType === 'application/json'
    ? utf8Text(bytes)
    : decodeCharset(bytes, message.contentEncoding);
}

/**
 * The value of a body: kombu JSON (see parseKombuJson), or the text itself for `text/plain`.
 * @param maxBytes largest body, decompressed
 * @throws CeleryError `unsupported_content_type`, and what decodeBodyText and parseKombuJson throw
 */
export function decodeBody(message: Message, maxBytes = MAX_BODY_BYTES): unknown {
  switch (message.contentType) {
    case 'application/json':
      return parseKombuJson(decodeBodyText(message, maxBytes));
    case 'text/plain':
      return decodeBodyText(message, maxBytes);
    default:
      throw new CeleryError(
        'unsupported_content_type',
        `Bodies of type ${message.contentType} cannot be read.`,
        {
          params: { contentType: message.contentType },
        },
      );
  }
}

/**
 * A value as the body of a message with content type `application/json` and encoding `utf-8`.
 * @throws CeleryError `bad_argument`, see stringifyKombuJson
 */
export function encodeJsonBody(value: unknown): Uint8Array {
  return Buffer.from(stringifyKombuJson(value), 'utf8');
}

function plainBytes(message: Message, maxBytes: number): Uint8Array {
  const compression = message.headers['compression'];
  if (compression !== undefined && compression !== null) {
    if (typeof compression === 'string') return decompress(message.body, compression, maxBytes);
    throw new CeleryError('undecodable', 'The compression header is not a text.', {
      params: { reason: 'compression' },
    });
  }
  if (message.body.byteLength > maxBytes) {
    throw new CeleryError('too_large', `The body is larger than ${maxBytes} bytes.`, {
      params: { maxBytes },
    });
  }
  return message.body;
}

function decodeCharset(bytes: Uint8Array, charset: string): string {
  const name = charset.toLowerCase();
  if (name === 'utf-8' || name === 'utf8') return utf8Text(bytes);
  try {
    // Python's own spelling, which the Encoding Standard lacks.
    return new TextDecoder(name === 'latin-1' ? 'latin1' : name, { fatal: true, ignoreBOM: true }).decode(
      bytes,
    );
  } catch (cause) {
    throw notText(charset, cause);
  }
}

function utf8Text(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw notText('utf-8');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

function notText(charset: string, cause?: unknown): CeleryError {
  return new CeleryError('undecodable', `The body is not ${charset} text.`, {
    params: { reason: 'charset', charset },
    cause,
  });
}
