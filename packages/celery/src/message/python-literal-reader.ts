// Reads Python's display of containers, numbers and words (`(1, {'a': [None]})`), exactly as Python spaces it. How strings
// are written differs between repr() and Celery's saferepr(), so their reader is given. Nothing is evaluated.
import { exactNumber } from './exact-number.ts';
import { setOwn } from './own-property.ts';

/** saferepr shows three levels; what prints deeper is not meant to be read. */
const MAX_DEPTH = 100;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]\d{2,})?/y;

const WORDS: readonly (readonly [string, unknown])[] = [
  ['None', null],
  ['True', true],
  ['False', false],
  ['nan', 'NaN'],
  ['inf', 'Infinity'],
  ['-inf', '-Infinity'],
];

/**
 * The text is not the display of a value that JSON can hold. `cut`: it shows that something is left out. `doubtful`: it may
 * stand for more than one value. `foreign`: it is written in another way, or stands for something without a literal.
 */
export class NotALiteral extends Error {
  override name = 'NotALiteral';
  readonly why: 'cut' | 'doubtful' | 'foreign';

  constructor(why: 'cut' | 'doubtful' | 'foreign') {
    super(`not a literal: ${why}`);
    this.why = why;
  }
}

export interface StringLiteral {
  readonly value: string;
  /** Index behind the closing quote. */
  readonly end: number;
  /** It may have been longer. */
  readonly isCut: boolean;
}

/**
 * Reads the string or bytes literal that begins at `at` with a quote, or with `b` and a quote.
 * @throws NotALiteral
 */
export type StringReader = (text: string, at: number) => StringLiteral;

/**
 * The value of the whole text. Tuples and sets become arrays, dict keys text as json.dumps would write them.
 * @throws NotALiteral
 */
export function readPythonLiteral(text: string, readString: StringReader): unknown {
  return new PythonLiteralReader(text, readString).document();
}

class PythonLiteralReader {
  readonly #text: string;
  readonly #readString: StringReader;
  #at = 0;
  #depth = 0;
  #isCut = false;

  constructor(text: string, readString: StringReader) {
    this.#text = text;
    this.#readString = readString;
  }

  document(): unknown {
    const value = this.#value();
    if (this.#at < this.#text.length) throw this.#failure();
    if (this.#isCut) throw new NotALiteral('cut');
    return value;
  }

  #value(): unknown {
    switch (this.#text[this.#at]) {
      case '(':
        return this.#tuple();
      case '[':
        return this.#list();
      case '{':
        return this.#brace();
      case "'":
      case '"':
        return this.#string();
      case 's':
        return this.#set('set');
      case 'f':
        return this.#set('frozenset');
      case 'b':
        if (/['"]/.test(this.#text[this.#at + 1] ?? '')) return this.#string();
        throw this.#failure();
      default:
        return this.#scalar();
    }
  }

  #list(): unknown[] {
    this.#open('[');
    if (this.#takes(']')) return this.#closed([]);
    const items = this.#items();
    this.#expect(']');
    return this.#closed(items);
  }

  #tuple(): unknown[] {
    this.#open('(');
    if (this.#takes(')')) return this.#closed([]);
    const items = this.#items();
    // A single value in plain parentheses is no tuple: only complex numbers print so.
    this.#expect(items.length === 1 ? ',)' : ')');
    return this.#closed(items);
  }

  #items(): unknown[] {
    const items = [this.#value()];
    while (this.#takes(', ')) items.push(this.#value());
    return items;
  }

  /** A dict, or a set: that shows behind the first value. */
  #brace(): unknown {
    this.#open('{');
    if (this.#takes('}')) return this.#closed({});
    const first = this.#value();
    const content = this.#takes(': ') ? this.#dict(first) : this.#setItems(first);
    this.#expect('}');
    return this.#closed(content);
  }

  #dict(firstKey: unknown): Record<string, unknown> {
    const dict: Record<string, unknown> = {};
    this.#entry(dict, firstKey);
    while (this.#takes(', ')) {
      const key = this.#value();
      this.#expect(': ');
      this.#entry(dict, key);
    }
    return dict;
  }

  #entry(dict: Record<string, unknown>, key: unknown): void {
    const name = keyText(key);
    // Two Python keys can share one JSON key, 1 and '1': then JSON cannot tell what was there.
    if (name === undefined || Object.hasOwn(dict, name)) throw new NotALiteral('foreign');
    setOwn(dict, name, this.#value());
  }

  #setItems(first: unknown): unknown[] {
    return this.#takes(', ') ? [first, ...this.#items()] : [first];
  }

  #set(name: 'set' | 'frozenset'): unknown {
    this.#expect(`${name}(`);
    if (this.#takes(')')) return [];
    if (name === 'set' || this.#text[this.#at] !== '{') throw this.#failure();
    const items = this.#brace();
    this.#expect(')');
    if (!Array.isArray(items)) throw new NotALiteral('foreign');
    return items;
  }

  #string(): string {
    const { value, end, isCut } = this.#readString(this.#text, this.#at);
    this.#at = end;
    this.#isCut ||= isCut;
    return value;
  }

  #scalar(): unknown {
    for (const [word, value] of WORDS) {
      if (this.#takes(word)) return value;
    }
    NUMBER.lastIndex = this.#at;
    const source = NUMBER.exec(this.#text)?.[0];
    if (source === undefined) throw this.#failure();
    this.#at += source.length;
    return exactNumber(source);
  }

  #open(bracket: string): void {
    this.#expect(bracket);
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new NotALiteral('foreign');
  }

  #closed<T>(value: T): T {
    this.#depth -= 1;
    return value;
  }

  #takes(part: string): boolean {
    if (!this.#text.startsWith(part, this.#at)) return false;
    this.#at += part.length;
    return true;
  }

  #expect(part: string): void {
    if (!this.#takes(part)) throw this.#failure();
  }

  /** Celery marks what it leaves out by three dots, after a comma or not; older versions also leave brackets open. */
  #failure(): NotALiteral {
    const rest = this.#text.slice(this.#at, this.#at + 5);
    const isCut = rest === '' || rest.startsWith('...') || rest === ', ...';
    return new NotALiteral(isCut ? 'cut' : 'foreign');
  }
}

function keyText(key: unknown): string | undefined {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'boolean' || key === null) return String(key);
  return JSON.isRawJSON(key) ? key.rawJSON : undefined;
}
