// Attacks on the way through an OpenID provider, each with its refusal. That no secret gets out is looked at in every walk.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ProviderRule } from '../../src/auth/auth-rules.ts';
import type { TestScope } from '@umbel/testkit';
import { type OpenIdKnobs, type OpenIdStandIn, startOpenIdStandIn } from './open-id-stand-in.ts';
import { type Outcome, ORIGIN, ruleFor, type SignInWalk, startWalk } from './sign-in-walk.ts';

async function start(
  t: TestScope,
  rule: Partial<ProviderRule> = {},
): Promise<SignInWalk & { readonly provider: OpenIdStandIn }> {
  const provider = await startOpenIdStandIn(t);
  const walk = startWalk([ruleFor(provider, { kind: 'oidc', ...rule })], [provider]);
  return { ...walk, provider };
}

function assertRefused(outcome: Outcome, refused: string, hint: RegExp): void {
  assert.ok('refused' in outcome, `let in: ${JSON.stringify(outcome)}`);
  assert.equal(outcome.refused, refused, JSON.stringify(outcome));
  assert.match(outcome.operatorHint ?? '', hint);
}

const START_AGAIN = 'This sign-in is over or was not begun in this browser. Start again.';

test('forged state: refused, in the sentence of all the others', async (t) => {
  const { toCallback, finish } = await start(t);
  const callback = await toCallback('oidc');
  const query = new URLSearchParams(callback.query);
  query.set('state', 'A'.repeat(43));
  const outcome = await finish('oidc', { ...callback, query: query.toString() });
  assertRefused(outcome, 'wrong', /state is not one that was given out/);
  assert.equal('refused' in outcome && outcome.sentence, START_AGAIN);
});

test('missing, empty and doubled state: refused', async (t) => {
  const { toCallback, finish } = await start(t);
  for (const state of ['', '&state=', '&state=x&state=x']) {
    const { query, browserCookie } = await toCallback('oidc');
    const code = new URLSearchParams(query).get('code');
    const outcome = await finish('oidc', { query: `code=${code}${state}`, browserCookie });
    assertRefused(outcome, 'wrong', /no state, or more than one/);
  }
});

test('replayed callback: refused, without asking the provider', async (t) => {
  const { toCallback, finish, provider } = await start(t);
  const callback = await toCallback('oidc');
  assert.ok('identity' in (await finish('oidc', callback)));
  const asked = provider.calls.length;
  assertRefused(await finish('oidc', callback), 'wrong', /was used already/);
  assert.equal(provider.calls.length, asked);
});

test('a callback twice at once: one of them is refused', async (t) => {
  const { toCallback, finish } = await start(t);
  const callback = await toCallback('oidc');
  const outcomes = await Promise.all([finish('oidc', callback), finish('oidc', callback)]);
  assert.equal(outcomes.filter((outcome) => 'identity' in outcome).length, 1);
});

test('replayed code under a fresh state: refused by PKCE', async (t) => {
  const { toCallback, finish } = await start(t);
  // A code that somebody else's browser was given and that nobody has redeemed yet.
  const victim = await toCallback('oidc');
  const own = await toCallback('oidc');
  const query = new URLSearchParams(own.query);
  query.set('code', new URLSearchParams(victim.query).get('code') ?? '');
  assertRefused(await finish('oidc', { ...own, query: query.toString() }), 'wrong', /invalid_grant/);
});

test('state of another browser (login CSRF): refused with its cookie, with another one and with none', async (t) => {
  const { toCallback, finish } = await start(t);
  const victim = await toCallback('oidc');
  for (const browserCookie of [victim.browserCookie, 'x', '', undefined]) {
    const { query } = await toCallback('oidc');
    const outcome = await finish('oidc', browserCookie === undefined ? { query } : { query, browserCookie });
    assertRefused(outcome, 'wrong', /another browser/);
    assert.equal('refused' in outcome && outcome.sentence, START_AGAIN);
  }
});

test('a callback after more than ten minutes: refused', async (t) => {
  const { toCallback, finish, clock } = await start(t);
  const callback = await toCallback('oidc');
  clock.now += 600_000;
  assertRefused(await finish('oidc', callback), 'wrong', /is over/);
});

test('callback of another provider (mix-up): refused before any code is shown to anybody', async (t) => {
  const honest = await startOpenIdStandIn(t);
  const evil = await startOpenIdStandIn(t);
  const { toCallback, finish } = startWalk(
    [ruleFor(honest, { kind: 'oidc', id: 'honest' }), ruleFor(evil, { kind: 'oidc', id: 'evil' })],
    [honest, evil],
  );
  const callback = await toCallback('honest');
  assertRefused(await finish('evil', callback), 'wrong', /that of another provider/);
  const second = await toCallback('honest');
  assertRefused(await finish(null, second), 'wrong', /that of another provider/);
  const third = await toCallback('honest');
  assertRefused(await finish('__proto__', third), 'wrong', /that of another provider/);
  assert.ok(![...evil.calls, ...honest.calls].some(({ url }) => url.pathname === '/token'));
});

