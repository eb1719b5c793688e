// A mistake in how access is configured: the server does not start with it.

export class AuthRulesError extends Error {
  override readonly name = 'AuthRulesError';
  /** As people write it: `--grants`. */
  readonly option: string;

  /** @param sentence what is wrong and what would be right; quotes no secret */
  constructor(option: string, sentence: string) {
    super(`${option}: ${sentence}`);
    this.option = option;
  }
}
