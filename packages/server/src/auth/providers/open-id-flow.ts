// Sign-in by OpenID Connect: Google, Okta, and any provider with a discovery document (Keycloak, Entra ID, Auth0, Authentik).
import { type Configuration, fetchUserInfo } from 'openid-client';
import type { ProviderRule } from '../auth-rules.ts';
import { type ClientOptions, discoverClient } from './client-configuration.ts';
import { type Claims, readGroups, readText } from './provider-claims.ts';
import { ProviderError } from './provider-error.ts';
import { provenAddress, whyNoAddress } from './proven-address.ts';
import type { ProvenPerson, ProviderFlow, Tokens } from './provider-flow.ts';

/** Endpoints move seldom, but they do. */
const DISCOVERED_FOR_MS = 3_600_000;

export const GOOGLE_ISSUER = new URL('https://accounts.google.com');

export interface OpenIdFlowOptions extends ClientOptions {
  readonly rule: ProviderRule;
  readonly issuer: URL;
  readonly now: () => number;
}

/**
 * Where the issuer of an Okta organisation is. Flower's base URL for the organisation's own server ends in `/oauth2`,
 * which is no issuer.
 */
export function oktaIssuer(base: URL): URL {
  return /^\/oauth2\/?$/.test(base.pathname) ? new URL(base.origin) : base;
}

export function createOpenIdFlow(options: OpenIdFlowOptions): ProviderFlow {
  const { rule } = options;
  return {
    scope: scopes(['openid', 'email', ...(rule.kind === 'google' ? [] : ['profile'])], rule),
    openId: true,
    proof: options.proof,
    ...rememberDiscovery(options),
    person: (configuration, tokens) => readOpenIdPerson(configuration, tokens, rule),
  };
}

/** Without repeats, in one order. */
export function scopes(needed: readonly string[], rule: ProviderRule): string {
  return [...new Set([...needed, ...rule.scopes])].join(' ');
}

/** One discovery for all who wait for it; one that failed is forgotten at once. */
export function rememberDiscovery(options: OpenIdFlowOptions): Pick<ProviderFlow, 'connect' | 'forget'> {
  let remembered: { readonly at: number; readonly configuration: Promise<Configuration> } | null = null;
  return {
    connect() {
      if (remembered !== null && options.now() - remembered.at < DISCOVERED_FOR_MS)
        return remembered.configuration;
      const asked = { at: options.now(), configuration: discoverClient(options.issuer, options) };
      remembered = asked;
      asked.configuration.catch(() => {
        if (remembered === asked) remembered = null;
      });
      return asked.configuration;
    },
    forget() {
      remembered = null;
    },
  };
}

/** Reads the ID token, and asks the user info endpoint for what it leaves out. */
export async function readOpenIdPerson(
  configuration: Configuration,
  tokens: Tokens,
  rule: ProviderRule,
): Promise<ProvenPerson> {
  const idToken: Claims | undefined = tokens.claims();
  const subject = readText(idToken?.['sub']);
  if (idToken === undefined || subject === null) {
    throw new ProviderError('unexpected', 'the ID token has no subject that can be kept');
  }
  const server = configuration.serverMetadata();
  const wantsGroups = rule.kind === 'okta' || rule.kind === 'oidc';
  const complete =
    provenAddress(idToken) !== null && (!wantsGroups || Object.hasOwn(idToken, rule.groupsClaim));
  const sources: Claims[] = [idToken];
  if (!complete && server.userinfo_endpoint !== undefined) {
    sources.push(await fetchUserInfo(configuration, tokens.access_token, subject));
  }
  const addresses = sources.map(provenAddress).filter((address) => address !== null);
  const groupSource = wantsGroups
    ? sources.find((claims) => Object.hasOwn(claims, rule.groupsClaim))
    : undefined;
  return {
    subject,
    addresses: addresses.slice(0, 1),
    login:
      sources.map((claims) => readText(claims['preferred_username'])).find((name) => name !== null) ?? null,
    groups: groupSource === undefined ? [] : readGroups(groupSource[rule.groupsClaim]),
    noAddress: addresses.length > 0 ? null : whyNoAddress(sources),
    noGroups: groupSource !== undefined || !wantsGroups ? null : whyNoGroups(sources, rule),
  };
}

function whyNoGroups(sources: readonly Claims[], rule: ProviderRule): string {
  const byReference = sources.some((claims) => {
    const names = claims['_claim_names'];
    return typeof names === 'object' && names !== null && Object.hasOwn(names, rule.groupsClaim);
  });
  if (byReference)
    return `the provider sent the claim "${rule.groupsClaim}" by reference because the account is in too many groups: let it send only groups that are assigned to the application, or roles`;
  return `the provider sent no claim "${rule.groupsClaim}": add it to the ID token or user info of this client, or set the scope that brings it`;
}
