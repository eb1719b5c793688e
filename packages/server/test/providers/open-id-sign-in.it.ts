// Sign-in by OpenID Connect against a real provider, and what a provider may leave out or call differently.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startOpenIdProvider } from '@umbel/testkit';
import { startOpenIdStandIn } from './open-id-stand-in.ts';
import { ORIGIN, ruleFor, startWalk } from './sign-in-walk.ts';

const accounts = {
  'a-1815': {
    email: 'Ada@Good.com',
    email_verified: true,
    preferred_username: 'ada',
    groups: ['ops', 'eng'],
  },
};

for (const kind of ['oidc', 'okta', 'google'] as const) {
  for (const claimsByUserInfo of [false, true]) {
    const where = claimsByUserInfo ? 'user info' : 'the ID token';
    test(`somebody signs in as ${kind} at a real provider that says who it is in ${where}`, async (t) => {
      const provider = await startOpenIdProvider(t, { accounts, claimsByUserInfo });
      provider.allowRedirect(`${ORIGIN}/login/${kind}/callback`);
      const rule = ruleFor({ ...provider, url: provider.issuer }, { kind, allow: ['*@good.com'] });
      const { walk } = startWalk([rule], [provider], { follow: (url) => provider.signIn(url, 'a-1815') });
      assert.deepEqual(await walk(kind, '/tasks?state=FAILURE'), {
        identity: {
          subject: `${kind}:a-1815`,
          name: 'ada@good.com',
          email: 'ada@good.com',
          via: kind,
          // Google has no claim for groups.
          groups: kind === 'google' ? [] : ['ops', 'eng'],
        },
        next: '/tasks?state=FAILURE',
      });
    });
  }
}

test('a callback of a real provider can be used once, and its code too', async (t) => {
  const provider = await startOpenIdProvider(t, { accounts });
  provider.allowRedirect(`${ORIGIN}/login/oidc/callback`);
  const rule = ruleFor({ ...provider, url: provider.issuer }, { kind: 'oidc' });
  const { toCallback, finish } = startWalk([rule], [provider], {
    follow: (url) => provider.signIn(url, 'a-1815'),
  });
  const callback = await toCallback('oidc');
  assert.ok('identity' in (await finish('oidc', callback)));
  const again = await finish('oidc', callback);
  assert.ok('refused' in again && again.refused === 'wrong', JSON.stringify(again));

  // The code of a sign-in that is over, under the state of one that is under way.
  const fresh = await toCallback('oidc');
  const mixed = new URLSearchParams(fresh.query);
  mixed.set('code', new URLSearchParams(callback.query).get('code') ?? '');
  const replayed = await finish('oidc', { ...fresh, query: mixed.toString() });
  assert.ok('refused' in replayed && replayed.refused === 'wrong', JSON.stringify(replayed));
  assert.match(replayed.operatorHint ?? '', /^oidc: invalid_grant: the code was used already/);
});

test('with the redirect URI that was registered for Flower the callback comes to /login itself', async (t) => {
  const redirectUri = `${ORIGIN}/login`;
  const provider = await startOpenIdProvider(t, { accounts });
  provider.allowRedirect(redirectUri);
  const rule = ruleFor({ ...provider, url: provider.issuer }, { kind: 'okta', redirectUri });
  const { toCallback, finish } = startWalk([rule], [provider], {
    follow: (url) => provider.signIn(url, 'a-1815'),
  });
  const callback = await toCallback('okta');
  assert.equal(callback.address, redirectUri);
  assert.ok('identity' in (await finish(null, callback)));
});

test('somebody who is refused at a real provider comes back refused', async (t) => {
  const provider = await startOpenIdProvider(t, { accounts });
  provider.allowRedirect(`${ORIGIN}/login/oidc/callback`);
  const rule = ruleFor({ ...provider, url: provider.issuer }, { kind: 'oidc' });
  const { walk } = startWalk([rule], [provider], { follow: (url) => provider.signIn(url, 'nobody') });
  const outcome = await walk('oidc');
  assert.ok('refused' in outcome && outcome.refused === 'not_allowed', JSON.stringify(outcome));
});

test('the ways to sign in are listed in order, without anything that is secret', () => {
  const rules = [
    ruleFor({}, { kind: 'github', label: 'GitHub' }),
    ruleFor({ url: 'https://id.good.com/realms/x' }, { kind: 'oidc', id: 'keycloak', label: 'Our Keycloak' }),
  ];
  assert.deepEqual(startWalk(rules, []).signIn.providers, [
    { id: 'github', label: 'GitHub' },
    { id: 'keycloak', label: 'Our Keycloak' },
  ]);
});

