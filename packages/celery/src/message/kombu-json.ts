// JSON as kombu writes and reads it: Python's tokens NaN and Infinity, typed objects for what JSON lacks (kombu 5.3+;
// older ones wrote bare text, which needs no reading), and numbers of any size.
// Owns the dialect; charset and compression are body.ts. Format: kombu/utils/json.py, Python's json module.
// It is its own parser because JSON.parse knows neither the tokens nor a bound on nesting.
import { CeleryError } from '../errors.ts';
import { exactNumber } from './exact-number.ts';
import { isNestedWithin } from './nesting.ts';
import { setOwn } from './own-property.ts';
import { readableBytes } from './readable-bytes.ts';

/** Deepest nesting accepted. Python's own encoder ends near its recursion limit, 1,000. */
export const MAX_NESTING = 1_000;

/** Deepest nesting written: Python's parser shares its 1,000 levels with the worker's own call stack. */
const MAX_WRITTEN_NESTING = 500;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const UUID_HEX = /^([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})$/i;

/**
 * Reads kombu JSON. Numbers keep their exact text (see exact-number.ts); the tokens NaN, Infinity and -Infinity become
 * strings of the same name. A typed object becomes text: datetime, date, time and decimal as written, uuid dashed,
 * bytes as UTF-8 text or, failing that, base64. An unknown type stays an object. `__proto__` is an ordinary key.
 * @throws CeleryError `undecodable` (`params.reason` is `json`, or `nesting` beyond MAX_NESTING)
 */
export function parseKombuJson(text: string): unknown {
  return new KombuJsonReader(text).document();
}

/**
 * Writes a value as JSON that every kombu reads; lone surrogates are escaped, so the text is valid UTF-8.
 * Values of parseKombuJson and parsePythonRepr come out with their digits unchanged; a bigint is an integer.
 * @param field what to call the value in an error
 * @throws CeleryError `bad_argument` for what JSON cannot carry: NaN, functions, cycles, undefined, more than 500 levels
 */
export function stringifyKombuJson(value: unknown, field = 'value'): string {
  if (!isNestedWithin(value, MAX_WRITTEN_NESTING)) {
    throw notJson(field, `what is cyclic or nested deeper than ${MAX_WRITTEN_NESTING} levels`);
  }
  const text = JSON.stringify(value, (_key, inner: unknown) => exactly(inner, field));
  if (text === undefined) throw notJson(field, 'undefined');
  return text;
}

function exactly(value: unknown, field: string): unknown {
  switch (typeof value) {
    case 'number':
      if (!Number.isFinite(value)) throw notJson(field, String(value));
      // JSON.stringify writes -0 as 0; only a float can be -0 in Python.
      return Object.is(value, -0) ? JSON.rawJSON('-0.0') : value;
    case 'bigint':
      return JSON.rawJSON(String(value));
    case 'function':
    case 'symbol':
      throw notJson(field, `a ${typeof value}`);
    default:
      return value;
  }
}

function notJson(field: string, what: string): CeleryError {
  return new CeleryError('bad_argument', `${field} holds what JSON cannot carry: ${what}`, {
    params: { field },
  });
}

class KombuJsonReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): unknown {
    const value = this.#value();
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#unexpected();
    return value;
  }

  #value(): unknown {
    this.#skipSpace();
    switch (this.#text[this.#at]) {
      case '"':
        return this.#string();
      case '{':
        return this.#object();
      case '[':
        return this.#array();
      case 't':
        return this.#token('true', true);
      case 'f':
        return this.#token('false', false);
      case 'n':
        return this.#token('null', null);
      case 'N':
        return this.#token('NaN', 'NaN');
      case 'I':
        return this.#token('Infinity', 'Infinity');
      default:
        return this.#number();
    }
  }

  #object(): unknown {
    const object: Record<string, unknown> = {};
    this.#enter();
    if (this.#ends('}')) return object;
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.#at] !== '"') throw this.#unexpected();
      const key = this.#string();
      this.#expect(':');
      const value = this.#value();
      setOwn(object, key, value);
      if (this.#ends('}')) return Object.hasOwn(object, '__type__') ? readTyped(object) : object;
      this.#expect(',');
    }
  }

  #array(): unknown[] {
    const array: unknown[] = [];
    this.#enter();
    if (this.#ends(']')) return array;
    for (;;) {
      array.push(this.#value());
      if (this.#ends(']')) return array;
      this.#expect(',');
    }
  }

  #string(): string {
    const start = this.#at + 1;
    let at = start;
    let escapes = false;
    for (;;) {
      const code = this.#text.charCodeAt(at);
      if (code === 0x22) break;
      if (code === 0x5c) {
        escapes = true;
        at += 2;
      } else if (code >= 0x20) {
        at += 1;
      } else {
        // A control character, or NaN beyond the end.
        this.#at = at;
        throw this.#unexpected();
      }
    }
    this.#at = at + 1;
    if (!escapes) return this.#text.slice(start, at);
    try {
      return JSON.parse(this.#text.slice(start - 1, at + 1)) as string;
    } catch (cause) {
      throw undecodable('json', `The JSON text has a wrong escape in the string at ${start - 1}.`, cause);
    }
  }

  #number(): unknown {
    NUMBER.lastIndex = this.#at;
    const source = NUMBER.exec(this.#text)?.[0];
    if (source === undefined) {
      if (this.#text[this.#at] === '-') return this.#token('-Infinity', '-Infinity');
      throw this.#unexpected();
    }
    this.#at += source.length;
    return exactNumber(source);
  }

  #token<T>(token: string, value: T): T {
    if (!this.#text.startsWith(token, this.#at)) throw this.#unexpected();
    this.#at += token.length;
    return value;
  }

  #enter(): void {
    this.#at += 1;
    this.#depth += 1;
    if (this.#depth > MAX_NESTING) {
      throw undecodable('nesting', `The JSON text is nested more than ${MAX_NESTING} levels deep.`);
    }
  }

  #ends(bracket: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== bracket) return false;
    this.#at += 1;
    this.#depth -= 1;
    return true;
  }

  #expect(character: string): void {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) throw this.#unexpected();
    this.#at += 1;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  #unexpected(): CeleryError {
    const what = this.#at < this.#text.length ? 'an unexpected character' : 'an unexpected end';
    return undecodable('json', `The JSON text has ${what} at ${this.#at}.`);
  }
}

function readTyped(object: Record<string, unknown>): unknown {
  if (Object.keys(object).length !== 2 || !Object.hasOwn(object, '__value__')) return object;
  const value = object['__value__'];
  switch (object['__type__']) {
    case 'datetime':
    case 'date':
    case 'time':
    case 'decimal':
    case 'bytes':
      return typeof value === 'string' ? value : object;
    case 'base64':
      return typeof value === 'string' ? readableBytes(Buffer.from(value, 'base64')) : object;
    case 'uuid':
      return readUuid(value) ?? object;
    default:
      return object;
  }
}

function readUuid(value: unknown): string | undefined {
  const hex = (value as { hex?: unknown } | null)?.hex;
  return typeof hex === 'string' ? UUID_HEX.exec(hex)?.slice(1).join('-') : undefined;
}

function undecodable(reason: string, message: string, cause?: unknown): CeleryError {
  return new CeleryError('undecodable', message, { params: { reason }, cause });
}
