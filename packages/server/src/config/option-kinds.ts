// The kinds of value that an option can have: how a text (flag, environment) or a YAML value (config file) becomes
// it, and what a person reads when it cannot. Nothing here knows a particular option.

/** How one kind of value is read. `parse` throws OptionValueError with what would be right. */
export interface OptionKind<T> {
  /** Shown in the help after the flag, e.g. `SECONDS`; null for a switch, which takes no value. */
  readonly placeholder: string | null;
  /** A list: a flag that is given several times adds to it. */
  readonly repeatable?: true;
  parse(value: unknown): T;
  /** How a person would write the value; default: as `String` does. */
  format?(value: T): string;
}

/** The value of an option cannot be read; `message` completes the sentence "--port …". Never repeats the value of a secret. */
export class OptionValueError extends Error {
  override name = 'OptionValueError';
}

const isText = (value: unknown): value is string => typeof value === 'string' && value.trim() !== '';

/** Any text that is not empty. */
export function text(placeholder: string): OptionKind<string> {
  return {
    placeholder,
    parse(value) {
      if (!isText(value)) throw new OptionValueError('needs a text that is not empty');
      return value.trim();
    },
  };
}

/** A path below which things are served: `/a/b`, whatever slashes were given at its ends; `/` and nothing are the same. */
export const urlPath: OptionKind<string> = {
  placeholder: 'PATH',
  parse(value) {
    const path = String(value)
      .trim()
      .replace(/^\/+|\/+$/g, '');
    if (!/^[\w.~/-]*$/.test(path))
      throw new OptionValueError('needs a path of letters, digits and - . _ ~ /');
    return path === '' ? '' : `/${path}`;
  },
};

/** Texts separated by commas; in a config file also a list. `check` says what is wrong with one of them, or null. */
export function textList(
  placeholder: string,
  check: (item: string) => string | null = () => null,
): OptionKind<readonly string[]> {
  return {
    placeholder,
    repeatable: true,
    parse(value) {
      return listItems(value).map((item) => {
        const problem = check(item);
        if (problem !== null) throw new OptionValueError(problem);
        return item;
      });
    },
  };
}

/**
 * Items of a list, trimmed: of texts separated by commas, or of a list in the config file. An empty list and an empty text say
 * nothing; anything else that is no text is refused, because dropped in silence it would open what it was meant to close.
 * @throws OptionValueError
 */
export function listItems(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(readItem);
  if (typeof value !== 'string' && typeof value !== 'number')
    throw new OptionValueError('needs texts separated by commas, or a list of them');
  const given = String(value);
  const items = given
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
  if (items.length === 0 && given !== '')
    throw new OptionValueError('names nothing: leave it out, or name something');
  return items;
}

/** YAML writes numbers its own way (`010` is 8), so that they are not what was written. */
function readItem(item: unknown): string {
  if (typeof item !== 'string' || item.trim() === '')
    throw new OptionValueError('needs a list of texts, none of them empty, and numbers in quotes');
  return item.trim();
}

/** One of a few words, whatever their case. */
export function choice<const T extends string>(words: readonly T[]): OptionKind<T> {
  return {
    placeholder: words.join('|'),
    parse(value) {
      const found = words.find((word) => word === String(value).trim().toLowerCase());
      if (found === undefined) throw new OptionValueError(`needs one of ${words.join(', ')}`);
      return found;
    },
  };
}

const TRUE_WORDS = ['true', 'yes', 'on', '1', 'y', 't'];
const FALSE_WORDS = ['false', 'no', 'off', '0', 'n', 'f'];

/** A switch: the truth words are Flower's, whatever their case. */
export const toggle: OptionKind<boolean> = {
  placeholder: null,
  parse(value) {
    const word = String(value).trim().toLowerCase();
    if (TRUE_WORDS.includes(word)) return true;
    if (FALSE_WORDS.includes(word)) return false;
    throw new OptionValueError('needs true or false');
  },
};

/** A whole number within bounds. */
export function wholeNumber(placeholder: string, min: number, max: number): OptionKind<number> {
  return {
    placeholder,
    parse(value) {
      const number = isText(value) || typeof value === 'number' ? Number(value) : Number.NaN;
      if (!Number.isInteger(number) || number < min || number > max) {
        throw new OptionValueError(`needs a whole number from ${min} to ${max}`);
      }
      return number;
    },
  };
}

