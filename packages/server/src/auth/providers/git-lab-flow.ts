// Sign-in by GitLab, gitlab.com or one's own: OpenID Connect for who it is, its API for the groups and the access level in them.
import type { Configuration } from 'openid-client';
import type { ProviderRule } from '../auth-rules.ts';
import { type OpenIdFlowOptions, readOpenIdPerson, rememberDiscovery, scopes } from './open-id-flow.ts';
import { readList } from './provider-api.ts';
import { isClaims, readGroups } from './provider-claims.ts';
import type { ProvenPerson, ProviderFlow, Tokens } from './provider-flow.ts';

export const GITLAB_URL = new URL('https://gitlab.com');

/** @param options its `issuer` is where GitLab is */
export function createGitLabFlow(options: OpenIdFlowOptions): ProviderFlow {
  const { rule } = options;
  return {
    scope: scopes(['openid', 'email', 'read_api'], rule),
    openId: true,
    proof: options.proof,
    ...rememberDiscovery(options),
    person: (configuration, tokens) => readPerson(options.issuer, configuration, tokens, rule),
  };
}

async function readPerson(
  gitLab: URL,
  configuration: Configuration,
  tokens: Tokens,
  rule: ProviderRule,
): Promise<ProvenPerson> {
  const person = await readOpenIdPerson(configuration, tokens, rule);
  const url = new URL(`${gitLab.href.replace(/\/$/, '')}/api/v4/groups`);
  url.searchParams.set('min_access_level', String(rule.minAccessLevel));
  const groups = await readList(
    { configuration, accessToken: tokens.access_token, headers: { accept: 'application/json' } },
    url,
    'the application at GitLab needs the scope read_api',
  );
  return {
    ...person,
    groups: groups.filter(isClaims).flatMap((group) => readGroups(group['full_path'])),
    noGroups: `only groups count in which the access level is ${rule.minAccessLevel} or more`,
  };
}
