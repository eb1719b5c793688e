// The command line ▶ raw option texts. Knows names, not values: what a value means is option-kinds.ts.
import { parseArgs } from 'node:util';
import { maskUrls } from '@umbel/celery';
import { ConfigError } from './config-error.ts';
import { nearestName } from './nearest-name.ts';
import { OPTIONS, type OptionName } from './options.ts';

/** What a command line asks for. */
export type Arguments =
  | { readonly ask: 'help' }
  | { readonly ask: 'version' }
  | { readonly ask: 'start'; readonly values: ReadonlyMap<OptionName, string> };

const FLAGS = (Object.keys(OPTIONS) as OptionName[]).filter((name) => OPTIONS[name].flag !== false);

/**
 * @param argv the arguments without node and script
 * @throws ConfigError for an unknown option (naming the nearest), a missing value, or a word that is no option
 */
export function parseArguments(argv: readonly string[]): Arguments {
  const { tokens } = parseArgs({
    // Flower writes underscores, most tools dashes: both are read.
    args: argv.map((word) => (word.startsWith('--') ? normalizeName(word) : word)),
    options: {
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
      ...Object.fromEntries(
        FLAGS.map((name) => [
          name,
          { type: OPTIONS[name].kind.placeholder === null ? 'boolean' : 'string' } as const,
        ]),
      ),
    },
    strict: false,
    allowNegative: true,
    tokens: true,
  });
  const values = new Map<OptionName, string>();
  for (const token of tokens) {
    if (token.kind === 'positional')
      throw new ConfigError(`"${maskUrls(token.value)}" is not an option and no command; see umbel --help.`);
    if (token.kind !== 'option') continue;
    if (token.name === 'help') return { ask: 'help' };
    if (token.name === 'version') return { ask: 'version' };
    const negated = token.rawName.startsWith('--no-') && !isFlag(token.rawName.slice(2));
    const name = negated ? token.rawName.slice(5) : token.name;
    if (!isFlag(name)) throw unknownOption(token.rawName);
    const isSwitch = OPTIONS[name].kind.placeholder === null;
    if (negated && !isSwitch) throw unknownOption(token.rawName);
    if (!isSwitch && (token.value === undefined || token.value === '')) {
      throw new ConfigError(`--${name} needs a value: --${name} ${OPTIONS[name].kind.placeholder}.`);
    }
    values.set(
      name,
      isSwitch ? (token.value ?? String(!negated)) : addTo(values.get(name), name, token.value ?? ''),
    );
  }
  return { ask: 'start', values };
}

/** `--basic_auth=a:b` → `--basic-auth=a:b`; the value stays as it is. */
function normalizeName(word: string): string {
  const [name = ''] = word.split('=', 1);
  return name.replaceAll('_', '-') + word.slice(name.length);
}

function isFlag(name: string): name is OptionName {
  return (FLAGS as readonly string[]).includes(name);
}

/** A list may be given by repeating the flag; of anything else the last one counts. */
function addTo(earlier: string | undefined, name: OptionName, value: string): string {
  return earlier !== undefined && OPTIONS[name].kind.repeatable === true ? `${earlier},${value}` : value;
}

function unknownOption(rawName: string): ConfigError {
  const name = rawName.replace(/^-+/, '');
  const nearest = nearestName(name, [...FLAGS, 'help', 'version']);
  const hint = nearest === null ? ' See umbel --help.' : ` Did you mean --${nearest}?`;
  return new ConfigError(`${rawName} is not an option of umbel.${hint}`);
}
