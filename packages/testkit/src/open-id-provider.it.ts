import assert from 'node:assert/strict';
import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { test, type TestContext } from 'node:test';
import { type OpenIdProvider, type OpenIdProviderOptions, startOpenIdProvider } from './index.ts';

const CALLBACK = 'http://127.0.0.1:5555/login';
const ADA = { email: 'ada@example.org', email_verified: true, groups: ['monitors', 'admins'] };

function open(t: TestContext, options: Partial<OpenIdProviderOptions> = {}): Promise<OpenIdProvider> {
  return startOpenIdProvider(t, { accounts: { ada: ADA }, ...options });
}

interface Tokens {
  readonly id_token: string;
  readonly access_token: string;
}

interface Ask {
  readonly url: URL;
  readonly verifier: string;
}

function ask({ issuer, clientId }: OpenIdProvider): Ask {
  const verifier = randomBytes(32).toString('base64url');
  const url = new URL('/auth', issuer);
  url.search = new URLSearchParams({
    client_id: clientId,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid email profile',
    state: 'st',
    nonce: 'no',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  return { url, verifier };
}

async function exchange(provider: OpenIdProvider, code: string, verifier: string): Promise<Response> {
  const secret = [provider.clientId, provider.clientSecret].map(encodeURIComponent).join(':');
  return fetch(new URL('/token', provider.issuer), {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(secret).toString('base64')}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: CALLBACK,
      code_verifier: verifier,
    }),
  });
}

/** The whole way, from the authorization request to the tokens. */
async function tokensOf(provider: OpenIdProvider): Promise<Tokens> {
  provider.allowRedirect(CALLBACK);
  const { url, verifier } = ask(provider);
  const back = await provider.signIn(url, 'ada');
  assert.equal(back.searchParams.get('state'), 'st');
  const response = await exchange(provider, back.searchParams.get('code') ?? '', verifier);
  assert.equal(response.status, 200);
  return (await response.json()) as Tokens;
}

const decode = (part = ''): Record<string, unknown> =>
  JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
const claimsOf = ({ id_token: token }: Tokens) => decode(token.split('.')[1]);

async function isGenuine({ issuer }: OpenIdProvider, { id_token: token }: Tokens): Promise<boolean> {
  const [header, payload, signature = ''] = token.split('.');
  const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: Record<string, unknown>[] };
  const key = createPublicKey({ key: keys[0] as never, format: 'jwk' });
  return verify('sha256', Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, 'base64url'));
}

test('a sign-in ends in an ID token with the claims of the account, signed with the published key', async (t) => {
  const provider = await open(t);
  const tokens = await tokensOf(provider);
  const { iss, aud, sub, nonce, email, email_verified: verified, groups } = claimsOf(tokens);
  assert.deepEqual(
    { iss, aud, sub, nonce, email, verified, groups },
    {
      iss: provider.issuer,
      aud: 'umbel',
      sub: 'ada',
      nonce: 'no',
      email: ADA.email,
      verified: true,
      groups: ADA.groups,
    },
  );
  assert.equal(await isGenuine(provider, tokens), true);
  assert.deepEqual(provider.asked.at(-2), 'POST /token');
});

test('claims by user info are not in the ID token', async (t) => {
  const provider = await open(t, { claimsByUserInfo: true });
  const tokens = await tokensOf(provider);
  assert.equal(claimsOf(tokens)['email'], undefined);
  const response = await fetch(`${provider.issuer}/me`, {
    headers: { authorization: `Bearer ${tokens.access_token}` },
  });
  assert.deepEqual(await response.json(), { ...ADA, sub: 'ada' });
});

test('an unknown account comes back with an error, and a redirect that is not registered not at all', async (t) => {
  const provider = await open(t);
  await assert.rejects(provider.signIn(ask(provider).url, 'ada'), /redirect_uri/);
  provider.allowRedirect(CALLBACK);
  const back = await provider.signIn(ask(provider).url, 'mallory');
  assert.equal(back.searchParams.get('error'), 'access_denied');
});

test('a code is good for one exchange', async (t) => {
  const provider = await open(t);
  provider.allowRedirect(CALLBACK);
  const { url, verifier } = ask(provider);
  const code = (await provider.signIn(url, 'ada')).searchParams.get('code') ?? '';
  assert.equal((await exchange(provider, code, verifier)).status, 200);
  assert.equal((await exchange(provider, code, verifier)).status, 400);
});

test('a lie changes claims under the true signature, or the signature, until it is taken back', async (t) => {
  const provider = await open(t);
  provider.lie({ claims: (claims) => ({ ...claims, aud: 'another' }) });
  const wrongAudience = await tokensOf(provider);
  assert.equal(claimsOf(wrongAudience)['aud'], 'another');
  assert.equal(await isGenuine(provider, wrongAudience), true);

  provider.lie({ signedBy: 'stranger' });
  assert.equal(await isGenuine(provider, await tokensOf(provider)), false);

  provider.lie({ signedBy: 'nobody' });
  const unsigned = (await tokensOf(provider)).id_token.split('.');
  assert.deepEqual([decode(unsigned[0]), unsigned[2]], [{ alg: 'none' }, '']);

  provider.lie(null);
  assert.equal(await isGenuine(provider, await tokensOf(provider)), true);
});
