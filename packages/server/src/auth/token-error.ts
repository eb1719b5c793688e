// An API token that cannot be made as it was asked for, or not by who asked.

/** `message` is one sentence for whoever asked. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
}
