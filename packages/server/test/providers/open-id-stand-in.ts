// An OpenID provider that can be made to lie: every claim, the key and the algorithm of its ID tokens are knobs.
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import type { TestScope } from '@umbel/testkit';
import { createCodeGrants, type SecretIn, type StandInClient } from './code-grants.ts';
import { type StandInCall, type StandInReply, type StandInServer, startStandIn } from './stand-in-server.ts';

export interface OpenIdKnobs {
  /** Over the honest claims (iss, aud, sub, exp, iat, nonce) of the ID token; undefined takes one away. */
  claims: Readonly<Record<string, unknown>>;
  /** Null: no such endpoint. */
  userInfo: Readonly<Record<string, unknown>> | null;
  /** Over the honest discovery document. */
  discovery: Readonly<Record<string, unknown>>;
  algorithm: 'RS256' | 'none' | 'HS256';
  /** Signs with a key that the key set does not have, under the same name. */
  foreignKey: boolean;
  /** Where the client's secret is looked for. */
  secretIn: SecretIn;
  /** Further parameters of the redirect back. */
  redirect: Readonly<Record<string, string>>;
}

export interface OpenIdStandIn extends StandInServer, StandInClient {
  readonly knobs: OpenIdKnobs;
  readonly secrets: readonly string[];
  readonly isAccessToken: (call: StandInCall) => boolean;
}

const KEY_ID = 'stand-in';
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
const foreignKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** @param also answers what OpenID does not know */
export async function startOpenIdStandIn(
  t: TestScope,
  also: (call: StandInCall, standIn: OpenIdStandIn) => StandInReply | null = () => null,
): Promise<OpenIdStandIn> {
  const client = { clientId: 'umbel', clientSecret: 'stand-in+secret/5f0b' };
  const grants = createCodeGrants(client);
  const knobs: OpenIdKnobs = {
    claims: { sub: '1001', email: 'ada@good.com', email_verified: true },
    userInfo: null,
    discovery: {},
    algorithm: 'RS256',
    foreignKey: false,
    secretIn: 'form',
    redirect: {},
  };

  function discoveryDocument(): Record<string, unknown> {
    return {
      issuer: server.url,
      authorization_endpoint: `${server.url}/authorize`,
      token_endpoint: `${server.url}/token`,
      jwks_uri: `${server.url}/jwks`,
      ...(knobs.userInfo === null ? {} : { userinfo_endpoint: `${server.url}/userinfo` }),
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256', knobs.algorithm],
      token_endpoint_auth_methods_supported: ['client_secret_post'],
      ...knobs.discovery,
    };
  }

  function idToken(nonce: string | null): string {
    const now = Math.floor(Date.now() / 1000);
    const payload = {
      iss: server.url,
      aud: client.clientId,
      iat: now,
      exp: now + 300,
      ...(nonce === null ? {} : { nonce }),
      ...knobs.claims,
    };
    const head = `${encode({ alg: knobs.algorithm, kid: KEY_ID })}.${encode(payload)}`;
    return `${head}.${seal(head, knobs, client.clientSecret)}`;
  }

  const server = await startStandIn(t, (call) => {
    switch (call.url.pathname) {
      case '/.well-known/openid-configuration':
        return { json: discoveryDocument() };
      case '/jwks':
        return { json: { keys: [publicKey(keys.publicKey)] } };
      case '/authorize':
        return grants.authorize(call, knobs.redirect);
      case '/token': {
        const redeemed = grants.redeem(call, knobs.secretIn);
        if ('error' in redeemed) return refusal(redeemed.error, call);
        const token = idToken(redeemed.nonce);
        grants.secrets.push(token);
        return {
          json: { access_token: redeemed.accessToken, token_type: 'Bearer', expires_in: 60, id_token: token },
        };
      }
      case '/userinfo':
        return grants.isAccessToken(call) ? { json: knobs.userInfo } : { status: 401, json: {} };
      default:
        return also(call, standIn);
    }
  });
  const standIn = {
    ...server,
    ...client,
    knobs,
    secrets: grants.secrets,
    isAccessToken: grants.isAccessToken,
  };
  return standIn;
}

/** RFC 6749 §5.2: who proved itself by the header gets a challenge. */
function refusal(error: string, { authorization }: StandInCall): StandInReply {
  return error === 'invalid_client' && authorization !== undefined
    ? { status: 401, headers: { 'www-authenticate': 'Basic realm="stand-in"' }, json: { error } }
    : { status: 400, json: { error } };
}

function publicKey(key: KeyObject): Record<string, unknown> {
  return { ...key.export({ format: 'jwk' }), kid: KEY_ID, use: 'sig', alg: 'RS256' };
}

function seal(head: string, { algorithm, foreignKey }: OpenIdKnobs, clientSecret: string): string {
  if (algorithm === 'none') return '';
  if (algorithm === 'HS256') return createHmac('sha256', clientSecret).update(head).digest('base64url');
  const { privateKey } = foreignKey ? foreignKeys : keys;
  return sign('sha256', Buffer.from(head), privateKey).toString('base64url');
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
