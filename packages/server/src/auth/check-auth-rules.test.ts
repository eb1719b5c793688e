import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aProvider, BCRYPT, rulesWith } from '../../test/auth/open-access.ts';
import type { AuthRules, ProviderRule } from './auth-rules.ts';
import { AuthRulesError } from './auth-rules-error.ts';
import { checkAuthRules, needsSignIn } from './check-auth-rules.ts';

function refused(fields: Partial<AuthRules>, option: string, words: RegExp): void {
  assert.throws(
    () => checkAuthRules(rulesWith(fields)),
    (error) => {
      assert.ok(error instanceof AuthRulesError, String(error));
      assert.equal(error.option, option);
      assert.match(error.message, words);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    },
    JSON.stringify(fields),
  );
}
const refusedProvider = (fields: Partial<ProviderRule>, words: RegExp) =>
  refused({ providers: [aProvider(fields)] }, 'providers', words);

test('everything at once is accepted when nothing contradicts itself', () => {
  checkAuthRules(rulesWith());
  checkAuthRules(
    rulesWith({
      users: ['ada:lovelace', `bob:${BCRYPT}`],
      apiKeys: ['k-1', 'viewer:k-2'],
      roles: { mail: { rights: ['viewer', 'send'], scope: { queues: ['mail*'] } } },
      grants: [
        { who: 'ada', role: 'mail' },
        { who: 'github:group:org/team', role: 'admin' },
        { who: 'key:*', role: 'viewer' },
        { who: '*', role: 'viewer' },
      ],
      defaultRole: 'none',
      providers: [
        aProvider(),
        aProvider({ id: 'github', kind: 'github', url: null, allow: [], groups: ['org'] }),
      ],
      proxy: { header: 'x-forwarded-user', groupsHeader: 'x-groups', from: ['10.0.0.1', 'unix'] },
    }),
  );
});

test('a role or right that does not exist is named, with those that do', () => {
  refused({ grants: [{ who: 'ada', role: 'boss' }] }, '--grants', /"boss" for "ada".*operator/);
  refused({ grants: [{ who: 'ada', role: 'none' }] }, '--grants', /"none"/);
  refused({ defaultRole: 'boss' }, '--default-role', /"boss".*none/);
  refused({ roles: { mine: { rights: ['sned'], scope: {} } } }, 'roles', /"sned".*send/);
  refused({ roles: { mine: { rights: ['toString'], scope: {} } } }, 'roles', /"toString"/);
  refused({ apiKeys: ['boss:s3cret'] }, 'UMBEL_API_KEYS', /key 1 .*operator/);
});

test('a role cannot be empty, hold nowhere, or stand for one that comes with Umbel', () => {
  refused({ roles: { mine: { rights: [], scope: {} } } }, 'roles', /mine holds no right/);
  refused({ roles: { mine: { rights: ['view'], scope: { tasks: [] } } } }, 'roles', /no tasks/);
  refused({ roles: { admin: { rights: ['view'], scope: {} } } }, 'roles', /admin comes with Umbel/);
  refused({ roles: { none: { rights: ['view'], scope: {} } } }, 'roles', /none/);
  refused({ roles: { 'a:b': { rights: ['view'], scope: {} } } }, 'roles', /no name/);
});

test('a role that holds admin cannot be narrowed: what it is about has no queue', () => {
  for (const rights of [['admin'], ['view', 'admin']]) {
    refused({ roles: { mine: { rights, scope: { queues: ['emails'] } } } }, 'roles', /mine holds admin/);
    checkAuthRules(rulesWith({ roles: { mine: { rights, scope: { queues: undefined } } } }));
  }
});

test('a user without a name or password, twice, or with a hash that cannot be used is refused by name', () => {
  refused({ users: ['ada:'] }, '--basic-auth', /"ada" is not NAME:PASSWORD/);
  refused({ users: [':s3cret'] }, '--basic-auth', /item 1/);
  refused({ users: ['s3cret'] }, '--basic-auth', /item 1/);
  refused({ users: ['ada:s3cret', 'ada:s3cret'] }, '--basic-auth', /"ada" is there twice/);
  refused(
    { users: ['ada:$apr1$s3cret$s3cret'] },
    '--basic-auth',
    /"ada" is a hash of a kind that is not supported/,
  );
  refused(
    { users: ['ada:$argon2id$v=19$m=9999999,t=9,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b+dWRWJTmaaJObG'] },
    '--basic-auth',
    /out of bounds/,
  );
});

test('an API key is refused by its place, never by what it is', () => {
  refused({ apiKeys: ['k-1', ''] }, 'UMBEL_API_KEYS', /key 2/);
  refused({ apiKeys: ['s3cret', 'viewer:s3cret'] }, 'UMBEL_API_KEYS', /key 2 is there twice/);
  refused({ apiKeys: ['s3cret with spaces'] }, 'UMBEL_API_KEYS', /key 1/);
  refused({ apiKeys: ['admin:'] }, 'UMBEL_API_KEYS', /key 1/);
});

