// Sign-in by GitHub, github.com or GitHub Enterprise: plain OAuth 2, and its API for who it is, verified addresses,
// organisations and teams.
import type { Configuration, CustomFetch } from 'openid-client';
import type { ProviderRule } from '../auth-rules.ts';
import { type ClientOptions, describeClient } from './client-configuration.ts';
import { scopes } from './open-id-flow.ts';
import { readList, readOne } from './provider-api.ts';
import { type Claims, isClaims, readAddress, readGroups, readText } from './provider-claims.ts';
import { ProviderError } from './provider-error.ts';
import type { ProvenPerson, ProviderFlow, Tokens } from './provider-flow.ts';

export const GITHUB_URL = new URL('https://github.com');

const ADVICE = {
  user: 'GitHub did not take the token that it had just given',
  emails:
    'it needs the scope user:email, which a GitHub App has as its account permission "Email addresses: read"',
  orgs: 'it needs the scope read:org, which a GitHub App has as its organisation permission "Members: read"',
};

export interface GitHubFlowOptions extends ClientOptions {
  readonly rule: ProviderRule;
  /** Where GitHub is. */
  readonly base: URL;
}

export function createGitHubFlow(options: GitHubFlowOptions): ProviderFlow {
  const { base, rule } = options;
  const login = `${below(base)}/login/oauth`;
  const tokenEndpoint = `${login}/access_token`;
  const configuration = describeClient(
    {
      issuer: login,
      authorization_endpoint: `${login}/authorize`,
      token_endpoint: tokenEndpoint,
      token_endpoint_auth_methods_supported: ['client_secret_post'],
    },
    { ...options, fetch: withHonestStatus(options.fetch, tokenEndpoint) },
  );
  return {
    scope: scopes(['read:org', 'user:email'], rule),
    openId: false,
    proof: options.proof,
    connect: async () => configuration,
    forget() {
      // There is nothing that was asked for and could be wrong.
    },
    person: (_, tokens) => readPerson(gitHubApi(base), configuration, tokens),
  };
}

/** GitHub's API is beside it (github.com, ghe.com) or below it (Enterprise Server). */
export function gitHubApi(base: URL): string {
  const { hostname } = base;
  if (hostname === 'github.com' || hostname.endsWith('.ghe.com')) return `https://api.${hostname}`;
  return `${below(base)}/api/v3`;
}

function below(base: URL): string {
  return base.href.replace(/\/$/, '');
}

/** GitHub answers 200 when its token endpoint refuses; openid-client goes by the status, as the standard says. */
function withHonestStatus(fetch: CustomFetch, tokenEndpoint: string): CustomFetch {
  return async (url, options) => {
    const response = await fetch(url, options);
    if (url !== tokenEndpoint || response.status !== 200) return response;
    const text = await response.text();
    const answer = parse(text);
    const refused = isClaims(answer) && Object.hasOwn(answer, 'error');
    return new Response(text, { status: refused ? 400 : 200, headers: response.headers });
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function readPerson(api: string, configuration: Configuration, tokens: Tokens): Promise<ProvenPerson> {
  const asked = {
    configuration,
    accessToken: tokens.access_token,
    headers: { accept: 'application/vnd.github+json', 'x-github-api-version': '2022-11-28' },
  };
  const user = await readOne(asked, new URL(`${api}/user`), ADVICE.user);
  if (!isClaims(user) || !Number.isSafeInteger(user['id']))
    throw new ProviderError('unexpected', 'GitHub did not say which account it is');
  const [emails, orgs, teams] = await Promise.all([
    readList(asked, new URL(`${api}/user/emails`), ADVICE.emails),
    readList(asked, new URL(`${api}/user/orgs`), ADVICE.orgs),
    readList(asked, new URL(`${api}/user/teams`), ADVICE.orgs),
  ]);
  const addresses = emails
    .filter(isClaims)
    .filter((email) => email['verified'] === true)
    .sort((one, other) => Number(other['primary'] === true) - Number(one['primary'] === true))
    .map((email) => readAddress(email['email']))
    .filter((address) => address !== null);
  return {
    subject: String(user['id']),
    addresses,
    login: readText(user['login']),
    groups: [
      ...orgs.filter(isClaims).flatMap((org) => readGroups(org['login'])),
      ...teams.filter(isClaims).flatMap(teamName),
    ],
    noAddress: addresses.length > 0 ? null : 'the account at GitHub has no verified address',
    noGroups:
      'an organisation that restricts OAuth apps is not seen before one of its owners approves this app (organisation settings, Third-party access)',
  };
}

function teamName(team: Claims): string[] {
  const { organization, slug } = team;
  const org = isClaims(organization) ? readText(organization['login']) : null;
  const name = readText(slug);
  return org === null || name === null ? [] : [`${org}/${name}`];
}
