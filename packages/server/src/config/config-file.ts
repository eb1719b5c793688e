// The config file (YAML) ▶ raw option values by name. Meaning of values: option-kinds.ts.
import { parse } from 'yaml';
import { ConfigError } from './config-error.ts';
import { nearestName } from './nearest-name.ts';
import { OPTIONS, type OptionName } from './options.ts';

const NAMES = Object.keys(OPTIONS) as OptionName[];

/**
 * @param source the file's text
 * @param path for messages
 * @throws ConfigError when it is not YAML, not a mapping, or holds a name that is no option
 */
export function parseConfigFile(source: string, path: string): Map<OptionName, unknown> {
  let document: unknown;
  try {
    document = parse(source) ?? {};
  } catch (error) {
    throw new ConfigError(
      `${path} is not readable YAML: ${error instanceof Error ? error.message.split('\n')[0]?.replace(/:$/, '.') : String(error)}`,
    );
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new ConfigError(`${path} needs lines such as "port: 5555".`);
  }
  const values = new Map<OptionName, unknown>();
  for (const [key, value] of Object.entries(document)) {
    const name = NAMES.find((candidate) => candidate === key.replaceAll('_', '-') && candidate !== 'config');
    if (name === undefined) {
      const nearest = nearestName(key, NAMES);
      const hint = nearest === null ? '' : ` Did you mean ${nearest}?`;
      throw new ConfigError(`${path} has ${key}, which is not an option.${hint}`);
    }
    if (values.has(name))
      throw new ConfigError(`${path} has ${name} twice, with a dash and with an underscore.`);
    values.set(name, value);
  }
  return values;
}
