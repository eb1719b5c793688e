// An authenticator in memory that people can sign in to, for tests of routes and pages: passwords, links that work once, a
// provider, sessions and tokens. What makes the real one safe is tested in src/auth/.
import { createHash } from 'node:crypto';
import type { Authenticator, Caller, NotSignedIn, SignedIn } from '../../src/auth/authenticator.ts';
import { createPermissions, type Grant } from '../../src/auth/permissions.ts';
import { ALL_RIGHTS, BUILT_IN_ROLES, isRight } from '../../src/auth/rights.ts';
import { TokenError } from '../../src/auth/token-error.ts';
import type { Identity, SessionRecord, TokenRecord } from '../../src/store/ledger.ts';

/** Of everybody. */
export const PASSWORD = 'correct horse';
/** Works once. */
export const LINK_SECRET = 'link-secret-that-works-once';
/** What the provider's callback must bring, in the query and in the cookie. */
export const PROVIDER_STATE = 'state-of-this-browser';
/** Text that would do harm wherever it is not escaped. */
export const HOSTILE = `"><img src=x onerror=alert(1)><script>alert(2)</script>'\u202e{{7*7}}`;

export interface Remembered {
  readonly authenticator: Authenticator;
  /** Sessions by the value of their cookie. */
  readonly sessions: Map<string, SessionRecord>;
  readonly tokens: TokenRecord[];
  /** What the next sign-in is refused with. */
  refuseNext: NotSignedIn | null;
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const csrfOf = (cookie: string) => `csrf-of-${cookie}`;

/** Of the person whom the name belongs to: names of roles, and `nothing`. */
function grantsOf(name: string): readonly Grant[] {
  if (Object.hasOwn(BUILT_IN_ROLES, name)) {
    const role = name as keyof typeof BUILT_IN_ROLES;
    return [{ role, rights: BUILT_IN_ROLES[role], scope: {} }];
  }
  if (name === 'narrowed') {
    return [
      { role: 'viewer', rights: ['view'], scope: {} },
      { role: 'emails', rights: ['send', 'revoke'], scope: { tasks: ['emails.*'], queues: ['emails'] } },
    ];
  }
  return name === HOSTILE ? [{ role: HOSTILE, rights: ALL_RIGHTS, scope: { tasks: [HOSTILE] } }] : [];
}

export function createRememberingAuthenticator(overrides: Partial<Authenticator> = {}): Remembered {
  const sessions = new Map<string, SessionRecord>();
  const tokens: TokenRecord[] = [];
  let linkIsFresh = true;
  const remembered: Remembered = { authenticator: undefined as never, sessions, tokens, refuseNext: null };

  const identityOf = (name: string, via: string): Identity => ({
    subject: `${via}:${name}`,
    name,
    email: via === 'corp' ? `${name}@example.org` : null,
    via,
    groups: name === HOSTILE ? [HOSTILE] : [],
  });
  function callerOf(identity: Identity, cookie: string | null, token: TokenRecord | null = null): Caller {
    const all = createPermissions(grantsOf(identity.name), { readOnly: false });
    return {
      identity: token === null ? identity : { ...identity, via: 'token' },
      permissions: token?.rights == null ? all : all.narrowedTo(token.rights.filter(isRight)),
      session: cookie === null ? null : { hash: hashOf(cookie), csrfToken: csrfOf(cookie) },
      token: token?.name ?? null,
    };
  }
  function begin(identity: Identity, userAgent: string | null, address: string | null): SignedIn {
    const cookie = `cookie-${sessions.size + 1}`;
    const now = Date.now();
    const expiresAt = now + 3_600_000;
    sessions.set(cookie, {
      hash: hashOf(cookie),
      identity,
      createdAt: now,
      seenAt: now,
      expiresAt,
      address,
      userAgent,
    });
    return { caller: callerOf(identity, cookie), sessionCookie: cookie, expiresAt };
  }
  function refused(): NotSignedIn | null {
    const refusal = remembered.refuseNext;
    remembered.refuseNext = null;
    return refusal;
  }
  const forget = (isOver: (session: SessionRecord) => boolean): number => {
    const over = [...sessions].filter(([, session]) => isOver(session));
    for (const [cookie] of over) sessions.delete(cookie);
    return over.length;
  };

  const authenticator: Authenticator = {
    open: false,
    ways: { password: true, providers: [{ id: 'corp', label: 'Corp' }] },
    challenge: 'Basic realm="Umbel", charset="UTF-8"',
    async identify({ sessionCookie = '', authorization }) {
      const bearer = /^Bearer (.+)$/.exec(authorization ?? '')?.[1];
      if (bearer !== undefined) {
        const token = tokens.find((one) => one.hash === hashOf(bearer) && one.revokedAt === null);
        if (token?.owner == null) return { refused: 'wrong', sentence: 'The token is wrong.' };
        return callerOf(token.owner, null, token);
      }
      const session = sessions.get(sessionCookie);
      if (session === undefined) return { refused: 'nothing', sentence: 'Sign in first.' };
      return callerOf(session.identity, sessionCookie);
    },
    async signInWithPassword(name, password, { userAgent, address }) {
      const refusal = refused();
      if (refusal !== null) return refusal;
      if (password !== PASSWORD)
        return { refused: 'wrong', sentence: 'Name or password is wrong.', claimed: name };
      return begin(identityOf(name, 'password'), userAgent, address);
    },
    async signInWithLink(secret, { userAgent, address }) {
      const refusal = refused();
      if (refusal !== null) return refusal;
      if (secret !== LINK_SECRET || !linkIsFresh)
        return { refused: 'wrong', sentence: 'The link is of no use.' };
      linkIsFresh = false;
      return begin(identityOf('admin', 'link'), userAgent, address);
    },
    async beginProviderSignIn(provider, { next, origin }) {
      const back = encodeURIComponent(`${origin}/login/${provider}/callback`);
      return (
        refused() ?? {
          url: `https://id.example.org/authorize?redirect_uri=${back}`,
          browserCookie: `${PROVIDER_STATE}|${next}`,
        }
      );
    },
    async finishProviderSignIn(_provider, { query, browserCookie = '', evidence }) {
      const refusal = refused();
      if (refusal !== null) return refusal;
      const given = new URLSearchParams(query);
      const [state, next = ''] = browserCookie.split('|');
      if (state !== PROVIDER_STATE || given.get('state') !== state)
        return { refused: 'wrong', sentence: 'This sign-in was not begun in this browser.' };
      const identity = identityOf(given.get('code') ?? '', 'corp');
      return { ...begin(identity, evidence.userAgent, evidence.address), next };
    },
    async signOut({ session }) {
      forget(({ hash }) => hash === session?.hash);
    },
    signOutEverywhere: async ({ identity }) => forget((one) => one.identity.subject === identity.subject),
    sessions: async (of) =>
      [...sessions.values()].filter(
        ({ identity }) => of === 'everybody' || identity.subject === of.identity.subject,
      ),
    endSession: async (publicId, { identity, permissions }) =>
      forget(
        (one) =>
          one.hash.startsWith(publicId) &&
          (permissions.has('admin') || one.identity.subject === identity.subject),
      ) > 0,
    tokens: async (of) =>
      tokens.filter(({ owner }) => of === 'everybody' || owner?.subject === of.identity.subject).toReversed(),
    async createToken({ identity, permissions }, { name, rights, expiresAt, networks }) {
      const foreign = rights?.find((right) => !isRight(right) || !permissions.has(right));
      if (foreign !== undefined) throw new TokenError(`${foreign} is not one of your rights.`);
      const wrong = networks.find((network) => !/^[\d.:a-f/]+$/.test(network));
      if (wrong !== undefined) throw new TokenError(`${wrong} is not an address or network.`);
      const secret = `umbel_${'s'.repeat(30)}${tokens.length + 1}`;
      const token: TokenRecord = {
        id: `t${tokens.length + 1}`,
        hash: hashOf(secret),
        prefix: secret.slice(0, 10),
        name,
        owner: identity,
        roles: [],
        rights,
        networks,
        createdAt: Date.now(),
        expiresAt,
        revokedAt: null,
        usedAt: null,
        usedFrom: null,
      };
      tokens.push(token);
      return { secret, token };
    },
    async revokeToken(id, { identity, permissions }) {
      const at = tokens.findIndex(
        (one) =>
          one.id === id &&
          one.revokedAt === null &&
          (permissions.has('admin') || one.owner?.subject === identity.subject),
      );
      const token = tokens[at];
      if (token !== undefined) tokens[at] = { ...token, revokedAt: Date.now() };
      return token !== undefined;
    },
    describe: () => ({ roles: { viewer: ['view', 'payload'] }, grants: [] }),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
    ...overrides,
  };
  return Object.assign(remembered, { authenticator });
}
