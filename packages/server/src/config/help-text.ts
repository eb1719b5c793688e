// `umbel --help`, written from the table of options.
import { environmentName, OPTIONS, type Option, type OptionName } from './options.ts';

const INTRODUCTION = `umbel: watch and control Celery.

Usage: umbel [options]

Each option may also be given in the environment (UMBEL_ and the name in capitals) or in a config file.
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

/** Other variables that set the option, besides `UMBEL_…`. */
export function environmentNames(name: OptionName): string[] {
  const option: Option<unknown> = OPTIONS[name];
  return [environmentName(name), ...(option.env ?? [])];
}

export function formatHelp(): string {
  const lines = (Object.keys(OPTIONS) as OptionName[]).map((name) => {
    const option: Option<unknown> = OPTIONS[name];
    const head =
      option.flag === false
        ? environmentNames(name).join(' or ')
        : option.kind.placeholder === null
          ? `--[no-]${name}`
          : `--${name} ${option.kind.placeholder}`;
    const alsoFrom =
      option.flag === false || option.env === undefined ? '' : ` Also ${option.env.join(', ')}.`;
    return `  ${head}\n      ${option.help}${alsoFrom} (default: ${formatDefault(option)})\n`;
  });
  return [
    INTRODUCTION,
    ...lines,
    '  --version\n      Print the version.\n',
    '  --help\n      Print this.\n',
  ].join('\n');
}
