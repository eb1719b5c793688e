import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aProvider,
  BCRYPT,
  basic,
  evidence,
  known,
  nameOf,
  openAccess,
  refusal,
  rulesWith,
} from '../../test/auth/open-access.ts';
import { createApiToken } from './api-tokens.ts';
import { createOneTimeLink } from './one-time-link.ts';

const token = (ledger: Parameters<typeof createApiToken>[0]) =>
  createApiToken(ledger, {
    name: 'ci',
    owner: null,
    roles: ['viewer'],
    rights: null,
    networks: [],
    expiresAt: null,
  });

test('with nothing configured nobody is let in, and the refusal says how to change that', async (t) => {
  const { authenticator } = await openAccess(t, rulesWith());
  assert.equal(authenticator.open, false);
  assert.deepEqual(authenticator.ways, { password: false, providers: [] });
  const refused = refusal(await authenticator.identify(evidence()));
  assert.equal(refused.refused, 'nothing');
  assert.match(refused.sentence, /link.*--basic-auth.*FLOWER_UNAUTHENTICATED_API/);
  for (const authorization of ['Basic', 'Bearer x', basic('a:b'), basic(':'), 'Basic ====', 'Digest x'])
    assert.equal(
      refusal(await authenticator.identify(evidence({ authorization }))).refused,
      'wrong',
      authorization,
    );
  assert.equal(refusal(await authenticator.signInWithPassword('a', '', evidence())).refused, 'wrong');
});

test('an open server lets everybody in whatever they send, as whom a grant for anybody says', async (t) => {
  const access = await openAccess(t, rulesWith({ open: true }));
  assert.equal(access.authenticator.open, true);
  for (const authorization of [undefined, basic('a:b'), 'Bearer x', 'nonsense']) {
    const caller = known(
      await access.authenticator.identify(evidence({ authorization, sessionCookie: 'x' })),
    );
    assert.equal(caller.identity.via, 'open');
    assert.deepEqual(caller.permissions.roles, ['admin']);
  }
  const less = await access.again(rulesWith({ open: true, grants: [{ who: 'anybody', role: 'viewer' }] }));
  assert.deepEqual(known(await less.identify(evidence())).permissions.rights, ['view', 'payload']);
  const { secret } = await token(access.ledger);
  const caller = known(await less.identify(evidence({ authorization: `Bearer ${secret}` })));
  assert.equal(caller.token, 'ci');
});

test('a way to sign in closes an open server again', async (t) => {
  const proxy = { header: 'x-user', groupsHeader: null, from: ['10.0.0.1'] };
  const access = await openAccess(t, rulesWith({ open: true, users: ['a:b'] }));
  for (const rules of [
    rulesWith({ open: true, users: ['a:b'] }),
    rulesWith({ open: true, apiKeys: ['k'] }),
    rulesWith({ open: true, providers: [aProvider()] }),
    rulesWith({ open: true, proxy }),
  ]) {
    const authenticator = await access.again(rules);
    assert.equal(authenticator.open, false);
    assert.equal(refusal(await authenticator.identify(evidence())).refused, 'nothing');
  }
});

test('somebody who was let in by an open server is nobody once it is closed', async (t) => {
  const access = await openAccess(t, rulesWith({ open: true }));
  const anybody = known(await access.authenticator.identify(evidence()));
  const options = { name: 'x', rights: null, expiresAt: null, networks: [] };
  await assert.rejects(access.authenticator.createToken(anybody, options), /belong to nobody/);
  const { secret } = await createApiToken(access.ledger, { ...options, owner: anybody.identity, roles: [] });
  const closed = await access.again(rulesWith({ users: ['a:b'] }));
  const found = await closed.identify(evidence({ authorization: `Bearer ${secret}` }));
  assert.equal(refusal(found).refused, 'wrong');
});

test('the challenge names the ways that a header can use', async (t) => {
  const access = await openAccess(t, rulesWith({ users: ['a:b'] }));
  assert.equal(access.authenticator.challenge, 'Basic realm="Umbel", charset="UTF-8", Bearer realm="Umbel"');
  const keys = await access.again(rulesWith({ apiKeys: ['k'] }));
  assert.equal(keys.challenge, 'Bearer realm="Umbel"');
});

