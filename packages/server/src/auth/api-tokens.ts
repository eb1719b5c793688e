// API tokens: `umb_` and 40 letters and digits (238 bits). Shown once, kept as a hash, looked up at every request: one that is
// revoked on any desk, or here, opens nothing from that moment on. What it may do is concluded anew each time: its roles as they
// are now, or what its owner may do now, narrowed.
import { randomBytes, randomInt } from 'node:crypto';
import type { Log } from '@umbel/celery';
import type { AccessStore, Identity, TokenRecord } from '../store/ledger.ts';
import type { Grants } from './grants.ts';
import { createNetworkTest, isNetwork } from './networks.ts';
import type { Permissions } from './permissions.ts';
import { ALL_RIGHTS, isRight, RIGHTS } from './rights.ts';
import { hashOfSecret } from './secret-hash.ts';
import { TokenError } from './token-error.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 40;
const SHOWN = 'umb_'.length + 6;
const TOKEN = new RegExp(`^umb_[A-Za-z0-9]{${LENGTH}}$`);
const LONGEST_NAME = 100;
const MOST_NETWORKS = 50;
const TOUCH_EVERY_MS = 60_000;

export interface NewToken {
  readonly name: string;
  /** Null: its rights are those of its roles alone. */
  readonly owner: Identity | null;
  /** Only without an owner. */
  readonly roles: readonly string[];
  /** Narrows further; null: not. */
  readonly rights: readonly string[] | null;
  readonly networks: readonly string[];
  /** Epoch milliseconds; null: never. */
  readonly expiresAt: number | null;
}

/**
 * Makes a token and keeps its hash; whoever calls decides whether that is theirs to do. `secret` is shown this once.
 * @param token.roles names that exist, which the caller has checked
 * @throws TokenError when a name, right, network or time is not one
 */
export async function createApiToken(
  ledger: Pick<AccessStore, 'writeToken'>,
  token: NewToken,
  now: number = Date.now(),
): Promise<{ readonly secret: string; readonly token: TokenRecord }> {
  checkToken(token, now);
  const secret = `umb_${Array.from({ length: LENGTH }, () => LETTERS[randomInt(LETTERS.length)]).join('')}`;
  const record: TokenRecord = {
    ...token,
    name: token.name.trim(),
    id: randomBytes(8).toString('hex'),
    hash: hashOfSecret(secret),
    prefix: secret.slice(0, SHOWN),
    createdAt: now,
    revokedAt: null,
    usedAt: null,
    usedFrom: null,
  };
  await ledger.writeToken(record);
  return { secret, token: record };
}

function checkToken({ name, owner, roles, rights, networks, expiresAt }: NewToken, now: number): void {
  if (name.trim() === '' || name.length > LONGEST_NAME || /\p{C}/u.test(name))
    throw new TokenError(`A token needs a name of 1 to ${LONGEST_NAME} printable characters.`);
  if ((owner === null) === (roles.length === 0))
    throw new TokenError('A token has either an owner or roles of its own.');
  const unknown = rights?.find((right) => !isRight(right));
  if (unknown !== undefined)
    throw new TokenError(
      `${JSON.stringify(unknown)} is not a right; there is ${Object.keys(RIGHTS).join(', ')}.`,
    );
  if (rights?.length === 0) throw new TokenError('A token without any right would open nothing.');
  if (networks.length > MOST_NETWORKS) throw new TokenError(`A token has at most ${MOST_NETWORKS} networks.`);
  const unreadable = networks.find((network) => !isNetwork(network));
  if (unreadable !== undefined)
    throw new TokenError(
      `${JSON.stringify(unreadable)} is neither an address nor a network such as 10.0.0.0/8.`,
    );
  if (expiresAt !== null && !(Number.isSafeInteger(expiresAt) && expiresAt > now))
    throw new TokenError('A token must expire in the future, or never.');
}

/** Somebody who came by a token; or why the token that it is opens nothing, for the operator. */
export type TokenFinding =
  | { readonly identity: Identity; readonly permissions: Permissions; readonly record: TokenRecord }
  | { readonly problem: string; readonly record: TokenRecord };

export interface ApiTokens {
  /** Null: it is none. Rejects with StoreError. */
  find(secret: string, address: string | null): Promise<TokenFinding | null>;
}

export interface ApiTokensOptions {
  readonly ledger: Pick<AccessStore, 'readToken' | 'touchToken'>;
  readonly grants: Grants;
  /** Whether the owner may still sign in. */
  readonly isAllowed: (identity: Identity) => Promise<boolean>;
  readonly log: Log;
  readonly now: () => number;
}

export function createApiTokens({ ledger, grants, isAllowed, log, now }: ApiTokensOptions): ApiTokens {
  const noteUse = ({ id, usedAt }: TokenRecord, address: string | null) => {
    if (usedAt !== null && now() - usedAt < TOUCH_EVERY_MS && now() >= usedAt) return;
    // Nobody waits for it.
    ledger.touchToken(id, now(), address).catch((error: unknown) => {
      log.warn({ error: String(error) }, 'could not note that a token was used');
    });
  };
  return {
    async find(secret, address) {
      if (!TOKEN.test(secret)) return null;
      const record = await ledger.readToken(hashOfSecret(secret));
      if (record === null) return null;
      const problem = await problemOf(record, address);
      if (problem !== null) return { problem, record };
      noteUse(record, address);
      const identity = record.owner ?? {
        subject: `token:${record.id}`,
        name: record.name,
        email: null,
        via: 'token',
        groups: [],
      };
      return { identity, permissions: permissionsOf(record), record };
    },
  };

  async function problemOf(record: TokenRecord, address: string | null): Promise<string | null> {
    if (record.revokedAt !== null) return 'is revoked';
    if (record.expiresAt !== null && record.expiresAt <= now()) return 'has expired';
    if (!isFrom(record.networks, address)) return `is not for use from ${address ?? 'the unix socket'}`;
    if (record.owner !== null && !(await isAllowed(record.owner)))
      return 'belongs to somebody who may no longer sign in';
    return null;
  }

  function permissionsOf({ owner, roles, rights }: TokenRecord): Permissions {
    const held = owner === null ? grants.permissionsOfRoles(roles) : grants.permissionsOf(owner);
    return held.narrowedTo(rights?.filter(isRight) ?? ALL_RIGHTS);
  }
}

function isFrom(networks: readonly string[], address: string | null): boolean {
  if (networks.length === 0) return true;
  try {
    return createNetworkTest(networks)(address);
  } catch {
    // Written by something that checks less: no network at all.
    return false;
  }
}
