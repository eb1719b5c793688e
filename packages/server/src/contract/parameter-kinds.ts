// The kinds of parameters. Each is optional by itself; `required` and `withDefault` change that.
// A blank text counts as not given, except where only a number or a truth value makes sense.
import { isEntityName, MAX_NAME_BYTES } from '@umbel/celery';
import { type TSchema, Type } from 'typebox';
import { parseInstant } from './instant.ts';
import { InvalidRequest, type Parameter, quote } from './parameter.ts';

const WHOLE_NUMBER = /^[+-]?\d{1,17}$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const TRUE = new Set(['y', 'yes', 't', 'true', 'on', '1']);
const FALSE = new Set(['n', 'no', 'f', 'false', 'off', '0']);
const MAX_ITEMS = 100;

/** Makes a kind: `parse` answers undefined when the value does not fit, and then the client is told `demand`. */
function kind<T>(
  schema: TSchema,
  demand: string,
  parse: (given: unknown) => T | undefined,
  { blankIsAbsent = true } = {},
): Parameter<T | undefined> {
  return {
    schema,
    required: false,
    read(given, name) {
      const value = typeof given === 'string' ? given.trim() : given;
      if (value === undefined || value === null || (value === '' && blankIsAbsent)) return undefined;
      const parsed = parse(value);
      if (parsed === undefined) throw new InvalidRequest(`${name} must be ${demand}, not ${quote(given)}.`);
      return parsed;
    },
  };
}

/** The same parameter, but it must be given. */
export function required<T>(parameter: Parameter<T | undefined>): Parameter<T> {
  return {
    ...parameter,
    required: true,
    read(given, name) {
      const value = parameter.read(given, name);
      if (value === undefined) throw new InvalidRequest(`${name} is missing.`);
      return value;
    },
  };
}

/** The same parameter with a value for when it is not given. */
export function withDefault<T extends string | number | boolean>(
  parameter: Parameter<T | undefined>,
  value: T,
): Parameter<T> {
  return {
    schema: { ...parameter.schema, default: value },
    required: false,
    read: (given, name) => parameter.read(given, name) ?? value,
  };
}

/** Text, spaces around it removed. A JSON number is taken as its text. */
export function text(description: string, { maxChars = 1024 } = {}): Parameter<string | undefined> {
  return kind(
    Type.String({ description, maxLength: maxChars }),
    `text of at most ${maxChars} characters`,
    (given) => {
      const value = plainText(given);
      return value !== undefined && value.length <= maxChars && value.isWellFormed() ? value : undefined;
    },
  );
}

/** A name of a queue, exchange or routing key, or an id that travels in messages. */
export function brokerName(description: string): Parameter<string | undefined> {
  return kind(
    Type.String({ description, minLength: 1, maxLength: MAX_NAME_BYTES }),
    `a name of 1 to ${MAX_NAME_BYTES} bytes without control characters`,
    (given) => (isEntityName(given) ? given : undefined),
  );
}

/** Text that a pattern accepts; `demand` says in words what that is. */
export function patternText(
  description: string,
  pattern: RegExp,
  demand: string,
): Parameter<string | undefined> {
  return kind(Type.String({ description, pattern: pattern.source }), demand, (given) => {
    const value = plainText(given);
    return value !== undefined && pattern.test(value) ? value : undefined;
  });
}

/** One of a few words. */
export function choice<const T extends string>(
  description: string,
  allowed: readonly T[],
): Parameter<T | undefined> {
  return kind(Type.String({ description, enum: [...allowed] }), `one of ${allowed.join(', ')}`, (given) =>
    allowed.find((word) => word === given),
  );
}

export function wholeNumber(
  description: string,
  { min, max }: { min: number; max: number },
): Parameter<number | undefined> {
  return kind(
    Type.Integer({ description, minimum: min, maximum: max }),
    `a whole number from ${min} to ${max}`,
    (given) => {
      const value = plainNumber(given, WHOLE_NUMBER);
      return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
    },
    { blankIsAbsent: false },
  );
}

/** Seconds, fractions allowed; NaN and infinity are not. */
export function seconds(
  description: string,
  { min = 0, max }: { min?: number; max: number },
): Parameter<number | undefined> {
  return kind(
    Type.Number({ description, minimum: min, maximum: max }),
    `a number of seconds from ${min} to ${max}`,
    (given) => {
      const value = plainNumber(given, DECIMAL);
      return value >= min && value <= max ? value : undefined;
    },
    { blankIsAbsent: false },
  );
}

/** A truth value: true, yes, on, y, t, 1 and their opposites, upper or lower case. */
export function flag(description: string): Parameter<boolean | undefined> {
  return kind(
    Type.Boolean({ description }),
    'true or false',
    (given) => {
      if (typeof given === 'boolean') return given;
      const word = plainText(given)?.toLowerCase() ?? '';
      if (TRUE.has(word)) return true;
      return FALSE.has(word) ? false : undefined;
    },
    { blankIsAbsent: false },
  );
}

/** Epoch seconds. */
export function instant(description: string): Parameter<number | undefined> {
  return kind(
    Type.Union([Type.String({ format: 'date-time' }), Type.String(), Type.Number()], { description }),
    'a date such as 2026-01-31T14:30:00Z, 2026-01-31 14:30 (UTC) or epoch seconds',
    (given) => parseInstant(isRawNumber(given) ? Number(given.rawJSON) : given),
  );
}

/** Several texts, separated by commas or as a JSON array. */
export function list(description: string): Parameter<string[] | undefined> {
  return kind(
    Type.String({ description }),
    `text, several separated by commas, at most ${MAX_ITEMS}`,
    (given) => {
      const items = typeof given === 'string' ? given.split(',') : given;
      if (!Array.isArray(items) || items.length > MAX_ITEMS) return undefined;
      if (!items.every((item): item is string => typeof item === 'string' && item.isWellFormed()))
        return undefined;
      return items.map((item) => item.trim()).filter((item) => item !== '');
    },
  );
}

function isRawNumber(given: unknown): given is { readonly rawJSON: string } {
  return JSON.isRawJSON(given);
}

function plainText(given: unknown): string | undefined {
  if (typeof given === 'string') return given;
  if (typeof given === 'number') return String(given);
  return isRawNumber(given) ? given.rawJSON : undefined;
}

/** NaN when it is no number in the wanted writing; 1.0 in JSON is as good as 1. */
function plainNumber(given: unknown, writing: RegExp): number {
  if (typeof given === 'number') return given;
  if (isRawNumber(given)) return Number(given.rawJSON);
  return typeof given === 'string' && writing.test(given) ? Number(given) : Number.NaN;
}
