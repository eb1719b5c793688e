/** What was asked for at start cannot be done as written. `message` is one sentence for the person who started it. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}
