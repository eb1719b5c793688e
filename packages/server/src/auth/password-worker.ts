// The thread of passwords.ts.
import { matchesHash } from './password-hash.ts';
import type { HashedPassword } from './stored-password.ts';

export default function run({ given, stored }: { given: string; stored: HashedPassword }): boolean {
  return matchesHash(given, stored);
}
