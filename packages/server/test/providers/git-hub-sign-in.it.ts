// Sign-in by GitHub: proven addresses, organisations and teams with all their pages, and what its API may answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestScope } from '@umbel/testkit';
import type { ProviderRule } from '../../src/auth/auth-rules.ts';
import { type GitHubStandIn, startGitHubStandIn } from './git-hub-stand-in.ts';
import { type Outcome, ruleFor, type SignInWalk, startWalk } from './sign-in-walk.ts';

async function start(
  t: TestScope,
  rule: Partial<ProviderRule> = {},
): Promise<SignInWalk & { readonly gitHub: GitHubStandIn }> {
  const gitHub = await startGitHubStandIn(t);
  const walk = startWalk([ruleFor(gitHub, { kind: 'github', ...rule })], [gitHub]);
  return { ...walk, gitHub };
}

function assertRefused(outcome: Outcome, hint: RegExp, refused = 'not_allowed'): void {
  assert.ok('refused' in outcome, `let in: ${JSON.stringify(outcome)}`);
  assert.equal(outcome.refused, refused, JSON.stringify(outcome));
  assert.match(outcome.operatorHint ?? '', hint);
}

test('somebody signs in with the verified main address, organisations and teams', async (t) => {
  const { walk, gitHub } = await start(t, { allow: ['ADA@good.com'] });
  gitHub.account.orgs = ['acme'];
  gitHub.account.teams = ['acme/ops'];
  gitHub.account.emails = [
    { email: 'other@good.com', primary: false, verified: true },
    { email: 'Ada@Good.com', primary: true, verified: true },
  ];
  assert.deepEqual(await walk('github', '/workers'), {
    identity: {
      subject: 'github:583231',
      name: 'ada@good.com',
      email: 'ada@good.com',
      via: 'github',
      groups: ['acme', 'acme/ops'],
    },
    next: '/workers',
  });
  const asked = gitHub.calls[0]?.url.searchParams;
  assert.equal(asked?.get('scope'), 'read:org user:email');
  assert.equal(asked?.get('code_challenge_method'), 'S256');
});

test('the second verified address lets somebody in when it is the one that is allowed', async (t) => {
  const { walk, gitHub } = await start(t, { allow: ['*@work.org'] });
  gitHub.account.emails = [
    { email: 'ada@home.net', primary: true, verified: true },
    { email: 'ada@work.org', primary: false, verified: true },
  ];
  const outcome = await walk('github');
  assert.ok('identity' in outcome && outcome.identity.email === 'ada@work.org', JSON.stringify(outcome));
});

test('GitHub unverified address: refused, also when it is the main one or shown in the profile', async (t) => {
  const { walk, gitHub } = await start(t, { allow: ['*@good.com'] });
  gitHub.account.user = { id: 1, login: 'ada', email: 'ada@good.com' };
  gitHub.account.emails = [{ email: 'ada@good.com', primary: true, verified: false }];
  assertRefused(await walk('github'), /no verified address/);
  gitHub.account.emails = [
    { email: 'ada@good.com', primary: true, verified: false },
    { email: 'ada@evil.com', primary: false, verified: true },
  ];
  assertRefused(await walk('github'), /address is not allowed/);
});

test('a login that looks like an allowed address is not one', async (t) => {
  const { walk, gitHub } = await start(t, { allow: ['*@good.com'] });
  gitHub.account.user = { id: 1, login: 'ada@good.com' };
  gitHub.account.emails = [];
  assertRefused(await walk('github'), /no verified address/);
});

test('user in no allowed organisation or team: refused, and the operator is told of access restrictions', async (t) => {
  const { walk, gitHub } = await start(t, { groups: ['acme', 'other/ops'] });
  for (const [orgs, teams] of [
    [[], []],
    [
      ['acme-evil', 'xacme', 'other'],
      ['other/ops2', 'evil/ops', 'acme2/acme'],
    ],
  ] as const) {
    gitHub.account.orgs = orgs;
    gitHub.account.teams = teams;
    assertRefused(await walk('github'), /none of the configured groups; .*restricts OAuth apps/);
  }
  gitHub.account.teams = ['other/ops'];
  assert.ok('identity' in (await walk('github')));
});

test('organisations and teams of later pages count', async (t) => {
  const { walk, gitHub } = await start(t, { groups: ['org-250'] });
  gitHub.account.orgs = Array.from({ length: 260 }, (_, index) => `org-${index}`);
  const outcome = await walk('github');
  assert.ok('identity' in outcome && outcome.identity.groups.length === 260, JSON.stringify(outcome));
});

test('somebody without a verified address comes in by organisation alone, under the login', async (t) => {
  const { walk, gitHub } = await start(t, { groups: ['acme'] });
  gitHub.account.emails = [];
  gitHub.account.orgs = ['acme'];
  const outcome = await walk('github');
  assert.ok('identity' in outcome, JSON.stringify(outcome));
  assert.deepEqual([outcome.identity.name, outcome.identity.email], ['ada', null]);
});

test('an API that refuses or answers nonsense: the operator is told the scope', async (t) => {
  const { walk, gitHub } = await start(t);
  for (const [path, answer, hint] of [
    ['/user/emails', { status: 404, json: {} }, /answered 404: it needs the scope user:email/],
    ['/user/orgs', { status: 403, json: {} }, /answered 403: it needs the scope read:org/],
    ['/user/teams', { status: 403, json: {} }, /read:org/],
    ['/user', { json: { login: 'ada' } }, /which account/],
    ['/user', { json: { id: '1', login: 'ada' } }, /which account/],
    ['/user/emails', { json: { email: 'ada@good.com', verified: true } }, /did not answer a list/],
    ['/user/emails', { status: 200 }, /did not answer JSON/],
  ] as const) {
    gitHub.misbehave.set(`/api/v3${path}`, answer);
    assertRefused(await walk('github'), hint, 'misconfigured');
    gitHub.misbehave.clear();
  }
});

test('a list without end is given up after 50 pages', async (t) => {
  const { walk, gitHub } = await start(t);
  gitHub.misbehave.set('/api/v3/user/orgs', {
    json: [{ login: 'acme' }],
    headers: { link: '<http://169.254.169.254/>; rel="next"' },
  });
  assertRefused(await walk('github'), /more than 50 pages/, 'misconfigured');
});

test('a wrong secret and a code that was used already are told apart, though GitHub answers 200', async (t) => {
  const wrong = await start(t, { clientSecret: 'not-it' });
  assertRefused(await wrong.walk('github'), /incorrect_client_credentials/, 'misconfigured');

  const { toCallback, finish } = await start(t);
  const first = await toCallback('github');
  assert.ok('identity' in (await finish('github', first)));
  const second = await toCallback('github');
  const query = new URLSearchParams(second.query);
  query.set('code', new URLSearchParams(first.query).get('code') ?? '');
  assertRefused(
    await finish('github', { ...second, query: query.toString() }),
    /bad_verification_code/,
    'wrong',
  );
});
