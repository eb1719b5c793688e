// Stands in for GitHub Enterprise Server: OAuth as GitHub does it (200 with an error inside), and the API's user, addresses,
// organisations and teams, as GitHub documents them.
import type { TestScope } from '@umbel/testkit';
import { createCodeGrants, type StandInClient } from './code-grants.ts';
import { page, type StandInServer, startStandIn } from './stand-in-server.ts';

export interface GitHubAccount {
  user: Readonly<Record<string, unknown>>;
  emails: readonly {
    readonly email: string;
    readonly primary: boolean;
    readonly verified: boolean;
  }[];
  /** Logins. */
  orgs: readonly string[];
  /** `org/team-slug` */
  teams: readonly string[];
}

export interface GitHubStandIn extends StandInServer, StandInClient {
  /** Who signs in. */
  readonly account: GitHubAccount;
  readonly secrets: readonly string[];
}

/** GitHub's own names for what goes wrong with a code or a client. */
const ERRORS: Readonly<Record<string, string>> = {
  invalid_client: 'incorrect_client_credentials',
  invalid_grant: 'bad_verification_code',
};

export async function startGitHubStandIn(t: TestScope): Promise<GitHubStandIn> {
  const client = { clientId: 'Iv1.umbel', clientSecret: 'github-stand-in-secret-77' };
  const grants = createCodeGrants(client);
  const account: GitHubAccount = {
    user: { id: 583_231, login: 'ada', email: null },
    emails: [{ email: 'ada@good.com', primary: true, verified: true }],
    orgs: [],
    teams: [],
  };

  const server = await startStandIn(t, (call) => {
    const { pathname } = call.url;
    if (pathname === '/login/oauth/authorize') return grants.authorize(call);
    if (pathname === '/login/oauth/access_token') {
      const redeemed = grants.redeem(call);
      return 'error' in redeemed
        ? { json: { error: ERRORS[redeemed.error], error_description: 'The code passed is wrong.' } }
        : {
            json: {
              access_token: redeemed.accessToken,
              scope: 'read:org,user:email',
              token_type: 'bearer',
            },
          };
    }
    if (!pathname.startsWith('/api/v3/')) return null;
    if (!grants.isAccessToken(call)) return { status: 401, json: { message: 'Bad credentials' } };
    switch (pathname) {
      case '/api/v3/user':
        return { json: account.user };
      case '/api/v3/user/emails':
        return page(call, server.url, account.emails);
      case '/api/v3/user/orgs':
        return page(
          call,
          server.url,
          account.orgs.map((login) => ({ login })),
        );
      case '/api/v3/user/teams':
        return page(call, server.url, account.teams.map(asTeam));
      default:
        return null;
    }
  });
  return { ...server, ...client, account, secrets: grants.secrets };
}

function asTeam(path: string): unknown {
  const [login, slug] = path.split('/');
  return { name: slug, slug, organization: { login } };
}
