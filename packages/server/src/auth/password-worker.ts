// The thread of passwords.ts.
import { constants, setPriority } from 'node:os';
import { matchesHash } from './password-hash.ts';
import type { HashedPassword } from './stored-password.ts';

// Where processors are few, hashing without end must not take their time from the threads that answer. Linux takes 0 for the
// thread that calls; elsewhere it would mean the whole process.
if (process.platform === 'linux') setPriority(0, constants.priority.PRIORITY_LOW);

export default function run({ given, stored }: { given: string; stored: HashedPassword }): boolean {
  return matchesHash(given, stored);
}
