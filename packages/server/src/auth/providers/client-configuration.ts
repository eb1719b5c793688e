// Umbel as a client of one provider, in openid-client's terms: what it asks, and how strictly it checks.
import {
  allowInsecureRequests,
  Configuration,
  type CustomFetch,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  type ServerMetadata,
} from 'openid-client';
import type { ClientProof } from './client-proof.ts';
import { maySpeakTo, nameOf } from './provider-address.ts';
import { ProviderError } from './provider-error.ts';

export interface ClientOptions {
  readonly clientId: string;
  readonly fetch: CustomFetch;
  readonly proof: ClientProof;
  /** The provider is at plain http on this machine. */
  readonly plainHttp: boolean;
}

/** Asks an OpenID provider for its endpoints and keys' address. Rejects when it does not call itself `issuer`. */
export async function discoverClient(
  issuer: URL,
  { clientId, fetch, proof, plainHttp }: ClientOptions,
): Promise<Configuration> {
  const configuration = await discovery(issuer, clientId, {}, proof.auth, {
    [customFetch]: fetch,
    execute: plainHttp ? [allowInsecureRequests] : [],
  });
  const { issuer: called, authorization_endpoint: endpoint } = configuration.serverMetadata();
  if (called.includes('{')) {
    // Entra ID's `common` and `organizations`: anybody can have a tenant, and name its groups and addresses as they like.
    throw new ProviderError(
      'unexpected',
      `${nameOf(issuer)} signs in people of every tenant; configure the issuer of your own tenant (https://login.microsoftonline.com/TENANT-ID/v2.0)`,
    );
  }
  checkAuthorizationEndpoint(endpoint, plainHttp);
  // Without this the signature of an ID token that came over TLS is taken for granted.
  enableNonRepudiationChecks(configuration);
  return configuration;
}

/** A provider that has no discovery document. */
export function describeClient(server: ServerMetadata, options: ClientOptions): Configuration {
  const { clientId, fetch, proof, plainHttp } = options;
  const configuration = new Configuration(server, clientId, {}, proof.auth);
  configuration[customFetch] = fetch;
  if (plainHttp) allowInsecureRequests(configuration);
  return configuration;
}

/** Every other endpoint is checked when it is asked; this one is for the browser. */
function checkAuthorizationEndpoint(endpoint: string | undefined, plainHttp: boolean): void {
  const url = URL.parse(endpoint ?? '');
  if (url === null || !maySpeakTo(url, plainHttp)) {
    throw new ProviderError('unexpected', 'the discovery document names no https authorization endpoint');
  }
}