test('a name and password open the API in UTF-8 and Latin-1, and the form with a session', async (t) => {
  const { authenticator } = await openAccess(t, rulesWith({ users: ['jürgen:pässwort', `bob:${BCRYPT}`] }));
  for (const authorization of [basic('jürgen:pässwort'), basic('jürgen:pässwort', 'latin1')])
    assert.equal(nameOf(await authenticator.identify(evidence({ authorization }))), 'jürgen');
  const signedIn = known(await authenticator.signInWithPassword('bob', 'secret', evidence()));
  const { sessionCookie } = signedIn;
  assert.equal(nameOf(await authenticator.identify(evidence({ sessionCookie }))), 'bob');
  const wrong = refusal(await authenticator.signInWithPassword('bob', 'Secret', evidence()));
  assert.deepEqual([wrong.refused, wrong.claimed], ['wrong', 'bob']);
  assert.doesNotMatch(wrong.sentence, /bob/);
});

test('static keys open the API: with a role its rights, without one what the grants say', async (t) => {
  const rules = rulesWith({
    apiKeys: ['first', 'viewer:second'],
    grants: [{ who: 'key:key 1', role: 'operator' }],
  });
  const { authenticator } = await openAccess(t, rules);
  const use = async (key: string) =>
    known(await authenticator.identify(evidence({ authorization: `Bearer ${key}` })));
  assert.deepEqual((await use('first')).permissions.roles, ['operator']);
  assert.deepEqual((await use('second')).permissions.roles, ['viewer']);
  assert.equal((await use('second')).token, 'key 2');
  for (const key of ['third', 'viewer:second', 'first,second', 'firs', ''])
    assert.ok('refused' in (await authenticator.identify(evidence({ authorization: `Bearer ${key}` }))), key);
});

test('wrong tokens are throttled, and neither right ones nor sessions behind the same address are', async (t) => {
  const { authenticator, ledger } = await openAccess(
    t,
    rulesWith({ users: ['ada:x', 'bob:y'], apiKeys: ['static'] }),
  );
  const { sessionCookie } = known(await authenticator.signInWithPassword('ada', 'x', evidence()));
  const { secret } = await token(ledger);
  const answers = [];
  for (let n = 0; n < 40; n++) {
    const authorization = `Bearer umb_${String(n).padStart(40, 'x')}`;
    answers.push(refusal(await authenticator.identify(evidence({ authorization }))));
  }
  assert.equal(answers.filter(({ refused }) => refused === 'wrong').length, 30);
  assert.equal(answers.filter(({ refused }) => refused === 'throttled').length, 10);
  assert.equal(answers.filter(({ unrecorded }) => unrecorded !== true).length, 31);
  known(await authenticator.identify(evidence({ authorization: `Bearer ${secret}` })));
  known(await authenticator.identify(evidence({ authorization: 'Bearer static' })));
  known(await authenticator.identify(evidence({ sessionCookie })));
  const password = await authenticator.signInWithPassword('bob', 'y', evidence());
  assert.equal(refusal(password).refused, 'throttled');
  known(await authenticator.signInWithPassword('bob', 'y', evidence({ address: '192.0.2.2' })));
});

test('a throttled sign-in hashes nothing and asks the ledger nothing', async (t) => {
  const { authenticator, hashes, lookUps } = await openAccess(t, rulesWith({ users: [`bob:${BCRYPT}`] }));
  for (let n = 0; n < 6; n++) await authenticator.signInWithPassword('bob', `guess ${n}`, evidence());
  const [hashed, asked] = [hashes(), lookUps()];
  assert.equal(
    refusal(await authenticator.signInWithPassword('bob', 'secret', evidence())).refused,
    'throttled',
  );
  assert.equal(
    refusal(await authenticator.identify(evidence({ authorization: basic('bob:secret') }))).refused,
    'throttled',
  );
  assert.deepEqual([hashes(), lookUps()], [hashed, asked]);
});

test('a session counts before a Basic header that is not ours, as a proxy in front may send', async (t) => {
  const { authenticator } = await openAccess(t, rulesWith({ users: ['ada:x'] }));
  const { sessionCookie } = known(await authenticator.signInWithPassword('ada', 'x', evidence()));
  const authorization = basic('proxy:password');
  const caller = known(await authenticator.identify(evidence({ authorization, sessionCookie })));
  assert.equal(caller.identity.name, 'ada');
  assert.ok(caller.session !== null);
  assert.equal(refusal(await authenticator.identify(evidence({ authorization }))).refused, 'wrong');
});

