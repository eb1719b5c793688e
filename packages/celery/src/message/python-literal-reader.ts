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

/** What may stand behind a value, by where the value stands; nothing but the end behind the outermost one. */
const BEHIND = {
  top: [],
  list: [', ', ']'],
  tuple: [', ', ')', ',)'],
  brace: [', ', ': ', '}'],
  key: [': '],
  value: [', ', '}'],
} as const;
type Place = keyof typeof BEHIND;

/** The text is not the display of a value that JSON can hold; `cut` when it shows that something is left out. */
export class NotALiteral extends Error {
  override name = 'NotALiteral';
  readonly cut: boolean;

  constructor(cut: boolean) {
    super('not a literal');
    this.cut = cut;
  }
}

export interface StringLiteral {
  readonly value: string;
  /** Index behind the closing quote. */
  readonly end: number;
}

/**
 * Reads the string or bytes literal that begins at `at` with a quote, or with `b` and a quote. `mayEnd(i)` says whether the
 * literal may end before `i`, judging by what stands there.
 * @throws NotALiteral
 */
export type StringReader = (text: string, at: number, mayEnd: (index: number) => boolean) => StringLiteral;

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

  constructor(text: string, readString: StringReader) {
    this.#text = text;
    this.#readString = readString;
  }

  document(): unknown {
    const value = this.#value('top');
    if (this.#at < this.#text.length) throw this.#failure();
    return value;
  }

  #value(place: Place): unknown {
    const { [this.#at]: first, [this.#at + 1]: second } = this.#text;
    switch (first) {
      case '(':
        return this.#tuple();
      case '[':
        return this.#list();
      case '{':
        return this.#brace();
      case "'":
      case '"':
        return this.#string(place);
      case 's':
        return this.#set('set');
      case 'f':
        return this.#set('frozenset');
      case 'b':
        if (second === "'" || second === '"') return this.#string(place);
        throw this.#failure();
      default:
        return this.#scalar();
    }
  }

  #list(): unknown[] {
    this.#open('[');
    if (this.#takes(']')) return this.#closed([]);
    const items = this.#items('list');
    this.#expect(']');
    return this.#closed(items);
  }

  #tuple(): unknown[] {
    this.#open('(');
    if (this.#takes(')')) return this.#closed([]);
    const items = this.#items('tuple');
    // A single value in plain parentheses is no tuple: only complex numbers print so.
    this.#expect(items.length === 1 ? ',)' : ')');
    return this.#closed(items);
  }

  #items(place: Place): unknown[] {
    const items = [this.#value(place)];
    while (this.#takes(', ')) items.push(this.#value(place));
    return items;
  }

  /** A dict, or a set: that shows behind the first value. */
  #brace(): unknown {
    this.#open('{');
    if (this.#takes('}')) return this.#closed({});
    const first = this.#value('brace');
    const content = this.#takes(': ') ? this.#dict(first) : this.#setItems(first);
    this.#expect('}');
    return this.#closed(content);
  }

  #dict(firstKey: unknown): Record<string, unknown> {
    const dict: Record<string, unknown> = {};
    this.#entry(dict, firstKey);
    while (this.#takes(', ')) {
      const key = this.#value('key');
      this.#expect(': ');
      this.#entry(dict, key);
    }
    return dict;
  }

  #entry(dict: Record<string, unknown>, key: unknown): void {
    const name = keyText(key);
    // Two Python keys can share one JSON key, 1 and '1': then JSON cannot tell what was there.
    if (name === undefined || Object.hasOwn(dict, name)) throw new NotALiteral(false);
    setOwn(dict, name, this.#value('value'));
  }

  #setItems(first: unknown): unknown[] {
    return this.#takes(', ') ? [first, ...this.#items('value')] : [first];
  }

  #set(name: 'set' | 'frozenset'): unknown {
    this.#expect(`${name}(`);
    if (this.#takes(')')) return [];
    if (name === 'set' || this.#text[this.#at] !== '{') throw this.#failure();
    const items = this.#brace();
    this.#expect(')');
    if (!Array.isArray(items)) throw new NotALiteral(false);
    return items;
  }

  #string(place: Place): string {
    const { value, end } = this.#readString(this.#text, this.#at, (index) => this.#mayFollow(index, place));
    this.#at = end;
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

  #mayFollow(index: number, place: Place): boolean {
    if (index >= this.#text.length) return place === 'top';
    return BEHIND[place].some((follower) => this.#text.startsWith(follower, index));
  }

  #open(bracket: string): void {
    this.#expect(bracket);
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new NotALiteral(false);
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
    return new NotALiteral(rest === '' || rest.startsWith('...') || rest === ', ...');
  }
}

function keyText(key: unknown): string | undefined {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'boolean' || key === null) return String(key);
  return JSON.isRawJSON(key) ? key.rawJSON : undefined;
}
