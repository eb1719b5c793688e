import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { evidence, known, openAccess, refusal, rulesWith } from '../../test/auth/open-access.ts';
import { anIdentity, hashOf } from '../../test/store/sample-access.ts';
import { createApiToken, type NewToken } from './api-tokens.ts';
import type { AuthRules } from './auth-rules.ts';
import type { Caller } from './authenticator.ts';

const RULES = rulesWith({ users: ['ada:x', 'eve:y'], grants: [{ who: 'ada', role: 'operator' }] });
const ALL = { name: 'ci', rights: null, expiresAt: null, networks: [] };
const COMMAND_LINE: NewToken = { ...ALL, owner: null, roles: ['operator'] };

async function opened(t: TestContext, rules: AuthRules = RULES) {
  const access = await openAccess(t, rules);
  const { authenticator, ledger, clock } = access;
  const callerOf = async (name: string, password: string) =>
    known(await authenticator.signInWithPassword(name, password, evidence())).caller;
  const make = (fields: Partial<NewToken> = {}) =>
    createApiToken(ledger, { ...COMMAND_LINE, ...fields }, clock.now);
  const use = (secret: string, fields = {}) =>
    authenticator.identify(evidence({ authorization: `Bearer ${secret}`, ...fields }));
  return { ...access, ada: () => callerOf('ada', 'x'), eve: () => callerOf('eve', 'y'), make, use };
}

test('a token is long, random, and kept as a hash beside a few of its first characters', async (t) => {
  const { make, ledger } = await opened(t);
  const made = [await make(), await make()];
  assert.equal(new Set(made.map(({ secret }) => secret)).size, 2);
  for (const { secret, token } of made) {
    assert.match(secret, /^umb_[A-Za-z0-9]{40}$/);
    assert.equal(token.hash, hashOf(secret));
    assert.equal(token.prefix, secret.slice(0, 10));
  }
  const kept = JSON.stringify(await ledger.tokens());
  for (const { secret } of made) assert.ok(!kept.includes(secret.slice(0, 12)));
});

test('a token of the command line has the rights of its roles, as they are now', async (t) => {
  const { make, use, again } = await opened(t, { ...RULES, roles: { own: { rights: ['send'], scope: {} } } });
  const { secret } = await make({ roles: ['own', 'viewer'] });
  const caller = known(await use(secret));
  assert.deepEqual(caller.permissions.rights, ['view', 'payload', 'send']);
  assert.equal(caller.token, 'ci');
  assert.equal(caller.session, null);
  assert.equal(caller.identity.via, 'token');
  const later = await again(RULES);
  const authorization = `Bearer ${secret}`;
  assert.deepEqual(known(await later.identify(evidence({ authorization }))).permissions.rights, [
    'view',
    'payload',
  ]);
});

test('a token of a person has what they may do now, narrowed', async (t) => {
  const { ada, use, authenticator, again } = await opened(t);
  const all = await authenticator.createToken(await ada(), ALL);
  const some = await authenticator.createToken(await ada(), { ...ALL, rights: ['view', 'revoke'] });
  assert.deepEqual(known(await use(some.secret)).permissions.rights, ['view', 'revoke']);
  assert.equal(known(await use(all.secret)).permissions.has('shutdown'), true);
  assert.equal(known(await use(all.secret)).identity.subject, 'password:ada');
  const less = await again({ ...RULES, grants: [{ who: 'ada', role: 'viewer' }] });
  const rightsOf = async (secret: string) =>
    known(await less.identify(evidence({ authorization: `Bearer ${secret}` }))).permissions.rights;
  assert.deepEqual(await rightsOf(all.secret), ['view', 'payload']);
  assert.deepEqual(await rightsOf(some.secret), ['view']);
});

test('a token opens nothing when its owner may no longer sign in', async (t) => {
  const { ada, authenticator, again } = await opened(t);
  const { secret } = await authenticator.createToken(await ada(), ALL);
  const gone = await again({ ...RULES, users: ['eve:y'], grants: [] });
  const refused = refusal(await gone.identify(evidence({ authorization: `Bearer ${secret}` })));
  assert.equal(refused.refused, 'wrong');
  assert.match(refused.operatorHint ?? '', /ci .*no longer sign in/);
});

test('nobody gives a token more than they have', async (t) => {
  const { ada, authenticator } = await opened(t);
  const by = await ada();
  await assert.rejects(authenticator.createToken(by, { ...ALL, rights: ['admin'] }), /right admin/);
  await assert.rejects(
    authenticator.createToken(by, { ...ALL, rights: ['view', 'root'] }),
    /"root" is not a right/,
  );
});

test('a token or key makes no tokens, and ends neither sessions nor tokens of its owner', async (t) => {
  const { ada, use, authenticator } = await opened(t, { ...RULES, apiKeys: ['viewer:static'] });
  const person = await ada();
  const { secret, token } = await authenticator.createToken(person, { ...ALL, rights: ['view'] });
  for (const caller of [known(await use(secret)), known(await use('static'))] satisfies Caller[]) {
    await assert.rejects(authenticator.createToken(caller, ALL), /sign in yourself/);
    assert.equal(await authenticator.revokeToken(token.id, caller), false);
    assert.equal(await authenticator.endSession(person.session?.hash.slice(0, 16) ?? '', caller), false);
    assert.equal(await authenticator.signOutEverywhere(caller), 0);
  }
  known(await use(secret));
});

