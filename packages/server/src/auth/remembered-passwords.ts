// Names and passwords that were right a moment ago, so that a script which sends them with every request does not wait for a
// hash each time. Kept as an HMAC under a key that only this process has, per client, for a few minutes.
import { createHmac, randomBytes } from 'node:crypto';
import { clientGroup } from './client-group.ts';

const KEEP_MS = 300_000;
const MOST_KEPT = 1000;

export interface RememberedPasswords {
  /** What stands for these credentials from this client. */
  seal(name: string, password: string, address: string | null): string;
  has(seal: string): boolean;
  add(seal: string): void;
  clear(): void;
}

export function createRememberedPasswords(now: () => number): RememberedPasswords {
  const key = randomBytes(32);
  const untilMs = new Map<string, number>();
  return {
    seal: (name, password, address) =>
      createHmac('sha256', key)
        .update(JSON.stringify([name, password, clientGroup(address)]))
        .digest('base64url'),
    has(seal) {
      const until = untilMs.get(seal);
      if (until !== undefined && until <= now()) untilMs.delete(seal);
      return untilMs.has(seal);
    },
    add(seal) {
      untilMs.delete(seal);
      untilMs.set(seal, now() + KEEP_MS);
      const [oldest] = untilMs.keys();
      if (untilMs.size > MOST_KEPT) untilMs.delete(oldest as string);
    },
    clear: () => untilMs.clear(),
  };
}
