// Where each kind of provider is, without asking any.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProviderRule } from '../auth-rules.ts';
import { createProviderFlow } from './create-provider-flow.ts';
import { gitHubApi } from './git-hub-flow.ts';
import { oktaIssuer } from './open-id-flow.ts';

function flowOf(kind: ProviderRule['kind'], url: string | null, scopes: readonly string[] = []) {
  const rule: ProviderRule = {
    id: kind,
    kind,
    label: kind,
    clientId: 'umbel',
    clientSecret: 'secret',
    url,
    redirectUri: null,
    scopes,
    groupsClaim: 'groups',
    allow: [],
    groups: [],
    minAccessLevel: 20,
  };
  return createProviderFlow(rule, { deadlineMs: 1, now: () => 0 });
}

test('the public ones have their address, the others need one', () => {
  for (const kind of ['google', 'github', 'gitlab'] as const) assert.doesNotThrow(() => flowOf(kind, null));
  for (const kind of ['okta', 'oidc'] as const) assert.throws(() => flowOf(kind, null), /issuer is missing/);
});

test('GitHub is asked at its own address, with and without Enterprise', async () => {
  for (const [url, issuer, api] of [
    [null, 'https://github.com/login/oauth', 'https://api.github.com'],
    ['https://acme.ghe.com', 'https://acme.ghe.com/login/oauth', 'https://api.acme.ghe.com'],
    ['https://git.good.com/', 'https://git.good.com/login/oauth', 'https://git.good.com/api/v3'],
  ] as const) {
    const configuration = await flowOf('github', url).connect();
    assert.equal(configuration.serverMetadata().issuer, issuer);
    assert.equal(gitHubApi(new URL(url ?? 'https://github.com')), api);
  }
});

test('Flower’s base URL of an Okta organisation leads to its issuer', () => {
  for (const [base, issuer] of [
    ['https://good.okta.com/oauth2', 'https://good.okta.com/'],
    ['https://good.okta.com/oauth2/', 'https://good.okta.com/'],
    ['https://good.okta.com/oauth2/default', 'https://good.okta.com/oauth2/default'],
    ['https://good.okta.com', 'https://good.okta.com/'],
  ] as const)
    assert.equal(oktaIssuer(new URL(base)).href, issuer);
});

test('scopes of one’s own are asked for besides those that are needed, none twice', () => {
  assert.equal(
    flowOf('oidc', 'https://id.good.com', ['groups', 'email']).scope,
    'openid email profile groups',
  );
  assert.equal(flowOf('google', null).scope, 'openid email');
  assert.equal(flowOf('github', null).scope, 'read:org user:email');
  assert.equal(flowOf('gitlab', null).scope, 'openid email read_api');
});