test('a token that is wrong is not made good by a session', async (t) => {
  const { authenticator } = await openAccess(t, rulesWith({ users: ['ada:x'] }));
  const { sessionCookie } = known(await authenticator.signInWithPassword('ada', 'x', evidence()));
  const found = await authenticator.identify(evidence({ authorization: 'Bearer wrong', sessionCookie }));
  assert.equal(refusal(found).refused, 'wrong');
});

test('a link works once, for an administrator, and ends by itself', async (t) => {
  const { authenticator, ledger, clock, again } = await openAccess(t, rulesWith());
  const secret = await createOneTimeLink(ledger, { now: clock.now });
  const { caller, sessionCookie } = known(await authenticator.signInWithLink(secret, evidence()));
  assert.deepEqual([caller.identity.subject, caller.permissions.roles], ['link:admin', ['admin']]);
  known(await authenticator.identify(evidence({ sessionCookie })));
  assert.equal(refusal(await authenticator.signInWithLink(secret, evidence())).refused, 'wrong');
  for (const wrong of ['', 'x', `${secret}x`, 'A'.repeat(43)])
    assert.equal(refusal(await authenticator.signInWithLink(wrong, evidence())).refused, 'wrong');
  const late = await createOneTimeLink(ledger, { now: clock.now });
  clock.now += 86_400_000;
  const another = await again(rulesWith());
  assert.equal(refusal(await another.signInWithLink(late, evidence())).refused, 'wrong');
});

test('two browsers that open one link at once do not both get in', async (t) => {
  const { authenticator, ledger, clock } = await openAccess(t, rulesWith());
  const secret = await createOneTimeLink(ledger, { now: clock.now });
  const found = await Promise.all(
    Array.from({ length: 4 }, () => authenticator.signInWithLink(secret, evidence())),
  );
  assert.equal(found.filter((one) => !('refused' in one)).length, 1);
});

test('a proxy names people from its own address, and its leftover credentials are not asked', async (t) => {
  const rules = rulesWith({
    users: ['ada:x'],
    proxy: { header: 'x-user', groupsHeader: 'x-groups', from: ['10.0.0.1'] },
    grants: [{ who: 'group:ops', role: 'operator' }],
  });
  const { authenticator, ledger } = await openAccess(t, rules);
  const headers = { 'x-user': 'carol', 'x-groups': 'ops' };
  for (const authorization of [undefined, basic('proxy:password'), 'Bearer id-token']) {
    for (let n = 0; n < 10; n++) {
      const caller = known(
        await authenticator.identify(evidence({ peer: '10.0.0.1', headers, authorization })),
      );
      assert.deepEqual([caller.identity.subject, caller.permissions.roles], ['proxy:carol', ['operator']]);
    }
  }
  assert.equal(refusal(await authenticator.identify(evidence({ headers }))).refused, 'nothing');
  const twice = { 'x-user': ['carol', 'ada'] };
  const refused = refusal(await authenticator.identify(evidence({ peer: '10.0.0.1', headers: twice })));
  assert.equal(refused.refused, 'wrong');
  assert.match(refused.operatorHint ?? '', /x-user came more than once/);
  const { secret } = await token(ledger);
  const script = evidence({ peer: '10.0.0.1', headers, authorization: `Bearer ${secret}` });
  assert.equal(known(await authenticator.identify(script)).token, 'ci');
});

test('the description of access holds the rules and no secret', async (t) => {
  const { authenticator } = await openAccess(
    t,
    rulesWith({
      users: ['ada:s3cret', `bob:${BCRYPT}`],
      apiKeys: ['viewer:s3cret'],
      roles: { mail: { rights: ['view'], scope: { queues: ['mail*'] } } },
      grants: [{ who: 'ada', role: 'mail' }],
      providers: [aProvider({ clientSecret: 's3cret' })],
      proxy: { header: 'x-user', groupsHeader: null, from: ['10.0.0.1'] },
    }),
  );
  const text = JSON.stringify(authenticator.describe());
  assert.doesNotMatch(text, /s3cret|\$2[aby]\$/);
  for (const word of [
    'mail*',
    '"who":"ada"',
    '*@example.org',
    'x-user',
    '10.0.0.1',
    '"default_role":"viewer"',
  ])
    assert.ok(text.includes(word), word);
});

test('rules that contradict each other do not open', async (t) => {
  await assert.rejects(openAccess(t, rulesWith({ providers: [aProvider({ allow: [] })] })), {
    name: 'AuthRulesError',
  });
});
