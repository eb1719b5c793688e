import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aProvider, rulesWith } from '../../test/auth/open-access.ts';
import { anIdentity } from '../../test/store/sample-access.ts';
import type { AuthRules } from './auth-rules.ts';
import { createGrants } from './grants.ts';

const github = aProvider({ id: 'github', kind: 'github', url: null });
const google = aProvider({ id: 'google', kind: 'google', url: null });
const providers = [github, google];
const grantsOf = (who: Readonly<Record<string, string>>, fields: Partial<AuthRules> = {}) =>
  createGrants(
    rulesWith({
      providers,
      grants: Object.entries(who).map(([name, role]) => ({ who: name, role })),
      defaultRole: 'none',
      ...fields,
    }),
  );
const person = (email: string | null, via = 'google', groups: string[] = []) =>
  anIdentity('chosen', { subject: `${via}:1`, email, via, groups });

test('people with a password are named by their whole name, and its case counts', () => {
  const grants = grantsOf({ ada: 'admin', 'ops-*': 'operator' });
  const roles = (name: string) => grants.permissionsOf(anIdentity(name)).roles;
  assert.deepEqual(roles('ada'), ['admin']);
  assert.deepEqual(roles('ops-7'), ['operator']);
  for (const name of ['Ada', 'ada ', 'adam', 'xada', 'xops-7']) assert.deepEqual(roles(name), [], name);
});

test('people of a provider are named by their proven address alone, never by what they call themselves', () => {
  const grants = grantsOf({ ada: 'admin', 'Ada@Example.org': 'operator' });
  assert.deepEqual(grants.permissionsOf(person('ada@example.org')).roles, ['operator']);
  assert.deepEqual(grants.permissionsOf(anIdentity('ada', { via: 'google', email: null })).roles, []);
  assert.deepEqual(
    grants.permissionsOf(anIdentity('ada', { via: 'google', email: 'eve@example.org' })).roles,
    [],
  );
});

test('a way in front of a grant holds it to that way', () => {
  const grants = grantsOf({
    'github:ada@example.org': 'admin',
    'password:ada': 'viewer',
    'proxy:ada': 'operator',
  });
  assert.deepEqual(grants.permissionsOf(person('ada@example.org', 'github')).roles, ['admin']);
  assert.deepEqual(grants.permissionsOf(person('ada@example.org', 'google')).roles, []);
  assert.deepEqual(grants.permissionsOf(anIdentity('ada')).roles, ['viewer']);
  assert.deepEqual(grants.permissionsOf(anIdentity('ada', { via: 'proxy' })).roles, ['operator']);
});

test('groups are matched as a whole, of the way in that the grant names', () => {
  const grants = grantsOf({ 'github:group:org/ops-*': 'operator' });
  assert.deepEqual(grants.permissionsOf(person(null, 'github', ['org/ops-eu'])).roles, ['operator']);
  assert.deepEqual(grants.permissionsOf(person(null, 'github', ['evil-org/ops-eu', 'org'])).roles, []);
  assert.deepEqual(grants.permissionsOf(person(null, 'google', ['org/ops-eu'])).roles, []);
});

test('keys have what a grant for keys says, never what one for people says', () => {
  const key = anIdentity('key 1', { via: 'key' });
  assert.deepEqual(grantsOf({ '*': 'admin' }).permissionsOf(key).roles, []);
  assert.deepEqual(grantsOf({ 'key:*': 'viewer' }).permissionsOf(key).roles, ['viewer']);
});

test('several grants add up', () => {
  const grants = grantsOf(
    { ada: 'viewer', 'a*': 'own' },
    { roles: { own: { rights: ['send'], scope: {} } } },
  );
  assert.deepEqual(grants.permissionsOf(anIdentity('ada')).rights, ['view', 'payload', 'send']);
});

test('whom no grant names has the default role: admin without any grants, viewer with some, or as said', () => {
  const ada = anIdentity('ada');
  assert.deepEqual(grantsOf({}, { defaultRole: null }).permissionsOf(ada).roles, ['admin']);
  assert.deepEqual(grantsOf({ bob: 'admin' }, { defaultRole: null }).permissionsOf(ada).roles, ['viewer']);
  assert.deepEqual(grantsOf({}, { defaultRole: 'operator' }).permissionsOf(ada).roles, ['operator']);
  assert.deepEqual(grantsOf({}).permissionsOf(ada).rights, []);
});

test('anybody is who needs no sign-in: admin, unless a grant says less', () => {
  const anybody = anIdentity('anybody', { via: 'open' });
  assert.deepEqual(grantsOf({}).permissionsOf(anybody).roles, ['admin']);
  assert.deepEqual(grantsOf({ anybody: 'viewer' }).permissionsOf(anybody).roles, ['viewer']);
  assert.deepEqual(grantsOf({ anybody: 'viewer' }).permissionsOf(anIdentity('ada')).roles, []);
});

test('roles of one’s own hold rights and other roles, and hold where they say', () => {
  const roles = { mail: { rights: ['viewer', 'revoke'], scope: { queues: ['mail*'] } } };
  const permissions = grantsOf({ ada: 'mail' }, { roles }).permissionsOf(anIdentity('ada'));
  assert.deepEqual(permissions.rights, ['view', 'payload', 'revoke']);
  assert.equal(permissions.covers('revoke', { queues: ['mail-eu'] }), true);
  assert.equal(permissions.covers('revoke', { queues: ['celery'] }), false);
});

test('read-only takes changes from everybody, a role that is gone gives nothing', () => {
  const grants = grantsOf({ ada: 'admin' }, { readOnly: true });
  assert.deepEqual(grants.permissionsOf(anIdentity('ada')).rights, ['view', 'payload', 'admin']);
  assert.deepEqual(grants.permissionsOfRoles(['gone', 'toString', '__proto__']).rights, []);
});

test('a provider without a list lets in whom a grant names, and a grant for everybody names nobody', () => {
  const open = [{ ...github, allow: [] }];
  const admits = (who: string, email: string | null, groups: string[] = []) =>
    grantsOf({ [who]: 'viewer' }, { providers: open }).admits(person(email, 'github', groups));
  assert.equal(admits('ada@example.org', 'ada@example.org'), true);
  assert.equal(admits('github:*@example.org', 'ada@example.org'), true);
  assert.equal(admits('github:group:org', null, ['org']), true);
  for (const who of ['*', '*@*', 'github:*', 'github:group:*', 'github:group:*/*', 'anybody', 'key:*']) {
    assert.equal(admits(who, 'eve@evil.com', ['evil/x']), false, who);
  }
});

test('a provider that is not configured, or no longer, lets nobody in', () => {
  assert.equal(grantsOf({}).admits(person('ada@example.org', 'github')), true);
  for (const via of ['gitlab', 'token', 'key', 'toString']) {
    assert.equal(grantsOf({}).admits(person('ada@example.org', via)), false, via);
  }
});
