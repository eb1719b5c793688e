// What may go wrong between Umbel and a provider, beyond what openid-client finds itself.

export type ProviderTrouble =
  /** No connection, or the provider says that it is not well: may pass by itself. */
  | 'unreachable'
  /** No whole answer before the deadline: may pass by itself. */
  | 'too_slow'
  /** More bytes than any honest answer has. */
  | 'too_large'
  /** It wants the question to be put to another address. */
  | 'redirected'
  /** The address is not one that Umbel asks: plain HTTP beyond this machine. */
  | 'forbidden_address'
  /** An answer that is not what its documentation promises, or a refusal. */
  | 'unexpected';

/** `message` is a sentence for the operator's log: addresses without their query, and nothing that the provider wrote. */
export class ProviderError extends Error {
  override name = 'ProviderError';
  readonly trouble: ProviderTrouble;

  constructor(trouble: ProviderTrouble, message: string, cause?: unknown) {
    super(message, { cause });
    this.trouble = trouble;
  }
}
