// Flags, environment and config file ▶ one checked value for every option. Precedence: flag, environment, file, default.
import { ConfigError } from './config-error.ts';
import { parseConfigFile } from './config-file.ts';
import { OptionValueError } from './option-kinds.ts';
import {
  environmentName,
  fileVariable,
  OPTIONS,
  type Option,
  type OptionName,
  type OptionValues,
} from './options.ts';

/** Where the values come from. */
export interface ConfigSources {
  readonly flags: ReadonlyMap<OptionName, string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Reads the config file, and files that hold a value; its errors become ConfigError. */
  readonly readFile: (path: string) => string;
}

/** A value as it was given, and where. */
interface Given {
  readonly source: string;
  readonly value: unknown;
  /** It comes from a file of its own, and is most likely a secret: never shown. */
  readonly hidden?: true;
}

/** @throws ConfigError naming the option, where its value came from, and what would be right */
export function resolveConfig(sources: ConfigSources): OptionValues {
  const { flags, env, readFile } = sources;
  const path = flags.get('config') ?? env[environmentName('config')] ?? null;
  const file =
    path === null
      ? new Map<OptionName, unknown>()
      : parseConfigFile(read('The config file', path, readFile), path);

  const entries = (Object.keys(OPTIONS) as OptionName[]).map((name) => {
    const option: Option<unknown> = OPTIONS[name];
    const given = flags.has(name)
      ? { source: `--${name}`, value: flags.get(name) }
      : (fromEnvironment(name, option, sources) ??
        (file.has(name) ? { source: `${name} in ${path}`, value: file.get(name) } : null));
    return [name, given === null ? option.default : parseGiven(option, given)];
  });
  return Object.fromEntries(entries) as OptionValues;
}

/** Umbel's own variable, the one that names a file, then those of others. Null when none is set. */
function fromEnvironment(
  name: OptionName,
  option: Option<unknown>,
  { env, readFile }: ConfigSources,
): Given | null {
  // An empty variable is how shells and containers say "not set".
  const own = environmentName(name);
  const inFile = fileVariable(name);
  const path = inFile === null ? undefined : env[inFile];
  if (inFile !== null && path) {
    if (env[own]) throw new ConfigError(`${own} and ${inFile} are both set; only one of them can count.`);
    return { source: `${inFile} (${path})`, value: readValue(option, inFile, path, readFile), hidden: true };
  }
  const variable = [own, ...(option.env ?? [])].find((candidate) => env[candidate]);
  return variable === undefined ? null : { source: variable, value: env[variable] };
}

/** The content of a file that holds one value, without the line end that editors add. A list may have its items in lines. */
function readValue(
  option: Option<unknown>,
  variable: string,
  path: string,
  readFile: ConfigSources['readFile'],
): string {
  const text = read(`${variable}: the file`, path, readFile).replace(/\r?\n$/, '');
  const value = option.kind.repeatable === true ? text.replaceAll(/\r?\n/g, ',') : text;
  if (value.trim() === '') throw new ConfigError(`${variable}: the file ${path} is empty.`);
  return value;
}

function parseGiven(option: Option<unknown>, { source, value, hidden }: Given): unknown {
  try {
    return option.kind.parse(value);
  } catch (error) {
    if (!(error instanceof OptionValueError)) throw error;
    const isHidden = option.secret === true || hidden === true || typeof value === 'object';
    const shown = isHidden ? '' : `, not ${JSON.stringify(value)}`;
    throw new ConfigError(`${source} ${error.message}${shown}.`);
  }
}

/** @param what begins the sentence of the error */
function read(what: string, path: string, readFile: ConfigSources['readFile']): string {
  try {
    return readFile(path);
  } catch (error) {
    throw new ConfigError(
      `${what} ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
