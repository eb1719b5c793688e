// People who come back from a provider, and the walks there: the authenticator with a stand-in for auth/providers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aProvider,
  evidence,
  known,
  nameOf,
  openAccess,
  refusal,
  rulesWith,
} from '../../test/auth/open-access.ts';
import { anIdentity } from '../../test/store/sample-access.ts';
import type { Identity } from '../store/ledger.ts';
import type { NotSignedIn } from './authenticator.ts';
import type { ProviderSignIn } from './provider-sign-in.ts';

const WALK = {
  query: 'code=1&state=2',
  origin: 'https://umbel.example.org',
  browserCookie: 'c',
  evidence: evidence(),
};

/** A provider at which whoever comes back is this person. */
function providerOf(
  finished: () => Identity | NotSignedIn,
): ProviderSignIn & { begun: string[]; finished: number } {
  const provider = {
    providers: [{ id: 'oidc', label: 'Company' }],
    begun: [] as string[],
    finished: 0,
    begin: async (id: string) => {
      provider.begun.push(id);
      return { url: 'https://id.example.org/authorize', browserCookie: 'c' };
    },
    finish: async () => {
      provider.finished++;
      const found = finished();
      return 'refused' in found ? found : { identity: found, next: '/tasks' };
    },
  };
  return provider;
}

test('a person from a provider gets a session where the rule allows them, and what it no longer allows ends it', async (t) => {
  const ada = anIdentity('Ada', { subject: 'oidc:1', via: 'oidc', email: 'ada@example.org' });
  const rules = rulesWith({ providers: [aProvider()] });
  const access = await openAccess(t, rules, { providers: providerOf(() => ada) });
  assert.deepEqual(access.authenticator.ways.providers, [{ id: 'oidc', label: 'Company' }]);
  const begun = known(await access.authenticator.beginProviderSignIn('oidc', { ...WALK, next: '/' }));
  assert.equal(begun.browserCookie, 'c');
  const finished = known(await access.authenticator.finishProviderSignIn('oidc', WALK));
  assert.equal(finished.next, '/tasks');
  const { sessionCookie } = finished;
  assert.equal(nameOf(await access.authenticator.identify(evidence({ sessionCookie }))), 'Ada');
  const tighter = await access.again(rulesWith({ providers: [aProvider({ allow: ['bob@example.org'] })] }));
  assert.equal(refusal(await tighter.identify(evidence({ sessionCookie }))).refused, 'not_allowed');
  assert.deepEqual(await access.ledger.sessions(), []);
  // A desk remembers a session for a second.
  access.clock.now += 1_000;
  assert.equal(refusal(await access.authenticator.identify(evidence({ sessionCookie }))).refused, 'nothing');
});

test('whom neither list nor grant names gets no session, though the provider vouches for them', async (t) => {
  const eve = anIdentity('Eve', { subject: 'oidc:2', via: 'oidc', email: 'eve@evil.com' });
  const rules = rulesWith({
    providers: [aProvider({ allow: [] })],
    grants: [
      { who: 'ada@example.org', role: 'admin' },
      { who: '*', role: 'viewer' },
    ],
  });
  const { authenticator, ledger } = await openAccess(t, rules, { providers: providerOf(() => eve) });
  const refused = refusal(await authenticator.finishProviderSignIn('oidc', WALK));
  assert.deepEqual([refused.refused, refused.claimed], ['not_allowed', 'eve@evil.com']);
  assert.doesNotMatch(refused.sentence, /eve|grant/);
  assert.match(refused.operatorHint ?? '', /eve@evil\.com/);
  assert.deepEqual(await ledger.sessions(), []);
});

test('callbacks that nobody began are counted, those of people who are not allowed are not', async (t) => {
  let found: NotSignedIn = { refused: 'not_allowed', sentence: 'no' };
  const provider = providerOf(() => found);
  const { authenticator } = await openAccess(t, rulesWith({ providers: [aProvider()] }), {
    providers: provider,
  });
  const finish = async (n: number) =>
    refusal(await authenticator.finishProviderSignIn('oidc', { ...WALK, query: `state=${n}` })).refused;
  for (let n = 0; n < 100; n++) assert.equal(await finish(n), 'not_allowed');
  found = { refused: 'wrong', sentence: 'no' };
  for (let n = 0; n < 30; n++) assert.equal(await finish(n), 'wrong');
  const asked = provider.finished;
  assert.equal(await finish(1000), 'throttled');
  assert.equal(provider.finished, asked);
});

test('one client cannot fill the ledger with walks to a provider', async (t) => {
  const provider = providerOf(() => anIdentity('x'));
  const { authenticator } = await openAccess(t, rulesWith({ providers: [aProvider()] }), {
    providers: provider,
  });
  const begin = (address: string) =>
    authenticator.beginProviderSignIn('oidc', { ...WALK, next: '/', evidence: evidence({ address }) });
  for (let n = 0; n < 100; n++) known(await begin('192.0.2.1'));
  assert.equal(refusal(await begin('192.0.2.1')).refused, 'throttled');
  known(await begin('192.0.2.2'));
  assert.equal(provider.begun.length, 101);
});

test('without providers there is no such way to sign in', async (t) => {
  const { authenticator } = await openAccess(t, rulesWith());
  assert.equal(
    refusal(await authenticator.beginProviderSignIn('oidc', { ...WALK, next: '/' })).refused,
    'wrong',
  );
  assert.equal(refusal(await authenticator.finishProviderSignIn(null, WALK)).refused, 'wrong');
});
