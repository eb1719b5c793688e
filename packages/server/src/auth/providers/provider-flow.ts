// What one kind of provider adds to the authorization code flow: where it is, what to ask it for, and how to read who it was.
import type { Configuration, TokenEndpointResponse, TokenEndpointResponseHelpers } from 'openid-client';
import type { ClientProof } from './client-proof.ts';

/** What the token endpoint answered, checked by openid-client. */
export type Tokens = TokenEndpointResponse & TokenEndpointResponseHelpers;

/** Somebody as a provider has proven them. */
export interface ProvenPerson {
  /** Never given to anybody else by this provider. */
  readonly subject: string;
  /** Addresses that the provider has verified, in lower case, the main one first. */
  readonly addresses: readonly string[];
  /** The name of the account, not proven to be anything else. */
  readonly login: string | null;
  readonly groups: readonly string[];
  /** For the operator, one sentence: why there is no address, or no group. Null: there is nothing to mend. */
  readonly noAddress: string | null;
  readonly noGroups: string | null;
}

export interface ProviderFlow {
  /** Separated by spaces. */
  readonly scope: string;
  /** An ID token belongs to the answer. */
  readonly openId: boolean;
  readonly proof: ClientProof;
  /** What the provider says of itself, asked when it is first needed and after trouble. Rejects with what openid-client rejects, or ProviderError. */
  connect(): Promise<Configuration>;
  /** The next `connect` asks anew. */
  forget(): void;
  person(configuration: Configuration, tokens: Tokens): Promise<ProvenPerson>;
}