test('an address in a rule that cannot be a provider’s is refused at the start', () => {
  for (const url of [
    'http://id.good.com',
    'ftp://id.good.com',
    'id.good.com',
    'https://user:word@id.good.com',
    'https://id.good.com/?x=1',
    'http://127.0.0.1.evil.example',
    'http://169.254.169.254/latest',
  ]) {
    assert.throws(() => startWalk([ruleFor({ url }, { kind: 'oidc' })], []), { name: 'AuthRulesError' }, url);
  }
  assert.throws(() => startWalk([ruleFor({}, { kind: 'oidc' })], []), /issuer is missing/);
  assert.throws(
    () => startWalk([ruleFor({}, { kind: 'google', redirectUri: 'https://u.good.com/login?x=1' })], []),
    /redirect URI/,
  );
});

test('what the ID token leaves out is asked from the user info endpoint, for the same subject only', async (t) => {
  const provider = await startOpenIdStandIn(t);
  const { walk } = startWalk([ruleFor(provider, { kind: 'oidc' })], [provider]);
  provider.knobs.claims = { sub: '7' };
  provider.knobs.userInfo = { sub: '7', email: 'ada@good.com', email_verified: 'true', groups: 'ops' };
  const found = await walk('oidc');
  assert.ok('identity' in found, JSON.stringify(found));
  assert.deepEqual([found.identity.email, found.identity.groups], ['ada@good.com', ['ops']]);

  provider.knobs.userInfo = { sub: '8', email: 'root@good.com', email_verified: true };
  const other = await walk('oidc');
  assert.ok('refused' in other && other.refused === 'wrong', JSON.stringify(other));
});

test('an address of one source is not proven by the word of another', async (t) => {
  const provider = await startOpenIdStandIn(t);
  const { walk } = startWalk([ruleFor(provider, { kind: 'oidc' })], [provider]);
  provider.knobs.claims = { sub: '7', email: 'root@good.com' };
  provider.knobs.userInfo = { sub: '7', email: 'ada@evil.example', email_verified: true };
  const found = await walk('oidc');
  assert.ok('identity' in found && found.identity.email === 'ada@evil.example', JSON.stringify(found));
});

test('groups alone let somebody in who has no proven address, under the name of the account', async (t) => {
  const provider = await startOpenIdStandIn(t);
  const rule = ruleFor(provider, { kind: 'oidc', groups: ['ops'] });
  const { walk } = startWalk([rule], [provider]);
  provider.knobs.claims = { sub: '7', email: 'ada@good.com', preferred_username: 'ada', groups: ['ops'] };
  const found = await walk('oidc');
  assert.ok('identity' in found, JSON.stringify(found));
  assert.deepEqual([found.identity.name, found.identity.email], ['ada', null]);

  provider.knobs.claims = { sub: '7', preferred_username: 'ada', groups: ['Ops', 'ops2', 'x,ops'] };
  const outside = await walk('oidc');
  assert.ok('refused' in outside && outside.refused === 'not_allowed', JSON.stringify(outside));
});

test('a missing groups claim is told to the operator, and one that came by reference too', async (t) => {
  const provider = await startOpenIdStandIn(t);
  const rule = ruleFor(provider, { kind: 'oidc', groups: ['ops'] });
  const { walk } = startWalk([rule], [provider]);
  const missing = await walk('oidc');
  assert.ok('refused' in missing && missing.refused === 'not_allowed', JSON.stringify(missing));
  assert.match(missing.operatorHint ?? '', /sent no claim "groups"/);
  provider.knobs.claims = { ...provider.knobs.claims, _claim_names: { groups: 'src1' } };
  const referred = await walk('oidc');
  assert.match('refused' in referred ? (referred.operatorHint ?? '') : '', /by reference/);
});

test('the secret is sent the way that the provider takes it, which is found out once', async (t) => {
  for (const way of ['form', 'header'] as const) {
    for (const listed of [
      ['client_secret_basic', 'client_secret_post'],
      ['client_secret_basic'],
      undefined,
    ]) {
      const provider = await startOpenIdStandIn(t);
      provider.knobs.discovery = { token_endpoint_auth_methods_supported: listed };
      provider.knobs.secretIn = way;
      const { walk } = startWalk([ruleFor(provider, { kind: 'oidc' })], [provider]);
      assert.ok('identity' in (await walk('oidc')));
      const asked = () => provider.calls.filter(({ url }) => url.pathname === '/token').length;
      const first = asked();
      assert.ok('identity' in (await walk('oidc')));
      assert.equal(asked(), first + 1);
    }
  }
});

test('discovery is asked once, and anew after an hour', async (t) => {
  const provider = await startOpenIdStandIn(t);
  const { walk, clock } = startWalk([ruleFor(provider, { kind: 'oidc' })], [provider]);
  const discoveries = () => provider.calls.filter(({ url }) => url.pathname.includes('well-known')).length;
  await Promise.all([walk('oidc'), walk('oidc')]);
  assert.equal(discoveries(), 1);
  clock.now += 3_600_000;
  await walk('oidc');
  assert.equal(discoveries(), 2);
});
