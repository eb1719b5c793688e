// A place in a list as an opaque text, and back.
import type { PlainPlace } from './order.ts';

export function placeText({ value, position, id }: PlainPlace): string {
  return Buffer.from(JSON.stringify([value, position, id])).toString('base64url');
}

/** Null when it is none. */
export function readPlace(text: string): PlainPlace | null {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(text, 'base64url').toString());
  } catch {
    return null;
  }
  if (!Array.isArray(parts) || parts.length !== 3) return null;
  const [value, position, id] = parts as unknown[];
  const isValue = value === null || typeof value === 'string' || typeof value === 'number';
  if (!isValue || typeof position !== 'number' || typeof id !== 'number') return null;
  return { value, position, id };
}