test('a revoked or expired token opens nothing at once, and the client is not told which', async (t) => {
  const { make, use, clock, ledger } = await opened(t);
  const expiring = await make({ expiresAt: clock.now + 1000 });
  const revoked = await make();
  known(await use(expiring.secret));
  known(await use(revoked.secret));
  await ledger.revokeToken(revoked.token.id, clock.now);
  clock.now += 1000;
  const answers = [await use(expiring.secret), await use(revoked.secret), await use(`umb_${'x'.repeat(40)}`)];
  assert.equal(new Set(answers.map((found) => refusal(found).sentence)).size, 1);
  assert.match(refusal(answers[0] ?? {}).operatorHint ?? '', /has expired/);
  assert.match(refusal(answers[1] ?? {}).operatorHint ?? '', /is revoked/);
});

test('a token with networks opens nothing from elsewhere, and IPv4 is IPv4 however it is written', async (t) => {
  const { make, use } = await opened(t);
  const { secret } = await make({ networks: ['10.0.0.0/8', '2001:db8::/32'] });
  for (const address of ['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::7']) known(await use(secret, { address }));
  for (const address of ['192.0.2.1', '::ffff:192.0.2.1', null])
    assert.equal(refusal(await use(secret, { address })).refused, 'wrong', String(address));
});

test('use is noted at most once a minute, with the address', async (t) => {
  const { make, use, clock, ledger } = await opened(t);
  const { secret } = await make();
  const usedAt = async () => (await ledger.tokens())[0]?.usedAt;
  await use(secret);
  const first = clock.now;
  assert.equal(await usedAt(), first);
  assert.equal((await ledger.tokens())[0]?.usedFrom, '192.0.2.1');
  clock.now += 59_000;
  await use(secret);
  assert.equal(await usedAt(), first);
  clock.now += 1_000;
  await use(secret);
  assert.equal(await usedAt(), clock.now);
});

test('what has not the form of a token is not looked up', async (t) => {
  const { use, lookUps } = await opened(t);
  const before = lookUps();
  for (const secret of [
    'umb_',
    'x',
    `umb_${'x'.repeat(39)}`,
    `umb_${'x'.repeat(41)}`,
    `UMB_${'x'.repeat(40)}`,
    'x'.repeat(9000),
  ])
    assert.equal(refusal(await use(secret)).refused, 'wrong', secret);
  assert.equal(lookUps(), before);
});

test('somebody revokes their own tokens, an administrator everybody’s', async (t) => {
  const grants = [{ who: 'ada', role: 'admin' }];
  const { ada, eve, use, authenticator } = await opened(t, { ...RULES, grants });
  const own = await authenticator.createToken(await eve(), ALL);
  const other = await authenticator.createToken(await ada(), ALL);
  assert.equal(await authenticator.revokeToken(other.token.id, await eve()), false);
  assert.equal(await authenticator.revokeToken('nothing', await eve()), false);
  assert.equal((await authenticator.tokens(await eve())).length, 1);
  assert.equal((await authenticator.tokens('everybody')).length, 2);
  assert.equal(await authenticator.revokeToken(own.token.id, await ada()), true);
  assert.equal(refusal(await use(own.secret)).refused, 'wrong');
  known(await use(other.secret));
});

test('a token that would make no sense is refused with a sentence', async (t) => {
  const { make, clock } = await opened(t);
  for (const [fields, words] of [
    [{ name: ' ' }, /needs a name/],
    [{ name: 'a\nb' }, /needs a name/],
    [{ name: 'x'.repeat(101) }, /needs a name/],
    [{ rights: [] }, /without any right/],
    [{ rights: ['toString'] }, /is not a right/],
    [{ networks: ['10.0.0.0/99'] }, /10\.0\.0\.0\/99/],
    [{ networks: Array.from({ length: 51 }, () => '10.0.0.1') }, /at most 50/],
    [{ expiresAt: clock.now }, /in the future/],
    [{ expiresAt: Number.NaN }, /in the future/],
    [{ roles: [] }, /owner or roles/],
    [{ owner: anIdentity('ada') }, /owner or roles/],
  ] as const) {
    await assert.rejects(make(fields), { name: 'TokenError', message: words }, JSON.stringify(fields));
  }
});

test('one person has at most 200 tokens at a time', async (t) => {
  const { ada, authenticator } = await opened(t);
  const by = await ada();
  for (let n = 0; n < 200; n++) await authenticator.createToken(by, ALL);
  await assert.rejects(authenticator.createToken(by, ALL), /200 tokens/);
  const [first] = await authenticator.tokens(by);
  assert.equal(await authenticator.revokeToken(first?.id ?? '', by), true);
  await authenticator.createToken(by, ALL);
});
