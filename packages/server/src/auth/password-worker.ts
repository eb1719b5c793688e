// The thread of passwords.ts.
import { constants, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { matchesHash } from './password-hash.ts';
import type { HashedPassword } from './stored-password.ts';

// Where processors are few, hashing without end must not take their time from the threads that answer. Linux takes 0 for the
// thread that calls; elsewhere it would mean the whole process.
if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_LOW);

/**
 * A wrong password is answered after a pause as long as trying it took: guessing without end takes half a processor at most, and
 * memory that others work in is left alone for as long as it was churned.
 */
export default async function run({
  given,
  stored,
}: {
  given: string;
  stored: HashedPassword;
}): Promise<boolean> {
  const began = performance.now();
  const right = matchesHash(given, stored);
  if (!right) await delay(performance.now() - began);
  return right;
}
