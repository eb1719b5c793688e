// An OpenID provider for tests: `oidc-provider` within the test's process, on a free port of 127.0.0.1. Certified code, so that what
// signs in here signs in elsewhere; what it would never do by itself (a token that lies) is done to its answers on the way out.
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type Provider from 'oidc-provider';
import { walkSignIn } from './walk-sign-in.ts';
import type { TestScope } from './test-scope.ts';

export interface OpenIdAccount {
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly name?: string;
  readonly preferred_username?: string;
  readonly groups?: readonly string[];
  readonly [claim: string]: unknown;
}

export type IdTokenClaims = Readonly<Record<string, unknown>>;

export interface OpenIdProviderOptions {
  /** By the name that is typed into the form, which is the `sub` too. */
  readonly accounts: Readonly<Record<string, OpenIdAccount>>;
  /** Default `umbel`. */
  readonly clientId?: string;
  /** Default a text with characters that a form encodes. */
  readonly clientSecret?: string;
  /** ID tokens hold `sub` alone; the rest has to be asked for, as the standard has it. Default: everything is in the ID token. */
  readonly claimsByUserInfo?: boolean;
}

export interface Lie {
  /** What the claims of every ID token become. */
  readonly claims?: (claims: IdTokenClaims) => IdTokenClaims;
  /** Who signs it: the provider, somebody else under the provider's key id, or nobody (`alg: none`). Default the provider. */
  readonly signedBy?: 'provider' | 'stranger' | 'nobody';
}

export interface OpenIdProvider {
  /** The issuer: `http://127.0.0.1:PORT`. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** From now on the provider sends browsers back to this address too. */
  allowRedirect(uri: string): void;
  /** From now on every ID token is this lie; null: the truth. */
  lie(lie: Lie | null): void;
  /** What the client has asked for so far, as `POST /token`: codes that are used up show here. */
  readonly asked: readonly string[];
  /**
   * Walks from an authorization request to the redirect that ends it, as a browser does, with the account's name typed in.
   * @returns the address that the browser is sent back to, with `code` and `state` or `error`
   */
  signIn(authorizationUrl: string | URL, account: string): Promise<URL>;
}

/** Starts a provider; closed after the test. */
export async function startOpenIdProvider(
  t: TestScope,
  {
    accounts,
    clientId = 'umbel',
    clientSecret = 's3cr3t+/=:%20',
    claimsByUserInfo = false,
  }: OpenIdProviderOptions,
): Promise<OpenIdProvider> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const own = createKey();
  const redirects = new Set<string>();
  const asked: string[] = [];
  let lie: Lie | null = null;

  const { default: ProviderOfLibrary } = await import('oidc-provider');
  const provider: Provider = new ProviderOfLibrary(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [`${issuer}/nowhere`] }],
    jwks: { keys: [own.jwk] },
    cookies: { keys: ['test'] },
    conformIdTokenClaims: claimsByUserInfo,
    claims: {
      openid: ['sub'],
      email: ['email', 'email_verified'],
      profile: ['name', 'preferred_username', 'groups'],
      groups: ['groups'],
    },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    findAccount: (_context, id) =>
      Object.hasOwn(accounts, id)
        ? { accountId: id, claims: async () => ({ ...accounts[id], sub: id }) }
        : undefined,
    // Whoever signs in has agreed to everything: consent is not what is tested.
    loadExistingGrant: async ({ oidc }) => {
      const grant = new provider.Grant({
        clientId: oidc.client?.clientId ?? '',
        accountId: oidc.session?.accountId ?? '',
      });
      grant.addOIDCScope('openid email profile groups');
      await grant.save();
      return grant;
    },
    renderError: (context, error) => {
      context.type = 'json';
      context.body = error;
    },
    pkce: { required: () => true },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 600,
      IdToken: 600,
      Interaction: 600,
      Session: 600,
    },
    scopes: ['openid', 'email', 'profile', 'groups'],
  });
  // The library's own recipe for addresses that are not known in advance.
  provider.Client.prototype.redirectUriAllowed = (uri) => redirects.has(uri);
  provider.use(async (context, next) => {
    if (context.path.startsWith('/interaction/')) {
      await answerForm(provider, context, (login) => Object.hasOwn(accounts, login));
      return;
    }
    asked.push(`${context.method} ${context.path}`);
    await next();
    const body = context.body as { id_token?: string } | undefined;
    if (lie !== null && typeof body?.id_token === 'string') {
      context.body = { ...body, id_token: forge(body.id_token, lie, own.key) };
    }
  });
  const handle = provider.callback();
  server.on('request', (request, response) => void handle(request, response));
  return {
    issuer,
    clientId,
    clientSecret,
    asked,
    allowRedirect: (uri) => void redirects.add(uri),
    lie: (next) => {
      lie = next;
    },
    signIn: (url, account) => walkSignIn(url, issuer, account),
  };
}

type Context = Parameters<Parameters<Provider['use']>[0]>[0];

/** A form with one field, and what comes back from it. */
async function answerForm(
  provider: Provider,
  context: Context,
  isAccount: (login: string) => boolean,
): Promise<void> {
  if (context.method === 'GET') {
    context.type = 'html';
    // With an icon, so that no browser asks for one and complains that there is none.
    context.body =
      '<!doctype html><title>Provider</title><link rel="icon" href="data:,"><form method="post"><input name="login" autofocus><button>Sign in</button></form>';
    return;
  }
  const chunks: Buffer[] = [];
  for await (const chunk of context.req) chunks.push(chunk as Buffer);
  const login = new URLSearchParams(Buffer.concat(chunks).toString('utf8')).get('login') ?? '';
  const result = isAccount(login)
    ? { login: { accountId: login } }
    : { error: 'access_denied', error_description: 'there is no such account' };
  context.respond = false;
  await provider.interactionFinished(context.req, context.res, result);
}

function createKey(): { readonly key: KeyObject; readonly jwk: Record<string, unknown> } {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...privateKey.export({ format: 'jwk' }), kid: 'test', use: 'sig', alg: 'RS256' };
  return { key: createPrivateKey({ key: jwk, format: 'jwk' }), jwk };
}

/** The token anew with other claims, another signature, or none. */
function forge(
  token: string,
  { claims = (same) => same, signedBy = 'provider' }: Lie,
  own: KeyObject,
): string {
  const payload = JSON.parse(
    Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'),
  ) as IdTokenClaims;
  const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const header = signedBy === 'nobody' ? { alg: 'none' } : { alg: 'RS256', kid: 'test' };
  const signed = `${encode(header)}.${encode(claims(payload))}`;
  if (signedBy === 'nobody') return `${signed}.`;
  const key = signedBy === 'provider' ? own : createKey().key;
  return `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`;
}
