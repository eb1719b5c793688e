// Links that sign an administrator in once: printed at the first start, or by the command line. Whoever can read the terminal of
// the server, or its ledger, is its administrator anyway.
import { randomBytes } from 'node:crypto';
import type { AccessStore, Identity } from '../store/ledger.ts';
import { hashOfSecret } from './secret-hash.ts';

const KIND = 'link';
const DAY_MS = 86_400_000;
const SECRET = /^[A-Za-z0-9_-]{43}$/;

export const LINK_IDENTITY: Identity = {
  subject: 'link:admin',
  name: 'admin',
  email: null,
  via: 'link',
  groups: [],
};

/** Answers the secret for `/login/link?token=…`. Rejects with StoreError. */
export async function createOneTimeLink(
  ledger: Pick<AccessStore, 'putOnce'>,
  { now = Date.now(), lifetimeMs = DAY_MS }: { now?: number; lifetimeMs?: number } = {},
): Promise<string> {
  const secret = randomBytes(32).toString('base64url');
  await ledger.putOnce({ kind: KIND, hash: hashOfSecret(secret), data: {}, expiresAt: now + lifetimeMs });
  return secret;
}

/** Whether it was a link that nobody has used; from now on somebody has. Rejects with StoreError. */
export async function takeOneTimeLink(
  ledger: Pick<AccessStore, 'takeOnce'>,
  secret: string,
  now: number,
): Promise<boolean> {
  return SECRET.test(secret) && (await ledger.takeOnce(KIND, hashOfSecret(secret), now)) !== null;
}
