// Sign-in through OAuth 2 and OpenID providers: authorization code with PKCE, one use of every state, bound to the browser that
// began. Providers are asked when somebody signs in, never at the start.
import { createHmac, randomBytes } from 'node:crypto';
import {
  AuthorizationResponseError,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
} from 'openid-client';
import type { Logger } from 'pino';
import type { AccessStore } from '../../store/ledger.ts';
import { StoreError } from '../../store/store.ts';
import type { ProviderRule } from '../auth-rules.ts';
import { AuthRulesError } from '../auth-rules-error.ts';
import type { NotSignedIn } from '../authenticator.ts';
import type { ProviderSignIn } from '../provider-sign-in.ts';
import { hashOfSecret, isSameSecret } from '../secret-hash.ts';
import { admitPerson } from './admit-person.ts';
import { explainFailure, type FailedSignIn } from './explain-failure.ts';
import { createProviderFlow } from './create-provider-flow.ts';
import { ownPath } from './own-path.ts';
import type { ProviderFlow } from './provider-flow.ts';

const KIND = 'sign_in';
const TIME_TO_SIGN_IN_MS = 600_000;
const DEADLINE_MS = 10_000;

export interface ProviderSignInOptions {
  readonly ledger: Pick<AccessStore, 'putOnce' | 'takeOnce'>;
  readonly log: Pick<Logger, 'info'>;
  /** Path below which this server is, without a slash at its end. Default: the root. */
  readonly urlPrefix?: string;
  /** Epoch milliseconds. */
  readonly now?: () => number;
  /** For one call to a provider, in milliseconds. Default: 10,000. */
  readonly deadlineMs?: number;
}

interface ConfiguredProvider {
  readonly rule: ProviderRule;
  readonly flow: ProviderFlow;
}

