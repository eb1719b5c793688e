// A UUID that stands for a task id, whatever text the id is: 16 bytes instead of 36, and an index that no text can be too long for.
import { createHash } from 'node:crypto';

/** Ids as Celery makes them. Those whose version would be 0 or above 8 are no UUIDs; the keys of other texts have 15. */
const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The id itself when it is a UUID in the usual notation, else made from a SHA-256 of the text: no two ids have the same. */
export function taskKey(uuid: string): string {
  if (isCanonical(uuid)) return uuid;
  const hex = createHash('sha256').update(uuid.toWellFormed()).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-f${hex.slice(13, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

export function isCanonical(uuid: string): boolean {
  return CANONICAL.test(uuid);
}