const MS_PER_UNIT = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/**
 * A length of time, in milliseconds: a number with a unit (`500ms 10s 5m 12h 30d 2w`). A bare number counts in
 * `bareUnit`, the unit that the option has in Celery or Flower.
 */
export function duration(bareUnit: 'ms' | 's', minMs: number, maxMs: number): OptionKind<number> {
  const example = bareUnit === 'ms' ? '500ms, 2s or 1m' : '10s, 5m, 12h or 30d';
  return {
    placeholder: bareUnit === 'ms' ? 'MILLISECONDS' : 'SECONDS',
    parse(value) {
      const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)?$/.exec(String(value).trim());
      const unit = (match?.[2] ?? bareUnit) as keyof typeof MS_PER_UNIT;
      const ms = Number(match?.[1] ?? Number.NaN) * MS_PER_UNIT[unit];
      if (!(ms >= minMs && ms <= maxMs)) {
        throw new OptionValueError(
          `needs a time such as ${example}, from ${minMs / 1_000} to ${maxMs / 1_000} seconds`,
        );
      }
      return ms;
    },
    format: formatMs,
  };
}

function formatMs(ms: number): string {
  const units = [
    ['d', MS_PER_UNIT.d],
    ['h', MS_PER_UNIT.h],
    ['m', MS_PER_UNIT.m],
    ['s', MS_PER_UNIT.s],
  ] as const;
  const unit = units.find(([, size]) => ms % size === 0);
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}

const BYTES_PER_UNIT = { '': 1, k: 1_000, m: 1_000_000, g: 1_000_000_000, t: 1_000_000_000_000 } as const;

/** A size in bytes, as `64kB`, `500MB` or `20GB` (powers of ten), from `min` to `max`. */
export function byteSize(min: number, max = Infinity): OptionKind<number> {
  return {
    placeholder: 'SIZE',
    parse(value) {
      const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)b?$/i.exec(String(value).trim());
      const unit = (match?.[2] ?? '').toLowerCase() as keyof typeof BYTES_PER_UNIT;
      const bytes = Math.round(Number(match?.[1] ?? Number.NaN) * BYTES_PER_UNIT[unit]);
      if (!(bytes >= min && bytes <= max)) {
        const bounds =
          max === Infinity
            ? `at least ${formatBytes(min)}`
            : `from ${formatBytes(min)} to ${formatBytes(max)}`;
        throw new OptionValueError(`needs a size such as 64kB, 500MB or 20GB, ${bounds}`);
      }
      return bytes;
    },
    format: formatBytes,
  };
}

function formatBytes(bytes: number): string {
  const unit = (['t', 'g', 'm', 'k'] as const).find((name) => bytes % BYTES_PER_UNIT[name] === 0);
  if (bytes === 0 || unit === undefined) return `${bytes}B`;
  return `${bytes / BYTES_PER_UNIT[unit]}${unit === 'k' ? 'k' : unit.toUpperCase()}B`;
}

/** The same kind, or `off` for "no limit" (null). */
export function orOff<T>(kind: OptionKind<T>): OptionKind<T | null> {
  return {
    placeholder: `${kind.placeholder}|off`,
    parse: (value) =>
      value === false || (isText(value) && value.trim().toLowerCase() === 'off') ? null : kind.parse(value),
    format: (value) => (value === null ? 'off' : (kind.format?.(value) ?? String(value))),
  };
}

/** A JSON object (flag, environment) or a mapping (config file). `check` says what is wrong with it, or null. */
export function jsonObject<T extends object>(check: (value: object) => string | null): OptionKind<T> {
  return {
    placeholder: 'JSON',
    parse(value) {
      const object = typeof value === 'string' ? readJson(value) : value;
      if (typeof object !== 'object' || object === null || Array.isArray(object)) {
        throw new OptionValueError('needs a JSON object, such as {"global_keyprefix": "app1_"}');
      }
      const problem = check(object);
      if (problem !== null) throw new OptionValueError(problem);
      return object as T;
    },
  };
}

/** The value of a JSON text; undefined when it is none. */
export function readJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    // The reader's own message would repeat the text, which may hold a password.
    return undefined;
  }
}
