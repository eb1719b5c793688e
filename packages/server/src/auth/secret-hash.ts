// How secrets are kept and compared: by their SHA-256. Those that Umbel makes are long and random, so nothing dearer is needed;
// passwords that are kept as hashes are password-hash.ts's.
import { hash, timingSafeEqual } from 'node:crypto';

/** What is kept of a secret, and what it is looked up by: hex. */
export function hashOfSecret(secret: string): string {
  return hash('sha256', secret);
}

/** Tells nothing by the time it takes: compares digests, which have one length whatever the texts have. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', expected, 'buffer'));
}
