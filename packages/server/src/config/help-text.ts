// `umbel --help`, written from the tables of options and commands.
import { environmentName, OPTION_GROUPS, OPTIONS, type Option, type OptionName } from './options.ts';

const INTRODUCTION = `umbel: watch and control Celery.

Usage: umbel [options]
       umbel COMMAND [options]     (each command has its own --help)
`;

const SOURCES = `Each option may also be given in the environment (UMBEL_ and the name in capitals), in a file whose path stands in the
environment (the same and _FILE, for secrets), or in a config file.
`;

/** The default as a person would write it. */
export function formatDefault(option: Option<unknown>): string {
  if (option.defaultText !== undefined) return option.defaultText;
  const value = option.default;
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',');
  if (value !== null && option.kind.format !== undefined) return option.kind.format(value);
  if (typeof value === 'object' && value !== null) return 'none';
  return value === '' ? 'none' : String(value);
}

/** The variables that set the option, besides the one that names a file. */
export function environmentNames(name: OptionName): string[] {
  const option: Option<unknown> = OPTIONS[name];
  return [environmentName(name), ...(option.env ?? [])];
}

/** One option as `--help` shows it. */
export function formatOption(name: OptionName): string {
  const option: Option<unknown> = OPTIONS[name];
  const head =
    option.flag === false
      ? environmentNames(name).join(' or ')
      : option.kind.placeholder === null
        ? `--[no-]${name}`
        : `--${name} ${option.kind.placeholder}`;
  const alsoFrom = option.flag === false || option.env === undefined ? '' : ` Also ${option.env.join(', ')}.`;
  return `  ${head}\n      ${option.help}${alsoFrom} (default: ${formatDefault(option)})\n`;
}

/** @param commands name and one sentence for each command */
export function formatHelp(commands: readonly { readonly name: string; readonly summary: string }[]): string {
  const width = Math.max(0, ...commands.map(({ name }) => name.length));
  return [
    INTRODUCTION,
    ['Commands', ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`), ''].join(
      '\n',
    ),
    SOURCES,
    ...OPTION_GROUPS.flatMap(({ title, names }) => [`${title}\n`, ...names.map(formatOption)]),
    '  --version\n      Print the version.\n',
    '  --help\n      Print this.\n',
  ].join('\n');
}
