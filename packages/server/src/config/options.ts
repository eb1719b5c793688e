// THE TABLE of options. One row gives the flag, the environment variables, the key in the config file, Flower's name,
// the default, the help text and the line in docs/options.md. Nothing else in the server reads flags or environment.
import { ACCESS_OPTIONS } from './access-options.ts';
import { CELERY_OPTIONS } from './celery-options.ts';
import { DOOR_OPTIONS } from './door-options.ts';
import { HISTORY_OPTIONS } from './history-options.ts';
import { type Option, option } from './option.ts';
import { choice, text } from './option-kinds.ts';

const PROCESS_OPTIONS = {
  'log-level': option<'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent'>({
    kind: choice(['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    default: 'info',
    help: 'How much to log.',
  }),
  'log-format': option<'text' | 'json'>({
    kind: choice(['text', 'json']),
    default: 'text',
    help: 'Lines for people or for machines.',
  }),
  config: option<string | null>({
    kind: text('FILE'),
    default: null,
    defaultText: 'none',
    help: 'YAML file with options, the names as here without the dashes in front.',
  }),
};

export const OPTIONS = {
  ...CELERY_OPTIONS,
  ...DOOR_OPTIONS,
  ...ACCESS_OPTIONS,
  ...HISTORY_OPTIONS,
  ...PROCESS_OPTIONS,
};

export type { Option } from './option.ts';

export type OptionName = keyof typeof OPTIONS;

/** The value of every option, checked. */
export type OptionValues = {
  readonly [N in OptionName]: (typeof OPTIONS)[N] extends Option<infer T> ? T : never;
};

const namesOf = (rows: object): readonly OptionName[] => Object.keys(rows) as OptionName[];

/** The rows by subject, in the order of the help. */
export const OPTION_GROUPS: readonly { readonly title: string; readonly names: readonly OptionName[] }[] = [
  { title: 'Celery', names: namesOf(CELERY_OPTIONS) },
  { title: 'Where Umbel is reached', names: namesOf(DOOR_OPTIONS) },
  { title: 'Who may do what', names: namesOf(ACCESS_OPTIONS) },
  { title: 'What is kept', names: namesOf(HISTORY_OPTIONS) },
  { title: 'The process', names: namesOf(PROCESS_OPTIONS) },
];

/** `result-backend` → `UMBEL_RESULT_BACKEND`. */
export function environmentName(name: string): string {
  return `UMBEL_${name.replaceAll('-', '_').toUpperCase()}`;
}

/** Names a file that holds the value, as containers have their secrets; null for the option that is such a path itself. */
export function fileVariable(name: OptionName): string | null {
  return name === 'config' ? null : `${environmentName(name)}_FILE`;
}