test('wrong iss in the callback (mix-up): refused before the code is sent', async (t) => {
  const { walk, provider } = await start(t);
  provider.knobs.redirect = { iss: 'https://evil.example' };
  assertRefused(await walk('oidc'), 'wrong', /unexpected "iss" \(issuer\) response parameter/);
  assert.ok(!provider.calls.some(({ url }) => url.pathname === '/token'));
});

test('missing iss where the provider promises one: refused', async (t) => {
  const { walk, provider } = await start(t);
  provider.knobs.discovery = { authorization_response_iss_parameter_supported: true };
  assertRefused(await walk('oidc'), 'wrong', /"iss" \(issuer\) missing/);
});

test('a provider that calls itself by another name: refused, and the operator is told which', async (t) => {
  const { walk, provider } = await start(t);
  provider.knobs.discovery = { issuer: 'https://evil.example/' };
  assertRefused(await walk('oidc'), 'misconfigured', /calls itself https:\/\/evil\.example\/:/);
});

const LIES: readonly [name: string, knobs: Partial<OpenIdKnobs>, hint: RegExp][] = [
  ['wrong audience', { claims: { aud: 'somebody-else' } }, /"aud" \(audience\)/],
  [
    'audience beside others, without azp',
    { claims: { aud: ['umbel', 'evil'] } },
    /additional untrusted audiences/,
  ],
  ['audience of another party', { claims: { aud: ['umbel', 'evil'], azp: 'evil' } }, /"azp"/],
  ['wrong issuer', { claims: { iss: 'https://evil.example' } }, /"iss" \(issuer\)/],
  ['expired ID token', { claims: { exp: Math.floor(Date.now() / 1000) - 60 } }, /expiration is past.*clocks/],
  ['ID token of the future', { claims: { nbf: Math.floor(Date.now() / 1000) + 600 } }, /not before.*clocks/],
  ['ID token without expiry', { claims: { exp: undefined } }, /"exp" .* missing/],
  ['wrong nonce', { claims: { nonce: 'another' } }, /"nonce"/],
  ['missing nonce', { claims: { nonce: undefined } }, /"nonce"/],
  ['missing subject', { claims: { sub: undefined } }, /"sub"/],
  ['alg: none', { algorithm: 'none' }, /alg/],
  ['alg: HS256 with the client secret', { algorithm: 'HS256' }, /unsupported/i],
  ['token signed by another key', { foreignKey: true }, /signature verification failed/],
];

for (const [name, knobs, hint] of LIES) {
  test(`${name}: refused`, async (t) => {
    const { walk, provider } = await start(t);
    const { claims } = provider.knobs;
    Object.assign(provider.knobs, knobs, { claims: { ...claims, ...knobs.claims } });
    assertRefused(await walk('oidc'), 'wrong', hint);
  });
}

test('a token answer without an ID token: refused', async (t) => {
  const { toCallback, finish, provider } = await start(t);
  provider.misbehave.set('/token', { json: { access_token: 'x', token_type: 'Bearer' } });
  assertRefused(await finish('oidc', await toCallback('oidc')), 'wrong', /id_token/);
});

test('unverified email: refused, and the operator is told the claim', async (t) => {
  const { walk, provider } = await start(t, { allow: ['*@good.com'] });
  for (const verified of [false, 'false', undefined, 1, null, []]) {
    provider.knobs.claims = { sub: '1', email: 'ada@good.com', email_verified: verified };
    assertRefused(await walk('oidc'), 'not_allowed', /email_verified/);
  }
});

test('an address that only begins or ends like an allowed one: refused; one in capitals: let in', async (t) => {
  const { walk, provider } = await start(t, { allow: ['*@good.com', 'bob@other.org'] });
  for (const email of [
    'a@good.com.evil.com',
    'a@evil.com@good.com',
    'a@xgood.com',
    'a@good.com\n',
    'a@good.com ',
    ' a@good.com',
    'a@goodxcom',
    'a@gооd.com',
    'bob@other.org.evil.com',
    'xbob@other.org',
    'good.com',
    '@good.com',
    '',
    ['a@good.com'],
    { toString: 'a@good.com' },
  ]) {
    provider.knobs.claims = { sub: '1', email, email_verified: true };
    const outcome = await walk('oidc');
    assert.ok('refused' in outcome && outcome.refused === 'not_allowed', JSON.stringify([email, outcome]));
  }
  for (const email of ['A@Good.com', 'BOB@OTHER.ORG']) {
    provider.knobs.claims = { sub: '1', email, email_verified: true };
    const outcome = await walk('oidc');
    assert.ok('identity' in outcome, JSON.stringify(outcome));
    assert.equal(outcome.identity.email, email.toLowerCase());
  }
});

