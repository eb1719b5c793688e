// Options ▶ the rules of access, as auth/ takes them: the flat options are one provider, `providers` are further ones, and
// Flower's environment alone is enough. Here only what options can get wrong; what rules can, auth/check-auth-rules.ts finds.
import type { AuthRules, ProviderRule, ProxyRule, RoleRule } from '../auth/auth-rules.ts';
import { AuthRulesError } from '../auth/auth-rules-error.ts';
import { checkAuthRules } from '../auth/check-auth-rules.ts';
import { people, type ProviderKind } from './access-kinds.ts';
import { ACCESS_OPTIONS, type GivenProvider } from './access-options.ts';
import { ConfigError } from './config-error.ts';
import { OptionValueError } from './option-kinds.ts';
import type { OptionName, OptionValues } from './options.ts';

const LABELS: Readonly<Record<ProviderKind, string>> = {
  google: 'Google',
  github: 'GitHub',
  gitlab: 'GitLab',
  okta: 'Okta',
  oidc: 'Single sign-on',
};

/** Options that say nothing without a provider; those of Flower for one kind only may be left over in the environment. */
const ABOUT_A_PROVIDER: readonly OptionName[] = [
  'oauth2-key',
  'oauth2-secret',
  'oauth2-redirect-uri',
  'oauth-url',
  'oauth-groups',
  'oauth-scopes',
  'auth',
];

/** @throws ConfigError when something is configured by half, or contradicts itself */
export function readAuthRules(config: OptionValues): AuthRules {
  const rules = toRules(config);
  try {
    checkAuthRules(rules);
  } catch (error) {
    if (error instanceof AuthRulesError) throw new ConfigError(`${error.message}.`);
    throw error;
  }
  return rules;
}

function toRules(config: OptionValues): AuthRules {
  const flat = readFlatProvider(config);
  return {
    users: config['basic-auth'],
    htpasswd: config.htpasswd,
    apiKeys: config['api-keys'],
    open: config['unauthenticated-api'] || config['unsafe-no-auth'],
    roles: Object.fromEntries(
      Object.entries(config.roles).map(([name, { rights, ...scope }]): [string, RoleRule] => [
        name,
        { rights, scope },
      ]),
    ),
    grants: config.grants,
    defaultRole: config['default-role'],
    providers: [...(flat === null ? [] : [flat]), ...config.providers.map(readProvider)],
    proxy: readProxy(config),
    sessionIdleMs: config['session-idle'],
    sessionLifetimeMs: config['session-lifetime'],
    readOnly: config['read-only'],
  };
}

/** The provider of the flat options and of Flower's environment; null when there is none. */
function readFlatProvider(config: OptionValues): ProviderRule | null {
  const kind = config['auth-provider'] ?? (config['oidc-issuer'] === null ? null : 'oidc');
  if (kind === null) {
    const given = ABOUT_A_PROVIDER.find((name) => isGiven(config[name]));
    if (given === undefined) return null;
    throw new ConfigError(
      `--${given} is set, but not for which provider: add --auth-provider google, github, gitlab or okta, or --oidc-issuer URL.`,
    );
  }
  const ownGroups = config['oauth-groups'];
  return {
    id: kind,
    kind,
    label: config['oauth-label'] ?? LABELS[kind],
    clientId: config['oauth2-key'] ?? '',
    clientSecret: config['oauth2-secret'] ?? '',
    url: readProviderUrl(kind, config),
    redirectUri: config['oauth2-redirect-uri'],
    scopes: config['oauth-scopes'],
    groupsClaim: config['oauth-groups-claim'],
    allow: config.auth,
    groups: kind === 'gitlab' && ownGroups.length === 0 ? config['gitlab-auth-allowed-groups'] : ownGroups,
    minAccessLevel: config['gitlab-min-access-level'],
  };
}

function readProviderUrl(kind: ProviderKind, config: OptionValues): string | null {
  const issuer = config['oidc-issuer'];
  const url = config['oauth-url'];
  if (issuer !== null && kind !== 'oidc' && kind !== 'okta')
    throw new ConfigError(`--oidc-issuer is for OpenID providers; with ${kind} it is --oauth-url.`);
  if (issuer !== null && url !== null)
    throw new ConfigError('--oidc-issuer and --oauth-url say the same; leave one of them out.');
  const urls: Readonly<Record<ProviderKind, string | null>> = {
    google: url,
    github: url ?? domainUrl(config['github-oauth-domain'], 'github.com'),
    gitlab: url ?? domainUrl(config['gitlab-oauth-domain'], 'gitlab.com'),
    okta: issuer ?? url ?? config['oauth2-okta-base-url'],
    oidc: issuer ?? url,
  };
  return urls[kind];
}

/** Null for the public server. */
function domainUrl(domain: string | null, publicDomain: string): string | null {
  return domain === null || domain === publicDomain ? null : `https://${domain}`;
}

/** An entry of `providers`. */
function readProvider(given: GivenProvider): ProviderRule {
  const { id, kind } = given;
  return {
    id,
    kind,
    label: given.label ?? LABELS[kind],
    clientId: given.client_id,
    clientSecret: given.client_secret,
    url: given.url ?? null,
    redirectUri: given.redirect_uri ?? null,
    scopes: given.scopes ?? [],
    groupsClaim: given.groups_claim ?? ACCESS_OPTIONS['oauth-groups-claim'].default,
    allow: readAllowed(id, given.allow ?? []),
    groups: given.groups ?? [],
    minAccessLevel: given.min_access_level ?? ACCESS_OPTIONS['gitlab-min-access-level'].default,
  };
}

function readAllowed(id: string, allow: readonly string[]): readonly string[] {
  try {
    return people.parse(allow);
  } catch (error) {
    if (error instanceof OptionValueError)
      throw new ConfigError(`providers: allow of ${id} ${error.message}.`);
    throw error;
  }
}

function readProxy(config: OptionValues): ProxyRule | null {
  const header = config['auth-proxy-header'];
  const groupsHeader = config['auth-proxy-groups-header'];
  const from = config['auth-proxy-from'];
  if (header === null) {
    if (groupsHeader === null && from.length === 0) return null;
    const given = groupsHeader === null ? '--auth-proxy-from' : '--auth-proxy-groups-header';
    throw new ConfigError(`${given} says nothing without --auth-proxy-header.`);
  }
  if (from.length === 0) {
    throw new ConfigError(
      '--auth-proxy-header needs --auth-proxy-from: the networks that the proxy connects from. From anywhere else, anybody could set the header.',
    );
  }
  return { header, groupsHeader, from };
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== null;
}
