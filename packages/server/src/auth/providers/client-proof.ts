// How Umbel proves to a provider that it is the client it says it is: the secret in the form or in the Authorization header.
// Providers list both, but some take from a client only the one it was registered for, and none tells which.
import {
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client';

export interface ClientProof {
  readonly auth: ClientAuth;
  /**
   * Calls, and when the provider does not take the proof calls once more with the other one, which is then kept. A code that
   * came with a refused proof is not used up.
   */
  withEither<T>(call: () => Promise<T>): Promise<T>;
}

export function createClientProof(secret: string): ClientProof {
  const ways = { post: ClientSecretPost(secret), basic: ClientSecretBasic(secret) };
  let way: keyof typeof ways | null = null;
  return {
    auth: (server, ...rest) => {
      way ??= server.token_endpoint_auth_methods_supported?.includes('client_secret_post') ? 'post' : 'basic';
      return ways[way](server, ...rest);
    },
    async withEither(call) {
      try {
        return await call();
      } catch (error) {
        if (!isProofRefused(error)) throw error;
        way = way === 'post' ? 'basic' : 'post';
        return await call().catch((second: unknown) => {
          throw second instanceof ResponseBodyError || isProofRefused(second) ? error : second;
        });
      }
    },
  };
}

/** RFC 6749 §5.2: with a challenge when the proof came in the header. */
export function isProofRefused(error: unknown): boolean {
  if (error instanceof ResponseBodyError) return error.error === 'invalid_client';
  return (
    error instanceof WWWAuthenticateChallengeError &&
    !error.cause.some(({ scheme }) => scheme === 'bearer' || scheme === 'dpop')
  );
}