test('letters whose lower case is an ASCII letter do not become another address', async (t) => {
  const { walk, provider } = await start(t, { allow: ['mike@good.com'] });
  provider.knobs.claims = { sub: '1', email: 'mi\u212Ae@good.com', email_verified: true };
  assertRefused(await walk('oidc'), 'not_allowed', /only ASCII/);
});

test('both an address and a group are needed where both are asked for', async (t) => {
  const { walk, provider } = await start(t, { allow: ['*@good.com'], groups: ['ops'] });
  const ada = { sub: '1', email: 'ada@good.com', email_verified: true };
  provider.knobs.claims = { ...ada, groups: ['ops'] };
  assert.ok('identity' in (await walk('oidc')));
  provider.knobs.claims = { ...ada, groups: ['guests'] };
  assertRefused(await walk('oidc'), 'not_allowed', /none of the configured groups/);
  provider.knobs.claims = { ...ada, email: 'ada@evil.com', groups: ['ops'] };
  assertRefused(await walk('oidc'), 'not_allowed', /address is not allowed/);
});

test('open redirect in next: the browser goes to the start page instead', async (t) => {
  const { walk } = await start(t);
  for (const next of [
    '//evil.example',
    '/\\evil.example',
    'https:evil.example',
    'https://evil.example/',
    '/.//evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    '',
  ]) {
    const outcome = await walk('oidc', next);
    assert.ok('identity' in outcome);
    assert.equal(outcome.next, '/', next);
  }
});

test('next is kept below the URL prefix', async (t) => {
  const provider = await startOpenIdStandIn(t);
  const { walk } = startWalk([ruleFor(provider, { kind: 'oidc' })], [provider], { urlPrefix: '/p' });
  for (const [next, expected] of [
    ['/p/tasks', '/p/tasks'],
    ['/other', '/p/'],
    ['/p/../other', '/p/'],
  ] as const) {
    const outcome = await walk('oidc', next);
    assert.equal('next' in outcome && outcome.next, expected);
  }
});

test('what the provider writes into an error gets neither to the person nor into the log', async (t) => {
  const { toCallback, finish, provider } = await start(t);
  const callback = await toCallback('oidc');
  const code = new URLSearchParams(callback.query).get('code') ?? '';
  const text = `<b>${code}</b>\u001b[31m ${provider.clientSecret}`;
  provider.misbehave.set('/token', { status: 400, json: { error: text, error_description: text } });
  const outcome = await finish('oidc', callback);
  assertRefused(outcome, 'misconfigured', /error code of its own/);
  assert.doesNotMatch(JSON.stringify(outcome), /<b>|\\u001b/);
});

test('an error that the browser brings back is explained by its code alone', async (t) => {
  const { toCallback, finish } = await start(t);
  for (const [error, refused, hint] of [
    ['access_denied', 'not_allowed', /assign them/],
    ['invalid_scope', 'misconfigured', /scopes/],
    ['redirect_uri_mismatch', 'misconfigured', new RegExp(`register exactly ${ORIGIN}/login/oidc/callback`)],
    ['unauthorized_client', 'misconfigured', /authorization code/],
    ['temporarily_unavailable', 'busy', /not well/],
    ['\u001b[31mforged line', 'misconfigured', /^oidc: the provider refused with an error code of its own/],
  ] as const) {
    const { query, browserCookie } = await toCallback('oidc');
    const state = new URLSearchParams(query).get('state') ?? '';
    const back = new URLSearchParams({ state, error, error_description: '<script>alert(1)</script>' });
    const outcome = await finish('oidc', { query: back.toString(), browserCookie });
    assertRefused(outcome, refused, hint);
    assert.doesNotMatch(JSON.stringify(outcome), /script|forged line/);
  }
});

test('a wrong client secret is told to the operator and not to the person', async (t) => {
  const { walk } = await start(t, { clientSecret: 'wrong-secret' });
  const outcome = await walk('oidc');
  assertRefused(outcome, 'misconfigured', /invalid_client: client id or client secret/);
  assert.doesNotMatch('refused' in outcome ? outcome.sentence : '', /client/);
});

test('an answer without a code, or of another kind of flow: refused', async (t) => {
  const { toCallback, finish } = await start(t);
  for (const answer of ['', 'code=', 'code=x&code=y', 'id_token=x.y.z&code=x', 'token=x', 'response=x.y.z']) {
    const { query, browserCookie } = await toCallback('oidc');
    const state = new URLSearchParams(query).get('state');
    assertRefused(
      await finish('oidc', { query: `${answer}&state=${state}`, browserCookie }),
      'wrong',
      /^oidc: /,
    );
  }
});

test('a provider that is not configured: refused', async (t) => {
  const { signIn } = await start(t);
  for (const id of ['google', '', '__proto__', 'constructor']) {
    const begun = await signIn.begin(id, { next: '/', origin: ORIGIN });
    assert.ok('refused' in begun && begun.refused === 'wrong', id);
  }
});
