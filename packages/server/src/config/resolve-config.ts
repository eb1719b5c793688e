// Flags, environment and config file ▶ one checked value for every option. Precedence: flag, environment, file, default.
import { ConfigError } from './config-error.ts';
import { parseConfigFile } from './config-file.ts';
import { OptionValueError } from './option-kinds.ts';
import { environmentName, OPTIONS, type Option, type OptionName, type OptionValues } from './options.ts';

/** Where the values come from. */
export interface ConfigSources {
  readonly flags: ReadonlyMap<OptionName, string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads the config file; its errors become ConfigError. */
  readonly readFile: (path: string) => string;
}

/** @throws ConfigError naming the option, where its value came from, and what would be right */
export function resolveConfig({ flags, env, readFile }: ConfigSources): OptionValues {
  const path = flags.get('config') ?? env[environmentName('config')] ?? null;
  const file = path === null ? new Map<OptionName, unknown>() : parseConfigFile(read(path, readFile), path);

  const entries = (Object.keys(OPTIONS) as OptionName[]).map((name) => {
    const option: Option<unknown> = OPTIONS[name];
    if (flags.has(name)) return [name, parseFrom(`--${name}`, option, flags.get(name))];
    for (const variable of [environmentName(name), ...(option.env ?? [])]) {
      // An empty variable is how shells and containers say "not set".
      if (env[variable]) return [name, parseFrom(variable, option, env[variable])];
    }
    if (file.has(name)) return [name, parseFrom(`${name} in ${path}`, option, file.get(name))];
    return [name, option.default];
  });
  return Object.fromEntries(entries) as OptionValues;
}

function parseFrom(source: string, option: Option<unknown>, value: unknown): unknown {
  try {
    return option.kind.parse(value);
  } catch (error) {
    if (!(error instanceof OptionValueError)) throw error;
    const shown = option.secret === true ? '' : `, not ${JSON.stringify(value)}`;
    throw new ConfigError(`${source} ${error.message}${shown}.`);
  }
}

function read(path: string, readFile: ConfigSources['readFile']): string {
  try {
    return readFile(path);
  } catch (error) {
    throw new ConfigError(
      `The config file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
