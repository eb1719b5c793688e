// Bytes have no place in JSON. They are shown as text when they are UTF-8, otherwise as base64: kombu's own rule.
import { isUtf8 } from 'node:buffer';

/** The bytes as UTF-8 text, or as base64 when they are none. */
export function readableBytes(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'base64');
}
