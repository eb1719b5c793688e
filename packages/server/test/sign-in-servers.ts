// The servers of the tests that sign in with a real browser: Umbel with every kind of provider, and the providers.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type OpenIdProvider,
  type RedisServer,
  startBrowser,
  startOpenIdProvider,
  startRedis,
  type TestBrowser,
  type TestScope,
  tempFolder,
} from '@umbel/testkit';
import { type GitHubStandIn, startGitHubStandIn } from './providers/git-hub-stand-in.ts';
import { type GitLabStandIn, startGitLabStandIn } from './providers/git-lab-stand-in.ts';
import { startUmbel, type UmbelProcess } from './start-umbel.ts';

export const CLOSED = { FLOWER_UNAUTHENTICATED_API: '' };
/** Of `paula`. */
export const PASSWORD = 'correct horse';

const ACCOUNTS = {
  'a-1815': {
    email: 'Ada@good.com',
    email_verified: true,
    preferred_username: 'ada',
    groups: ['eng', 'ops'],
  },
  'v-1912': { email: 'vera@good.com', email_verified: true, groups: ['eng'] },
  'e-666': { email: 'eve@good.com.evil.com', email_verified: true, groups: ['ops'] },
  'u-404': { email: 'ursula@good.com', email_verified: false, groups: ['ops'] },
};

export interface SignInServers {
  readonly browser: TestBrowser;
  readonly redis: RedisServer;
  readonly openId: OpenIdProvider;
  readonly gitHub: GitHubStandIn;
  readonly gitLab: GitLabStandIn;
  readonly umbel: UmbelProcess;
  /** How the browser knows it. */
  readonly site: string;
}

/** All of it; ended after the scope. */
export async function startSignInServers(scope: TestScope): Promise<SignInServers> {
  const [browser, redis, openId, gitHub, gitLab] = await Promise.all([
    startBrowser(scope),
    startRedis(scope),
    startOpenIdProvider(scope, { accounts: ACCOUNTS }),
    startGitHubStandIn(scope),
    startGitLabStandIn(scope),
  ]);
  const config = join(tempFolder(scope), 'umbel.yaml');
  writeFileSync(config, describeAccess({ openId, gitHub, gitLab }));
  const umbel = await startUmbel(scope, {
    broker: redis.url,
    args: ['--config', config],
    env: { ...CLOSED, UMBEL_BASIC_AUTH: `paula:${PASSWORD}` },
  });
  const site = umbel.url.replace('127.0.0.1', 'localhost');
  for (const id of ['oidc', 'okta', 'google']) openId.allowRedirect(`${site}/login/${id}/callback`);
  return { browser, redis, openId, gitHub, gitLab, umbel, site };
}

/** JSON is YAML. */
function describeAccess({
  openId,
  gitHub,
  gitLab,
}: Pick<SignInServers, 'openId' | 'gitHub' | 'gitLab'>): string {
  const client = (url: string, { clientId, clientSecret }: { clientId: string; clientSecret: string }) => ({
    url,
    client_id: clientId,
    client_secret: clientSecret,
  });
  const real = { ...client(openId.issuer, openId), allow: ['@good.com'] };
  return JSON.stringify({
    providers: [
      { id: 'oidc', kind: 'oidc', label: 'Acme SSO', ...real },
      { id: 'okta', kind: 'okta', ...real },
      { id: 'google', kind: 'google', ...real },
      { id: 'github', kind: 'github', ...client(gitHub.url, gitHub), groups: ['acme/ops'] },
      { id: 'gitlab', kind: 'gitlab', ...client(gitLab.url, gitLab), allow: ['@good.com'] },
    ],
    roles: { mailers: { rights: ['operator'], queues: ['mail*'] } },
    grants: [
      'oidc:group:ops=operator',
      'okta:group:ops=mailers',
      'google:ada@good.com=admin',
      'github:group:acme/ops=operator',
      'gitlab:group:platform/sre=mailers',
    ],
    'default-role': 'viewer',
  });
}

export const LABELS = {
  oidc: 'Sign in with Acme SSO',
  okta: 'Sign in with Okta',
  google: 'Sign in with Google',
  github: 'Sign in with GitHub',
  gitlab: 'Sign in with GitLab',
};