/** @throws AuthRulesError when an address in a rule cannot be one */
export function openProviderSignIn(
  rules: readonly ProviderRule[],
  { ledger, log, urlPrefix = '', now = Date.now, deadlineMs = DEADLINE_MS }: ProviderSignInOptions,
): ProviderSignIn {
  const configured = new Map<string, ConfiguredProvider>(
    rules.map((rule) => {
      checkRedirectUri(rule);
      return [rule.id, { rule, flow: createProviderFlow(rule, { deadlineMs, now }) }];
    }),
  );

  /** Providers that did not answer when they were last asked. */
  const silent = new Set<string>();

  function failed(error: unknown, flow: ProviderFlow, failure: FailedSignIn): NotSignedIn {
    const refusal = explainFailure(error, failure);
    // An error that the browser brings says nothing of the provider.
    if (error instanceof AuthorizationResponseError || refusal.refused === 'wrong') return refusal;
    // What the provider said of itself may be what is wrong by now.
    flow.forget();
    if (refusal.refused === 'busy') silent.add(failure.rule.id);
    return refusal;
  }

  /** Null when it is remembered. */
  async function remember(
    state: string,
    data: Readonly<Record<keyof Begun, string>>,
  ): Promise<NotSignedIn | null> {
    try {
      await ledger.putOnce({
        kind: KIND,
        hash: hashOfSecret(state),
        data,
        expiresAt: now() + TIME_TO_SIGN_IN_MS,
      });
      return null;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'full') throw error;
      const sentence = 'Too many sign-ins are under way.';
      return { ...refuse('busy', sentence, error.message), retryAfterS: 60 };
    }
  }

  return {
    providers: rules.map(({ id, label }) => ({ id, label })),

    async begin(id, { next, origin }) {
      const provider = configured.get(id);
      if (provider === undefined)
        return refuse('wrong', 'There is no such way to sign in.', 'no such provider');
      const { rule, flow } = provider;
      const redirectUri = new URL(rule.redirectUri ?? `${origin}/login/${id}/callback`).href;
      const state = randomSecret();
      const browserCookie = randomSecret();
      let begun: { readonly url: string; readonly browserCookie: string };
      try {
        const configuration = await flow.connect();
        const url = buildAuthorizationUrl(configuration, {
          redirect_uri: redirectUri,
          scope: flow.scope,
          state,
          code_challenge: await calculatePKCECodeChallenge(derive(browserCookie, 'verifier')),
          code_challenge_method: 'S256',
          ...(flow.openId ? { nonce: derive(browserCookie, 'nonce') } : {}),
        });
        begun = { url: url.href, browserCookie };
      } catch (error) {
        return failed(error, flow, { rule, redirectUri });
      }
      const refusal = await remember(state, {
        provider: id,
        browser: hashOfSecret(browserCookie),
        redirectUri,
        next: ownPath(next, urlPrefix) ?? `${urlPrefix}/`,
      });
      return refusal ?? begun;
    },

    async finish(id, { query, browserCookie }) {
      const [state, ...more] = new URLSearchParams(query).getAll('state');
      if (state === undefined || state === '' || more.length > 0)
        return startAgain('the callback carries no state, or more than one');
      const begun = readBegun(await ledger.takeOnce(KIND, hashOfSecret(state), now()));
      if (begun === null)
        return startAgain('the state is not one that was given out, was used already, or is over');
      if (browserCookie === undefined || !isSameSecret(hashOfSecret(browserCookie), begun.browser))
        return startAgain('the sign-in was begun in another browser, or its cookie did not come back');
      const provider = configured.get(begun.provider);
      if (provider === undefined || !isCallbackOf(id, provider.rule))
        return startAgain('the callback is that of another provider');
      const { rule, flow } = provider;
      const { redirectUri, next } = begun;
      try {
        const configuration = await flow.connect();
        const tokens = await flow.proof.withEither(() =>
          authorizationCodeGrant(configuration, new URL(`?${query}`, redirectUri), {
            expectedState: state,
            pkceCodeVerifier: derive(browserCookie, 'verifier'),
            ...(flow.openId ? { expectedNonce: derive(browserCookie, 'nonce'), idTokenExpected: true } : {}),
          }),
        );
        const person = await flow.person(configuration, tokens);
        if (silent.delete(rule.id)) log.info({ provider: rule.id }, 'the provider answers again');
        const identity = admitPerson(rule, person);
        return 'refused' in identity ? identity : { identity, next };
      } catch (error) {
        return failed(error, flow, { rule, redirectUri });
      }
    },
  };
}

/** Without a redirect URI of its own a provider's callback has its id in the path; with one it may come to `/login` too. */
function isCallbackOf(id: string | null, rule: ProviderRule): boolean {
  return id === null ? rule.redirectUri !== null : id === rule.id;
}

/** The token endpoint is told the redirect URI without query, and must be told the same that the browser was. */
function checkRedirectUri({ id, redirectUri }: ProviderRule): void {
  if (redirectUri === null) return;
  const url = URL.parse(redirectUri);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '')
    throw new AuthRulesError(
      'providers',
      `${id} has a redirect URI that is none: it must be an http(s) address without query and fragment`,
    );
}

interface Begun {
  readonly provider: string;
  readonly browser: string;
  readonly redirectUri: string;
  readonly next: string;
}

function readBegun(data: Readonly<Record<string, unknown>> | null): Begun | null {
  return data === null ? null : (data as unknown as Begun);
}

/** One sentence for all of these: which one it was helps only somebody who tries. */
function startAgain(hint: string): NotSignedIn {
  return refuse('wrong', 'This sign-in is over or was not begun in this browser. Start again.', hint);
}

function refuse(refused: NotSignedIn['refused'], sentence: string, operatorHint: string): NotSignedIn {
  return { refused, sentence, operatorHint };
}

function randomSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** PKCE verifier and nonce come from what only the browser keeps: nothing in the ledger is of use to who reads it. */
function derive(browserCookie: string, purpose: 'verifier' | 'nonce'): string {
  return createHmac('sha256', browserCookie).update(purpose).digest('base64url');
}
