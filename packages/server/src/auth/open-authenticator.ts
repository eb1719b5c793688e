// The Authenticator: puts the ways in together and says in which order they are asked. What cannot be guessed (tokens, sessions)
// is looked up first and never throttled while it is right; what can be guessed (passwords) is asked last, and counted.
import type { Log } from '@umbel/celery';
import type { AccessStore, Identity } from '../store/ledger.ts';
import { createAccount } from './account.ts';
import { createApiKeys } from './api-keys.ts';
import { createApiTokens } from './api-tokens.ts';
import type { AuthRules } from './auth-rules.ts';
import { type Credentials, readAuthorization } from './authorization-header.ts';
import type { Authenticator, Caller, Evidence, NotSignedIn, SignedIn } from './authenticator.ts';
import { checkAuthRules, needsSignIn } from './check-auth-rules.ts';
import { describeAccess } from './describe-access.ts';
import { createGrants } from './grants.ts';
import { LINK_IDENTITY, takeOneTimeLink } from './one-time-link.ts';
import { createPasswordSignIn } from './password-sign-in.ts';
import { openPasswordChecks, type PasswordChecks } from './passwords.ts';
import { openPeople } from './people.ts';
import type { ProviderSignIn } from './provider-sign-in.ts';
import { rememberSessions } from './remembered-sessions.ts';
import { createProxySignIn } from './proxy-sign-in.ts';
import { noSuchWay, notAllowed, tooOften, wrong } from './refusals.ts';
import { csrfTokenOf, openSessions } from './sessions.ts';
import { createThrottle } from './throttle.ts';

export interface AuthenticatorOptions {
  /** Stays open when the authenticator closes. */
  readonly ledger: AccessStore;
  readonly log: Log;
  /** Epoch milliseconds. Default: Date.now. */
  readonly now?: (() => number) | undefined;
  /** Null: none is configured. */
  readonly providers: ProviderSignIn | null;
  /** Tries passwords that are hashed; closed with the authenticator. Default: on a thread of its own. */
  readonly checks?: PasswordChecks | undefined;
}

const ANYBODY: Identity = { subject: 'open:anybody', name: 'anybody', email: null, via: 'open', groups: [] };

