// Sign-in by GitLab: who it is by OpenID Connect, groups and access levels by its API.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestScope } from '@umbel/testkit';
import type { ProviderRule } from '../../src/auth/auth-rules.ts';
import { type GitLabStandIn, startGitLabStandIn } from './git-lab-stand-in.ts';
import { ruleFor, type SignInWalk, startWalk } from './sign-in-walk.ts';

async function start(
  t: TestScope,
  rule: Partial<ProviderRule> = {},
): Promise<SignInWalk & { readonly gitLab: GitLabStandIn }> {
  const gitLab = await startGitLabStandIn(t);
  const walk = startWalk([ruleFor(gitLab, { kind: 'gitlab', ...rule })], [gitLab]);
  return { ...walk, gitLab };
}

test('somebody signs in by address and by the full path of a subgroup', async (t) => {
  const { walk, gitLab } = await start(t, { allow: ['*@good.com'], groups: ['acme/ops'] });
  gitLab.groups.push({ full_path: 'acme', accessLevel: 20 }, { full_path: 'acme/ops', accessLevel: 30 });
  assert.deepEqual(await walk('gitlab'), {
    identity: {
      subject: 'gitlab:1001',
      name: 'ada@good.com',
      email: 'ada@good.com',
      via: 'gitlab',
      groups: ['acme', 'acme/ops'],
    },
    next: '/',
  });
  assert.equal(gitLab.calls[1]?.url.searchParams.get('scope'), 'openid email read_api');
});

test('GitLab low access level: refused, and the operator is told which one counts', async (t) => {
  const { walk, gitLab } = await start(t, { groups: ['acme'], minAccessLevel: 30 });
  gitLab.groups.push({ full_path: 'acme', accessLevel: 20 });
  const outcome = await walk('gitlab');
  assert.ok('refused' in outcome && outcome.refused === 'not_allowed', JSON.stringify(outcome));
  assert.match(outcome.operatorHint ?? '', /access level is 30 or more/);
});

test('GitLab second page of groups: it counts', async (t) => {
  const { walk, gitLab } = await start(t, { groups: ['last'] });
  for (let index = 0; index < 120; index++)
    gitLab.groups.push({ full_path: `group-${index}`, accessLevel: 50 });
  gitLab.groups.push({ full_path: 'last', accessLevel: 50 });
  assert.ok('identity' in (await walk('gitlab')));
});

test('a group of the same last name elsewhere: refused', async (t) => {
  const { walk, gitLab } = await start(t, { groups: ['acme/ops'] });
  gitLab.groups.push(
    { full_path: 'evil/acme/ops', accessLevel: 50 },
    { full_path: 'ops', accessLevel: 50 },
    { full_path: 'acme/ops/sub', accessLevel: 50 },
  );
  const outcome = await walk('gitlab');
  assert.ok('refused' in outcome && outcome.refused === 'not_allowed', JSON.stringify(outcome));
});

test('groups in a claim do not count: only the API knows the access level', async (t) => {
  const { walk, gitLab } = await start(t, { groups: ['acme'] });
  gitLab.knobs.claims = { ...gitLab.knobs.claims, groups: ['acme'] };
  const outcome = await walk('gitlab');
  assert.ok('refused' in outcome && outcome.refused === 'not_allowed', JSON.stringify(outcome));
});

test('an application without the scope read_api: the operator is told', async (t) => {
  const { walk, gitLab } = await start(t);
  gitLab.misbehave.set('/api/v4/groups', { status: 403, json: { error: 'insufficient_scope' } });
  const outcome = await walk('gitlab');
  assert.ok('refused' in outcome && outcome.refused === 'misconfigured', JSON.stringify(outcome));
  assert.match(outcome.operatorHint ?? '', /needs the scope read_api/);
});
