import assert from 'node:assert/strict';
import { test } from 'node:test';
import { evidence, known, openAccess, refusal, rulesWith } from '../../test/auth/open-access.ts';
import { hashOf } from '../../test/store/sample-access.ts';

const RULES = rulesWith({ users: ['ada:x', 'eve:y'], sessionIdleMs: 600_000, sessionLifetimeMs: 3_000_000 });
const PASSWORDS: Readonly<Record<string, string>> = { ada: 'x', eve: 'y' };

async function opened(...parameters: [t: Parameters<typeof openAccess>[0], rules?: typeof RULES]) {
  const [t, rules = RULES] = parameters;
  const access = await openAccess(t, rules);
  const signIn = async (name: string, fields = {}) =>
    known(await access.authenticator.signInWithPassword(name, PASSWORDS[name] ?? '', evidence(fields)));
  const visit = (sessionCookie: string) => access.authenticator.identify(evidence({ sessionCookie }));
  return { ...access, signIn, visit };
}

test('a session is known by its cookie, and the ledger has only its hash', async (t) => {
  const { signIn, visit, ledger, authenticator } = await opened(t);
  const { sessionCookie, caller, expiresAt } = await signIn('ada', {
    userAgent: `Brow\u0007ser${'x'.repeat(900)}`,
  });
  assert.match(sessionCookie, /^[A-Za-z0-9_-]{43}$/);
  const found = known(await visit(sessionCookie));
  assert.deepEqual(found.identity, caller.identity);
  assert.deepEqual(found.session, caller.session);
  const [record] = await ledger.sessions();
  assert.equal(record?.hash, hashOf(sessionCookie));
  assert.ok(!JSON.stringify(record).includes(sessionCookie));
  assert.equal(record?.expiresAt, expiresAt);
  assert.equal(record?.address, '192.0.2.1');
  assert.ok((record?.userAgent?.length ?? 999) <= 200 && !record?.userAgent?.includes('\u0007'));
  assert.equal((await authenticator.sessions(found)).length, 1);
});

test('a cookie that is none, was changed or is somebody’s hash is nothing', async (t) => {
  const { signIn, visit, lookUps } = await opened(t);
  const { sessionCookie } = await signIn('ada');
  const changed = `${sessionCookie.slice(0, -1)}${sessionCookie.endsWith('A') ? 'B' : 'A'}`;
  assert.equal(refusal(await visit(changed)).refused, 'nothing');
  const before = lookUps();
  for (const cookie of [hashOf(sessionCookie), '', 'x', `${sessionCookie}x`, "' OR 1=1 --", 'x'.repeat(9000)])
    assert.equal(refusal(await visit(cookie)).refused, 'nothing', cookie);
  assert.equal(lookUps(), before);
});

test('every sign-in has a new id, whatever the browser brought, and ends the session it brought', async (t) => {
  const { signIn, visit } = await opened(t);
  const planted = 'A'.repeat(43);
  const first = await signIn('ada', { sessionCookie: planted });
  assert.notEqual(first.sessionCookie, planted);
  assert.equal(refusal(await visit(planted)).refused, 'nothing');
  const second = await signIn('eve', { sessionCookie: first.sessionCookie });
  assert.notEqual(second.sessionCookie, first.sessionCookie);
  assert.equal(refusal(await visit(first.sessionCookie)).refused, 'nothing');
  assert.equal(known(await visit(second.sessionCookie)).identity.name, 'eve');
});

test('a session ends by idling, and using it keeps it', async (t) => {
  const { signIn, visit, clock, ledger } = await opened(t);
  const { sessionCookie } = await signIn('ada');
  for (let n = 0; n < 3; n++) {
    clock.now += 500_000;
    known(await visit(sessionCookie));
    // Noted without anybody waiting: reading comes after it on the ledger's one thread.
    await ledger.sessions();
  }
  clock.now += 600_000;
  assert.equal(refusal(await visit(sessionCookie)).refused, 'nothing');
});