/** @throws AuthRulesError naming the option that is wrong */
export async function openAuthenticator(
  rules: AuthRules,
  { ledger: kept, log, now = Date.now, providers, checks = openPasswordChecks(log) }: AuthenticatorOptions,
): Promise<Authenticator> {
  checkAuthRules(rules);
  const ledger = rememberSessions(kept, now);
  const people = await openPeople(rules, { log, now });
  const grants = createGrants(rules);
  const configured = needsSignIn(rules);
  const open = rules.open && !configured;
  const throttle = createThrottle();
  const passwords = createPasswordSignIn({ people, checks, throttle, now });
  const keys = createApiKeys(rules.apiKeys);
  const tokens = createApiTokens({ ledger, grants, isAllowed, log, now });
  const proxy = rules.proxy === null ? null : createProxySignIn(rules.proxy);
  const sessions = openSessions({ ledger, rules, log, now });

  /** By the rules as they are now, whenever it was that they signed in. */
  async function isAllowed(identity: Identity): Promise<boolean> {
    switch (identity.via) {
      case 'link':
        return true;
      case 'open':
        return open;
      case 'proxy':
        return proxy !== null;
      case 'password':
        return passwords.knows(identity.name);
      default:
        return grants.admits(identity);
    }
  }

  const callerOf = (identity: Identity): Caller => ({
    identity,
    permissions: grants.permissionsOf(identity),
    session: null,
    token: null,
  });

  /** Nothing is counted here: whoever else the request names may yet be right. */
  async function byBearer(secret: string, { address }: Evidence): Promise<Caller | NotSignedIn> {
    const key = keys.find(secret);
    if (key !== null) {
      const { identity, role } = key;
      const permissions = role === null ? grants.permissionsOf(identity) : grants.permissionsOfRoles([role]);
      return { identity, permissions, session: null, token: identity.name };
    }
    const found = await tokens.find(secret, address);
    if (found === null) return wrong('The key or token is not right.', null);
    const { name, prefix } = found.record;
    if ('problem' in found)
      return wrong('The key or token is not right.', name, `the token ${name} (${prefix}…) ${found.problem}`);
    return { identity: found.identity, permissions: found.permissions, session: null, token: name };
  }

  async function bySession(cookie: string): Promise<Caller | NotSignedIn | null> {
    const session = await sessions.find(cookie);
    if (session === null) return null;
    const { identity, hash } = session;
    if (!(await isAllowed(identity))) {
      await ledger.deleteSession(hash);
      return notAllowed(identity.name, `ended a session of ${identity.subject}, who may no longer sign in`);
    }
    return { ...callerOf(identity), session: { hash, csrfToken: csrfTokenOf(cookie) } };
  }

  /** The refusal, or the one that says that it was too often. */
  async function counted(refusal: NotSignedIn, address: string | null, claim: string): Promise<NotSignedIn> {
    const attempt = await throttle.begin(address, claim);
    return 'first' in attempt ? tooOften(attempt, refusal.claimed ?? null) : refusal;
  }

  /** Whom the Authorization header proves, when nothing cheaper has named anybody. */
  async function byHeader(
    given: Credentials,
    bearer: Caller | NotSignedIn | null,
    { address }: Evidence,
  ): Promise<Caller | NotSignedIn> {
    if (given.scheme === 'basic' && passwords.configured) {
      const proven = await passwords.prove(given.name, given.password, address);
      return 'refused' in proven ? proven : callerOf(proven);
    }
    if (given.scheme === 'bearer' && bearer !== null)
      return 'refused' in bearer ? counted(bearer, address, given.secret) : bearer;
    return noSuchWay(given.scheme === 'basic' ? given.name : null);
  }

  async function identify(evidence: Evidence): Promise<Caller | NotSignedIn> {
    const given = readAuthorization(evidence.authorization);
    const bearer = given?.scheme === 'bearer' ? await byBearer(given.secret, evidence) : null;
    if (bearer !== null && !('refused' in bearer)) return bearer;
    // A proxy in front may pass on what it was shown itself: it counts only where the proxy names nobody.
    const byProxy = proxy?.(evidence) ?? null;
    if (byProxy !== null)
      return 'problem' in byProxy
        ? counted(
            wrong('The headers of the proxy are not right.', null, byProxy.problem),
            evidence.address,
            'proxy',
          )
        : callerOf(byProxy);
    const cookie = evidence.sessionCookie;
    const known = bearer !== null || cookie === undefined ? null : await bySession(cookie);
    if (known !== null && !('refused' in known)) return known;
    if (open) return callerOf(ANYBODY);
    if (given !== null) return byHeader(given, bearer, evidence);
    return known ?? { refused: 'nothing', sentence: askToSignIn(configured) };
  }

  async function signIn(identity: Identity, evidence: Evidence): Promise<SignedIn> {
    const { session, cookie } = await sessions.begin(identity, evidence);
    return {
      caller: {
        ...callerOf(identity),
        session: { hash: session.hash, csrfToken: csrfTokenOf(cookie) },
      },
      sessionCookie: cookie,
      expiresAt: session.expiresAt,
    };
  }

  let closing: Promise<void> | undefined;
  const authenticator: Authenticator = {
    open,
    ways: { password: passwords.configured, providers: providers?.providers ?? [] },
    challenge: [
      ...(passwords.configured ? ['Basic realm="Umbel", charset="UTF-8"'] : []),
      'Bearer realm="Umbel"',
    ].join(', '),
    identify,

    async signInWithPassword(name, password, evidence) {
      if (!passwords.configured) return noSuchWay(name);
      const proven = await passwords.prove(name, password, evidence.address);
      return 'refused' in proven ? proven : signIn(proven, evidence);
    },
    async signInWithLink(secret, evidence) {
      const attempt = await throttle.begin(evidence.address, secret);
      if ('first' in attempt) return tooOften(attempt, null);
      if (!(await takeOneTimeLink(ledger, secret, now()))) {
        return {
          refused: 'wrong',
          sentence: 'This link is not right, is over, or was used already. Each works once.',
        };
      }
      await attempt.right();
      return signIn(LINK_IDENTITY, evidence);
    },
    async beginProviderSignIn(provider, { next, origin, evidence }) {
      if (providers === null) return noSuchWay(null);
      const begun = await throttle.beginWalk(evidence.address);
      return begun === null ? providers.begin(provider, { next, origin }) : tooOften(begun, null);
    },
    async finishProviderSignIn(provider, { query, browserCookie, evidence }) {
      if (providers === null) return noSuchWay(null);
      const attempt = await throttle.begin(evidence.address, query);
      if ('first' in attempt) return tooOften(attempt, null);
      const finished = await providers.finish(provider, { query, browserCookie });
      // Whoever the provider has proven did not guess.
      if (!('refused' in finished && finished.refused === 'wrong')) await attempt.right();
      if ('refused' in finished) return finished;
      const { identity, next } = finished;
      const person = identity.email ?? identity.name;
      if (!(await isAllowed(identity)))
        return notAllowed(person, `${identity.via}: neither allow, nor groups, nor a grant names ${person}`);
      return { ...(await signIn(identity, evidence)), next };
    },
    ...createAccount({ ledger, sessions, now }),

    describe: () => describeAccess(rules, grants),
    close() {
      sessions.close();
      closing ??= checks.close();
      return closing;
    },
    [Symbol.asyncDispose]: () => authenticator.close(),
  };
  return authenticator;
}

function askToSignIn(configured: boolean): string {
  return configured
    ? 'Sign in, or send a name and password or an API token with the request.'
    : 'Nobody may use this API yet: open the link that was printed at the start, start Umbel with --basic-auth user:password or UMBEL_API_KEYS, or set the environment variable FLOWER_UNAUTHENTICATED_API=true to open it to everybody.';
}
