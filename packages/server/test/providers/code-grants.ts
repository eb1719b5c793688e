// The authorization code grant as a provider sees it: whoever comes is the one who is to sign in, without asking. Strict about
// client, redirect URI, PKCE and using a code once, so that a client that forgets one of them is refused.
import { createHash, randomBytes } from 'node:crypto';
import type { StandInCall, StandInReply } from './stand-in-server.ts';

export interface StandInClient {
  readonly clientId: string;
  readonly clientSecret: string;
}

export type SecretIn = 'form' | 'header';

export interface CodeGrants {
  /** Codes and tokens given out so far: what must appear in no message. */
  readonly secrets: string[];
  /** @param extra further parameters of the redirect */
  authorize(call: StandInCall, extra?: Readonly<Record<string, string>>): StandInReply;
  /**
   * The nonce that the code's request brought, and a new access token; or the error code to answer.
   * @param secretIn where the client's secret is looked for
   */
  redeem(
    call: StandInCall,
    secretIn?: SecretIn,
  ): { readonly nonce: string | null; readonly accessToken: string } | { readonly error: string };
  readonly isAccessToken: (call: StandInCall) => boolean;
}

export function createCodeGrants({ clientId, clientSecret }: StandInClient): CodeGrants {
  const codes = new Map<string, URLSearchParams>();
  const secrets: string[] = [];
  const accessTokens = new Set<string>();

  function newSecret(): string {
    const secret = randomBytes(16).toString('hex');
    secrets.push(secret);
    return secret;
  }

  return {
    secrets,
    authorize({ url: { searchParams: asked } }, extra = {}) {
      if (asked.get('client_id') !== clientId || asked.get('response_type') !== 'code')
        return { status: 400, json: { error: 'unauthorized_client' } };
      const code = newSecret();
      codes.set(code, asked);
      const back = new URL(asked.get('redirect_uri') ?? '');
      for (const [name, value] of Object.entries({ code, state: asked.get('state') ?? '', ...extra }))
        back.searchParams.set(name, value);
      return { status: 302, headers: { location: back.href } };
    },
    redeem({ form, authorization }, secretIn = 'form') {
      const inForm = [form.get('client_id'), form.get('client_secret')];
      const [id, secret] = (secretIn === 'form' ? inForm : basicOf(authorization)) ?? [];
      if (id !== clientId || secret !== clientSecret) return { error: 'invalid_client' };
      const code = form.get('code') ?? '';
      const asked = codes.get(code);
      codes.delete(code);
      const challenge = createHash('sha256')
        .update(form.get('code_verifier') ?? '')
        .digest('base64url');
      if (
        asked === undefined ||
        form.get('grant_type') !== 'authorization_code' ||
        form.get('redirect_uri') !== asked.get('redirect_uri') ||
        asked.get('code_challenge_method') !== 'S256' ||
        asked.get('code_challenge') !== challenge
      )
        return { error: 'invalid_grant' };
      const accessToken = newSecret();
      accessTokens.add(accessToken);
      return { nonce: asked.get('nonce'), accessToken };
    },
    isAccessToken: ({ authorization = '' }) => accessTokens.has(authorization.replace(/^Bearer /i, '')),
  };
}

/** Form-encoded within Basic, as RFC 6749 asks. */
function basicOf(authorization: string | undefined): readonly (string | null)[] | null {
  const [, credentials] = /^Basic (\S+)$/.exec(authorization ?? '') ?? [];
  if (credentials === undefined) return null;
  const parts = Buffer.from(credentials, 'base64').toString().split(':');
  return parts.map((part) => new URLSearchParams(`part=${part}`).get('part'));
}