test('a session ends by age however much it is used', async (t) => {
  const { signIn, visit, clock, ledger } = await opened(t);
  const { sessionCookie, expiresAt } = await signIn('ada');
  while (clock.now + 500_000 < expiresAt) {
    clock.now += 500_000;
    known(await visit(sessionCookie));
    await ledger.sessions();
  }
  clock.now = expiresAt;
  assert.equal(refusal(await visit(sessionCookie)).refused, 'nothing');
});

test('use is noted at most once a minute', async (t) => {
  const { signIn, visit, clock, ledger } = await opened(t);
  const { sessionCookie } = await signIn('ada');
  const began = clock.now;
  clock.now += 59_000;
  await visit(sessionCookie);
  assert.equal((await ledger.sessions())[0]?.seenAt, began);
  clock.now += 2_000;
  await visit(sessionCookie);
  assert.equal((await ledger.sessions())[0]?.seenAt, clock.now);
});

test('signing out ends this session, signing out everywhere ends all of this person and no others', async (t) => {
  const { signIn, visit, authenticator } = await opened(t);
  const [one, two, three, other] = [
    await signIn('ada'),
    await signIn('ada'),
    await signIn('ada'),
    await signIn('eve'),
  ];
  await authenticator.signOut(one.caller);
  assert.equal(refusal(await visit(one.sessionCookie)).refused, 'nothing');
  known(await visit(two.sessionCookie));
  assert.equal(await authenticator.signOutEverywhere(two.caller), 2);
  for (const { sessionCookie } of [two, three])
    assert.equal(refusal(await visit(sessionCookie)).refused, 'nothing');
  known(await visit(other.sessionCookie));
});

test('somebody ends their own sessions by public id, an administrator everybody’s, nobody by less than the whole id', async (t) => {
  const grants = [{ who: 'ada', role: 'admin' }];
  const { signIn, visit, authenticator } = await opened(t, { ...RULES, grants });
  const [ada, eve, later] = [await signIn('ada'), await signIn('eve'), await signIn('eve')];
  const idOf = ({ caller }: typeof ada) => caller.session?.hash.slice(0, 16) ?? '';
  assert.equal(await authenticator.endSession(idOf(ada), eve.caller), false);
  assert.equal(await authenticator.endSession(idOf(eve).slice(0, 15), eve.caller), false);
  assert.equal(await authenticator.endSession('', eve.caller), false);
  assert.equal(await authenticator.endSession(idOf(eve), eve.caller), true);
  assert.equal(refusal(await visit(eve.sessionCookie)).refused, 'nothing');
  assert.equal(await authenticator.endSession(idOf(later), ada.caller), true);
  assert.equal(refusal(await visit(later.sessionCookie)).refused, 'nothing');
  known(await visit(ada.sessionCookie));
});

test('the token against forged requests belongs to one cookie, and is no part of it or of the hash', async (t) => {
  const { signIn, visit } = await opened(t);
  const [one, two] = [await signIn('ada'), await signIn('ada')];
  const token = one.caller.session?.csrfToken ?? '';
  assert.equal(known(await visit(one.sessionCookie)).session?.csrfToken, token);
  assert.notEqual(two.caller.session?.csrfToken, token);
  assert.ok(token.length >= 43 && token !== one.sessionCookie && token !== one.caller.session?.hash);
});

test('a session is known to another desk and after a restart, under the rules of now', async (t) => {
  const { signIn, again } = await opened(t);
  const { sessionCookie } = await signIn('ada');
  const visitOf = async (rules: typeof RULES) => (await again(rules)).identify(evidence({ sessionCookie }));
  assert.deepEqual(known(await visitOf(RULES)).permissions.roles, ['admin']);
  const less = { ...RULES, grants: [{ who: 'ada', role: 'viewer' }] };
  assert.deepEqual(known(await visitOf(less)).permissions.roles, ['viewer']);
  const gone = { ...RULES, users: ['eve:y'] };
  const refused = refusal(await visitOf(gone));
  assert.equal(refused.refused, 'not_allowed');
  assert.doesNotMatch(refused.sentence, /ada/);
});

test('what is over is cleaned out of the ledger at the start', async (t) => {
  const { signIn, clock, again, ledger } = await opened(t);
  await signIn('ada');
  clock.now += 10_000_000;
  await again(RULES);
  assert.deepEqual(await ledger.sessions(), []);
});
