// Words of the command line ▶ the command they name, with its options read ▶ its exit code. Each command has its --help.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError } from '../config/config-error.ts';
import { formatOption } from '../config/help-text.ts';
import type { OptionName } from '../config/options.ts';
import { resolveConfig } from '../config/resolve-config.ts';
import type { Command, Given, Terminal } from './command.ts';
import { COMMANDS } from './commands.ts';

/**
 * @param argv the arguments without node and script; the first is a word that isCommandWord knows
 * @throws ConfigError for wrong usage; what the command throws
 */
export async function runCommand(argv: readonly string[], terminal: Terminal): Promise<number> {
  const command = findCommand(argv);
  if (command === null) return listGroup(argv, terminal);
  const given = readGiven(command, argv.slice(command.name.split(' ').length), terminal);
  if (given === 'help') {
    terminal.stdout.write(formatCommandHelp(command));
    return 0;
  }
  try {
    return await command.run(given, terminal);
  } catch (error) {
    // Whoever reads the output has had enough of it: `umbel audit export | head`.
    if (error instanceof Error && 'code' in error && error.code === 'EPIPE') return 0;
    throw error;
  }
}

function findCommand(argv: readonly string[]): Command | null {
  return COMMANDS.find(({ name }) => name.split(' ').every((word, at) => argv[at] === word)) ?? null;
}

/** The first word alone names several commands. */
function listGroup([group, ...rest]: readonly string[], { stdout }: Terminal): number {
  const members = COMMANDS.filter(({ name }) => name.startsWith(`${group} `));
  if (rest.includes('--help') || rest.includes('-h')) {
    stdout.write(members.map(({ name, summary }) => `umbel ${name}\n    ${summary}\n`).join(''));
    return 0;
  }
  const names = members.map(({ name }) => name.slice(`${group} `.length));
  throw new ConfigError(`umbel ${group} needs one of ${names.join(', ')}. See umbel ${group} --help.`);
}

function readGiven(command: Command, argv: readonly string[], { env }: Terminal): Given | 'help' {
  const { values, positionals } = parse(command, argv);
  if (values.has('help')) return 'help';
  if (positionals.length !== command.words.length) {
    // What was given is not repeated: it may be a password.
    const wanted = command.words.length === 0 ? 'no further words' : command.words.join(' ');
    throw new ConfigError(`umbel ${command.name} takes ${wanted}. See umbel ${command.name} --help.`);
  }
  for (const [name, option] of Object.entries(command.options)) {
    const given = values.get(name) ?? [];
    if (option.required === true && given.length === 0)
      throw new ConfigError(`umbel ${command.name} needs --${name} ${option.placeholder}.`);
    if (given.includes(''))
      throw new ConfigError(`--${name} needs a value: --${name} ${option.placeholder}.`);
  }
  return {
    words: positionals,
    one: (name) => values.get(name)?.at(-1) ?? command.options[name]?.default ?? null,
    all: (name) => values.get(name) ?? [],
    has: (name) => values.has(name),
    config() {
      const flags = new Map<OptionName, string>();
      for (const name of command.serverOptions) {
        const value = values.get(name)?.at(-1);
        if (value !== undefined) flags.set(name, value);
      }
      return resolveConfig({ flags, env, readFile: (path) => readFileSync(path, 'utf8') });
    },
  };
}

/** Every option that was given, with its values in order. */
function parse(
  command: Command,
  argv: readonly string[],
): { readonly values: ReadonlyMap<string, readonly string[]>; readonly positionals: readonly string[] } {
  const own = Object.entries(command.options).map(
    ([name, { placeholder }]) => [name, placeholder === null ? 'boolean' : 'string'] as const,
  );
  const types = [...own, ...command.serverOptions.map((name) => [name, 'string'] as const)];
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        help: { type: 'boolean', short: 'h' },
        ...Object.fromEntries(types.map(([name, type]) => [name, { type, multiple: true } as const])),
      },
      allowPositionals: true,
    });
    const given = Object.entries(values).map(([name, value]): [string, string[]] => [
      name,
      [value].flat().map(String),
    ]);
    return { values: new Map(given), positionals };
  } catch (error) {
    if (!(error instanceof TypeError && 'code' in error)) throw error;
    const [sentence = ''] = error.message.split(/\.? *\n|\. /);
    const dash = /'(--[a-z-]+)' argument is ambiguous$/.exec(sentence)?.[1];
    if (dash !== undefined)
      throw new ConfigError(
        `${dash} needs its value with an equals sign when that begins with a dash: ${dash}=-….`,
      );
    throw new ConfigError(`${sentence}. See umbel ${command.name} --help.`);
  }
}

function formatCommandHelp({ name, summary, details, words, options, serverOptions }: Command): string {
  const own = Object.entries(options).map(([option, { placeholder, help, ...rest }]) => {
    const fallback = rest.default === undefined ? '' : ` (default: ${rest.default})`;
    const several = rest.repeatable === true ? ' May be given several times.' : '';
    return `  --${option}${placeholder === null ? '' : ` ${placeholder}`}\n      ${help}${several}${fallback}\n`;
  });
  const usage = ['umbel', name, ...words, ...(own.length + serverOptions.length === 0 ? [] : ['[options]'])];
  return [
    `umbel ${name}: ${summary}\n`,
    `Usage: ${usage.join(' ')}\n`,
    ...(details === undefined ? [] : [`${details}\n`]),
    ...own,
    ...serverOptions.map(formatOption),
  ].join('\n');
}
