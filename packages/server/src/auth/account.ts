// What somebody who is signed in does with their own access, and administrators with everybody's: sessions and API tokens.
// Whoever came by a token or key cannot make more of them, nor end what its owner has: a narrowed token stays narrow.
import type { AccessStore } from '../store/ledger.ts';
import { createApiToken } from './api-tokens.ts';
import type { Authenticator, Caller } from './authenticator.ts';
import { isRight } from './rights.ts';
import type { Sessions } from './sessions.ts';
import { TokenError } from './token-error.ts';

/** Of one person, those that still work. */
const MOST_TOKENS = 200;

/** Why this caller can make no API tokens, as a sentence; null: they can. */
export function whyNoTokens({ identity, token }: Pick<Caller, 'identity' | 'token'>): string | null {
  if (token !== null) return 'A token or key cannot make another token: sign in yourself.';
  return identity.via === 'open' ? 'Nobody has to sign in here, so a token would belong to nobody.' : null;
}

type Account = Pick<
  Authenticator,
  'signOut' | 'signOutEverywhere' | 'sessions' | 'endSession' | 'tokens' | 'createToken' | 'revokeToken'
>;

export function createAccount({
  ledger,
  sessions,
  now,
}: {
  readonly ledger: AccessStore;
  readonly sessions: Sessions;
  readonly now: () => number;
}): Account {
  /** Undefined: everybody's. Null: nobody's. */
  const reachOf = ({ identity, permissions, token }: Caller): string | undefined | null => {
    if (permissions.has('admin')) return undefined;
    return token === null ? identity.subject : null;
  };
  const subjectOf = (of: Caller | 'everybody') => (of === 'everybody' ? undefined : of.identity.subject);
  return {
    async signOut({ session }) {
      if (session !== null) await ledger.deleteSession(session.hash);
    },
    signOutEverywhere: async ({ identity, token }) =>
      token === null ? ledger.deleteSessionsOf(identity.subject) : 0,
    sessions: (of) => ledger.sessions(subjectOf(of)),
    async endSession(publicId, by) {
      const reach = reachOf(by);
      return reach !== null && sessions.end(publicId, await ledger.sessions(reach));
    },
    tokens: (of) => ledger.tokens(subjectOf(of)),
    async createToken(by, { name, rights, expiresAt, networks }) {
      const problem = whyNoTokens(by);
      if (problem !== null) throw new TokenError(problem);
      const { identity, permissions } = by;
      const missing = rights?.find((right) => isRight(right) && !permissions.has(right));
      if (missing !== undefined)
        throw new TokenError(`A token cannot have the right ${missing}, because you do not have it.`);
      const alive = (await ledger.tokens(identity.subject)).filter(
        ({ revokedAt, expiresAt: end }) => revokedAt === null && (end === null || end > now()),
      );
      if (alive.length >= MOST_TOKENS)
        throw new TokenError(`You have ${MOST_TOKENS} tokens already: revoke those that you do not need.`);
      return createApiToken(ledger, { name, owner: identity, roles: [], rights, networks, expiresAt }, now());
    },
    async revokeToken(id, by) {
      const reach = reachOf(by);
      if (reach === null || !(await ledger.tokens(reach)).some((token) => token.id === id)) return false;
      return ledger.revokeToken(id, now());
    },
  };
}
