// A person with a browser, without a browser: begins a sign-in, goes to the provider and brings the callback back. Looks at every message for what must be in none.
import assert from 'node:assert/strict';
import type { ProviderRule } from '../../src/auth/auth-rules.ts';
import type { NotSignedIn } from '../../src/auth/authenticator.ts';
import type { ProviderSignIn } from '../../src/auth/provider-sign-in.ts';
import {
  openProviderSignIn,
  type ProviderSignInOptions,
} from '../../src/auth/providers/open-provider-sign-in.ts';
import type { AccessStore, Identity } from '../../src/store/ledger.ts';

/** Where the browser sees Umbel. */
export const ORIGIN = 'http://127.0.0.1:5555';

export interface Callback {
  /** Of the callback, without `?`. */
  readonly query: string;
  readonly browserCookie: string;
  /** Where the provider sent the browser, without the query. */
  readonly address: string;
}

export type Outcome = { readonly identity: Identity; readonly next: string } | NotSignedIn;

export interface SignInWalk {
  readonly signIn: ProviderSignIn;
  /** Epoch milliseconds; may be set ahead. */
  readonly clock: { now: number };
  /** To the provider and back, up to the callback. */
  readonly toCallback: (id: string, next?: string) => Promise<Callback>;
  readonly finish: (
    id: string | null,
    callback: Pick<Callback, 'query'> & { readonly browserCookie?: string },
  ) => Promise<Outcome>;
  /** All of it. */
  readonly walk: (id: string, next?: string) => Promise<Outcome>;
}

/** What the walk needs to know of a provider to see that none of its secrets gets out. */
export interface SecretKeeper {
  readonly clientSecret: string;
  readonly secrets?: readonly string[];
}

/** A rule for a provider of a test. */
export function ruleFor(
  {
    url = null,
    clientId = 'umbel',
    clientSecret = 'unused',
  }: Partial<Pick<ProviderRule, 'url' | 'clientId' | 'clientSecret'>>,
  rule: Partial<ProviderRule> & Pick<ProviderRule, 'kind'>,
): ProviderRule {
  return {
    id: rule.kind,
    label: 'The Provider',
    clientId,
    clientSecret,
    url,
    redirectUri: null,
    scopes: [],
    groupsClaim: 'groups',
    allow: [],
    groups: [],
    minAccessLevel: 20,
    ...rule,
  };
}

export interface WalkOptions extends Pick<ProviderSignInOptions, 'urlPrefix' | 'deadlineMs'> {
  /** From the address that the browser is sent to, to the callback. Default: a stand-in that sends it back at once. */
  readonly follow?: (url: string) => Promise<URL>;
}

export function startWalk(
  rules: readonly ProviderRule[],
  keepers: readonly SecretKeeper[],
  { follow = askStandIn, ...options }: WalkOptions = {},
): SignInWalk {
  const clock = { now: Date.now() };
  const lines: unknown[] = [];
  const log: ProviderSignInOptions['log'] = { info: (...line: unknown[]) => lines.push(line) };
  const signIn = openProviderSignIn(rules, {
    ledger: memoryLedger(),
    log,
    now: () => clock.now,
    ...options,
  });
  const given: string[] = [];

  /** Whoever reads messages and the log learns no secret of anybody. */
  function lookAt<T extends object>(result: T): T {
    const said = JSON.stringify(['identity' in result || 'refused' in result ? result : {}, lines]);
    const secrets = [
      ...given,
      ...keepers.flatMap(({ clientSecret, secrets: more = [] }) => [clientSecret, ...more]),
    ];
    for (const secret of secrets) assert.ok(!said.includes(secret), `a secret got out: ${said}`);
    return result;
  }

  async function toCallback(id: string, next = '/'): Promise<Callback> {
    const begun = lookAt(await signIn.begin(id, { next, origin: ORIGIN }));
    if ('refused' in begun) throw new NotBegun(begun);
    given.push(begun.browserCookie, new URL(begun.url).searchParams.get('state') ?? '');
    const back = await follow(begun.url);
    const code = back.searchParams.get('code');
    if (code !== null) given.push(code);
    return {
      query: back.search.slice(1),
      browserCookie: begun.browserCookie,
      address: `${back.origin}${back.pathname}`,
    };
  }

  async function finish(
    id: string | null,
    { query, browserCookie }: { readonly query: string; readonly browserCookie?: string },
  ): Promise<Outcome> {
    return lookAt(await signIn.finish(id, { query, browserCookie }));
  }

  return {
    signIn,
    clock,
    toCallback,
    finish,
    async walk(id, next) {
      try {
        return await finish(id, await toCallback(id, next));
      } catch (error) {
        if (error instanceof NotBegun) return error.refusal;
        throw error;
      }
    },
  };
}

class NotBegun extends Error {
  readonly refusal: NotSignedIn;

  constructor(refusal: NotSignedIn) {
    super(`${refusal.sentence} (${refusal.operatorHint})`);
    this.refusal = refusal;
  }
}

/** The stand-ins send a browser back at once. */
async function askStandIn(start: string): Promise<URL> {
  const response = await fetch(start, { redirect: 'manual' });
  const body = await response.text();
  const location = response.headers.get('location');
  assert.ok(location, `the provider answered ${response.status}: ${body.slice(0, 500)}`);
  return new URL(location, start);
}

function memoryLedger(): Pick<AccessStore, 'putOnce' | 'takeOnce'> {
  const kept = new Map<string, Parameters<AccessStore['putOnce']>[0]>();
  return {
    async putOnce(once) {
      kept.set(`${once.kind} ${once.hash}`, once);
    },
    async takeOnce(kind, hash, now) {
      const once = kept.get(`${kind} ${hash}`);
      kept.delete(`${kind} ${hash}`);
      return once === undefined || once.expiresAt <= now ? null : once.data;
    },
  };
}
