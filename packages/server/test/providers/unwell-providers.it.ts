// Providers that are away, slow, too large, or point elsewhere: a clear sentence, nothing asked that should not be, and sign-in
// works again as soon as they do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freePort } from '@umbel/testkit';
import { startOpenIdStandIn } from './open-id-stand-in.ts';
import { type Outcome, ruleFor, startWalk } from './sign-in-walk.ts';
import { startStandIn } from './stand-in-server.ts';

const DISCOVERY = '/.well-known/openid-configuration';
/** Within which an honest answer must come on a busy machine, and no more than a test may wait for a dishonest one. */
const DEADLINE_MS = 1_500;

function assertRefused(outcome: Outcome, refused: string, hint: RegExp): void {
  assert.ok('refused' in outcome, `let in: ${JSON.stringify(outcome)}`);
  assert.equal(outcome.refused, refused, JSON.stringify(outcome));
  assert.match(outcome.operatorHint ?? '', hint);
}

test('provider away: a sentence that says so, and when to come again', async () => {
  const url = `http://127.0.0.1:${await freePort()}`;
  const { walk } = startWalk([ruleFor({ url }, { kind: 'oidc', label: 'Our Keycloak' })], []);
  const outcome = await walk('oidc');
  assertRefused(outcome, 'busy', /cannot be reached \(ECONNREFUSED\)/);
  assert.ok('refused' in outcome);
  assert.equal(outcome.sentence, 'Our Keycloak does not answer at the moment.');
  assert.equal(outcome.retryAfterS, 30);
});

test('provider away at first or in between: sign-in works as soon as it is back', async (t) => {
  const provider = await startOpenIdStandIn(t);
  const { walk } = startWalk([ruleFor(provider, { kind: 'oidc' })], [provider]);
  provider.misbehave.set(DISCOVERY, { status: 503 });
  assertRefused(await walk('oidc'), 'busy', /answered 503/);
  provider.misbehave.clear();
  assert.ok('identity' in (await walk('oidc')));
  for (const path of ['/token', '/jwks']) {
    // The key set is remembered for a while: a discovery anew asks for it anew.
    provider.misbehave.set('/token', { status: 502 });
    assertRefused(await walk('oidc'), 'busy', /answered 502/);
    provider.misbehave.clear();
    provider.misbehave.set(path, { status: 500 });
    assertRefused(await walk('oidc'), 'busy', /answered 500/);
    provider.misbehave.clear();
    assert.ok('identity' in (await walk('oidc')));
  }
});

test('slow provider: given up at the deadline, wherever it is slow', { timeout: 25_000 }, async (t) => {
  for (const path of [DISCOVERY, '/token', '/jwks']) {
    const provider = await startOpenIdStandIn(t);
    const { walk } = startWalk([ruleFor(provider, { kind: 'oidc' })], [provider], {
      deadlineMs: DEADLINE_MS,
    });
    provider.misbehave.set(path, 'silent');
    assertRefused(await walk('oidc'), 'busy', /deadline/);
  }
});

test('provider answering 50 MB: read to 1 MiB and dropped', async (t) => {
  for (const path of [DISCOVERY, '/token', '/jwks']) {
    const provider = await startOpenIdStandIn(t);
    const { walk } = startWalk([ruleFor(provider, { kind: 'oidc' })], [provider]);
    provider.misbehave.set(path, 'endless');
    assertRefused(await walk('oidc'), 'misconfigured', /more than 1048576 bytes/);
    assert.ok(provider.endlessBytes() < 25_000_000, `${provider.endlessBytes()} bytes were sent`);
  }
});

test('provider redirecting to the metadata address or to another service: not followed', async (t) => {
  const inside = await startStandIn(t, () => ({ json: {} }));
  for (const path of [DISCOVERY, '/token', '/jwks', '/userinfo']) {
    for (const redirectTo of ['http://169.254.169.254/latest/meta-data/', `${inside.url}/secret`]) {
      const provider = await startOpenIdStandIn(t);
      provider.knobs.userInfo = {};
      const { walk } = startWalk([ruleFor(provider, { kind: 'oidc' })], [provider]);
      provider.misbehave.set(path, { redirectTo });
      assertRefused(await walk('oidc'), 'misconfigured', /redirect, which is not followed/);
    }
  }
  assert.deepEqual(inside.calls, []);
});

test('a discovery document that names plain-http endpoints elsewhere: they are not asked', async (t) => {
  for (const endpoint of ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'userinfo_endpoint']) {
    for (const [address, hint] of [
      ['http://169.254.169.254/latest', /it is not https|no https/],
      ['file:///etc/passwd', /cannot be used|no https/],
      ['javascript:alert(1)', /cannot be used|no https/],
      ['x', /cannot be used|no https/],
    ] as const) {
      const provider = await startOpenIdStandIn(t);
      provider.knobs.discovery = { [endpoint]: address };
      const { walk } = startWalk([ruleFor(provider, { kind: 'oidc' })], [provider]);
      assertRefused(await walk('oidc'), 'misconfigured', hint);
    }
  }
});

test('a discovery document that is none: the operator is told to look at the address', async (t) => {
  const provider = await startOpenIdStandIn(t);
  const { walk } = startWalk([ruleFor(provider, { kind: 'oidc' })], [provider]);
  for (const answer of [
    { status: 404 },
    { status: 200 },
    { json: [] },
    { json: { issuer: 5 } },
    { json: null },
  ]) {
    provider.misbehave.set(DISCOVERY, answer);
    const outcome = await walk('oidc');
    assert.ok('refused' in outcome && outcome.refused !== 'busy', JSON.stringify(outcome));
    assert.notEqual(outcome.operatorHint, undefined);
  }
});

test('answers of a shape that nobody thought of: refused, never an error', async (t) => {
  for (const discovery of [
    { issuer: 'x' },
    { token_endpoint_auth_methods_supported: 5 },
    { id_token_signing_alg_values_supported: { includes: 1 } },
    { authorization_endpoint: {} },
    { userinfo_endpoint: [] },
    { __proto__: { issuer: 1 } },
  ]) {
    const provider = await startOpenIdStandIn(t);
    provider.knobs.discovery = discovery;
    // The ID token leaves something out, so that every endpoint is asked.
    provider.knobs.claims = { sub: '1' };
    const { walk } = startWalk([ruleFor(provider, { kind: 'oidc' })], [provider]);
    assert.ok('refused' in (await walk('oidc')), JSON.stringify(discovery));
  }
  for (const [path, json] of [
    ['/jwks', { keys: [{}] }],
    ['/jwks', { keys: [{ kty: 'RSA', kid: 'stand-in', n: 5, e: {} }] }],
    ['/jwks', { keys: 'x' }],
    ['/token', { access_token: 5, token_type: 'Bearer', id_token: 'x.y.z' }],
    ['/token', { access_token: 'x', token_type: 'Bearer', id_token: 'x.y.z' }],
    ['/token', { access_token: 'x', token_type: 'Bearer', id_token: 'bnVsbA.bnVsbA.x' }],
    ['/token', ['x']],
    ['/userinfo', 'x'],
    ['/userinfo', { sub: ['1'] }],
  ] as const) {
    const provider = await startOpenIdStandIn(t);
    provider.knobs.claims = { sub: '1' };
    provider.knobs.userInfo = {};
    provider.misbehave.set(path, { json });
    const { walk } = startWalk([ruleFor(provider, { kind: 'oidc' })], [provider]);
    assert.ok('refused' in (await walk('oidc')), `${path} ${JSON.stringify(json)}`);
  }
});