test('a grant for a way in that is not configured, for nobody, or for anybody who signs in is refused', () => {
  const grant = (who: string, fields: Partial<AuthRules> = {}) => ({
    ...fields,
    grants: [{ who, role: 'viewer' }],
  });
  refused(grant('github:ada@example.org'), '--grants', /not configured.*password/);
  refused(grant(''), '--grants', /names nobody/);
  refused(grant('password:'), '--grants', /names nobody/);
  refused(grant('group:'), '--grants', /names nobody/);
  refused(grant('password:anybody'), '--grants', /nobody has to sign in/);
  refused(grant('anybody', { users: ['ada:x'] }), '--grants', /only while nobody has to sign in/);
  checkAuthRules(rulesWith(grant('anybody')));
});

test('a group must say whose it is where two could have one of that name', () => {
  const providers = [aProvider(), aProvider({ id: 'github', kind: 'github', url: null })];
  refused(
    { providers, grants: [{ who: 'group:ops', role: 'admin' }] },
    '--grants',
    /oidc:group:ops or github:group:ops/,
  );
  checkAuthRules(rulesWith({ providers: [aProvider()], grants: [{ who: 'group:ops', role: 'admin' }] }));
});

test('a provider that would let everybody in is refused, also when a grant only seems to name people', () => {
  refusedProvider({ allow: [] }, /oidc would let in everybody/);
  for (const who of ['*', '*@*', 'oidc:*', 'oidc:group:*', 'password:ada@example.org'])
    refused(
      { providers: [aProvider({ allow: [] })], grants: [{ who, role: 'viewer' }] },
      'providers',
      /everybody/,
    );
  for (const who of ['ada@example.org', 'oidc:*@example.org', 'oidc:group:ops'])
    checkAuthRules(rulesWith({ providers: [aProvider({ allow: [] })], grants: [{ who, role: 'viewer' }] }));
  for (const pattern of ['*', '*@*', '*@example.*', '*@*example.org', 'example.org'])
    refusedProvider({ allow: ['ada@example.org', pattern] }, /may not allow/);
  refusedProvider({ groups: ['*'] }, /exactly/);
});

test('a provider needs an id of its own, a client and an issuer', () => {
  refused({ providers: [aProvider(), aProvider()] }, 'providers', /oidc is there twice/);
  for (const id of ['link', 'password', 'group', 'anybody', 'token'])
    refusedProvider({ id }, /something else already/);
  for (const id of ['', 'Git Hub', 'a/b', '..', 'a:b', '-a']) refusedProvider({ id }, /no id/);
  refusedProvider({ clientId: '' }, /client id/);
  refusedProvider({ clientSecret: '' }, /client secret/);
  refusedProvider({ url: null }, /issuer/);
  refusedProvider({ kind: 'okta', url: null }, /okta\.com/);
  refusedProvider({ minAccessLevel: 60 }, /access level/);
});

test('a proxy is believed only from addresses that are named', () => {
  const proxy = { header: 'x-user', groupsHeader: null, from: ['10.0.0.1'] };
  refused({ proxy: { ...proxy, from: [] } }, '--auth-proxy-from', /is needed/);
  refused({ proxy: { ...proxy, from: ['10.0.0.0/99'] } }, '--auth-proxy-from', /10\.0\.0\.0\/99.*unix/);
  refused({ proxy: { ...proxy, from: ['unix', '0.0.0.0/0'] } }, '--auth-proxy-from', /everybody/);
  refused({ proxy: { ...proxy, from: ['::/0'] } }, '--auth-proxy-from', /everybody/);
  refused({ proxy: { ...proxy, header: 'authorization' } }, '--auth-proxy-header', /cannot be/);
  refused({ proxy: { ...proxy, header: 'x user' } }, '--auth-proxy-header', /cannot be/);
  refused({ proxy: { ...proxy, groupsHeader: 'x-user' } }, '--auth-proxy-groups-header', /of their own/);
});

test('sign-in is needed as soon as anything is configured by which somebody can', () => {
  assert.equal(needsSignIn(rulesWith({ open: true, grants: [{ who: 'anybody', role: 'viewer' }] })), false);
  for (const fields of [
    { users: ['a:b'] },
    { htpasswd: '/etc/htpasswd' },
    { apiKeys: ['k'] },
    { providers: [aProvider()] },
    { proxy: { header: 'x', groupsHeader: null, from: [] } },
  ]) {
    assert.equal(needsSignIn(rulesWith(fields)), true, JSON.stringify(fields));
  }
});
