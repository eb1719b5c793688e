// The search language of tasks, text ▶ tree:
//   query = and {"OR" and}      and = not {["AND"] not}      not = ["NOT" | "-"] ( "(" query ")" | term )
import { parseTerm } from './parse-term.ts';
import { QueryError } from './query-error.ts';
import type { TaskCondition } from './task-condition.ts';
import { type Sign, type Token, tokenizeQuery } from './tokenize-query.ts';

const MOST_LEVELS = 5;

/**
 * Null for an empty query, which every task answers.
 * @param nowS what spans such as `-1h` are counted from, in epoch seconds
 * @throws {QueryError}
 */
export function parseQuery(text: string, { nowS }: { readonly nowS: number }): TaskCondition | null {
  const tokens = tokenizeQuery(text);
  if (tokens.length === 0) return null;
  const parser = new Parser(tokens, text.length, nowS);
  return parser.whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  readonly #nowS: number;
  #at = 0;

  constructor(tokens: readonly Token[], end: number, nowS: number) {
    this.#tokens = tokens;
    this.#end = end;
    this.#nowS = nowS;
  }

  whole(): TaskCondition {
    const read = this.#any(0);
    const left = this.#next();
    if (left !== undefined)
      throw new QueryError('Nothing is open that this ")" closes: take it away, or open a "(" before.', left);
    return read;
  }

  #next(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #any(level: number): TaskCondition {
    const of = [this.#all(level)];
    while (this.#next()?.kind === 'or') {
      this.#at++;
      of.push(this.#all(level));
    }
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'any', of };
  }

  #all(level: number): TaskCondition {
    const of = [this.#not(level)];
    for (;;) {
      const kind = this.#next()?.kind;
      if (kind === undefined || kind === 'or' || kind === 'close') break;
      if (kind === 'and') this.#at++;
      of.push(this.#not(level));
    }
    return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'all', of };
  }

  #not(level: number): TaskCondition {
    const sign = this.#next();
    if (sign?.kind !== 'not') return this.#one(level);
    this.#at++;
    const next = this.#next();
    if (next?.kind === 'not') {
      throw new QueryError('One "-" or NOT is enough; put a text that begins with "-" in quotes.', {
        from: sign.from,
        to: next.to,
      });
    }
    return { kind: 'not', of: this.#one(level) };
  }

  #one(level: number): TaskCondition {
    const token = this.#next();
    if (token?.kind === 'term') {
      this.#at++;
      return parseTerm(token, this.#nowS);
    }
    if (token?.kind === 'open') return this.#group(token, level + 1);
    throw this.#missing(token);
  }

  #group(open: Sign, level: number): TaskCondition {
    if (level > MOST_LEVELS) throw new QueryError(`Parentheses go at most ${MOST_LEVELS} levels deep.`, open);
    this.#at++;
    const read = this.#any(level);
    if (this.#next()?.kind !== 'close')
      throw new QueryError('The parenthesis has no end: write a ")" after what belongs together.', open);
    this.#at++;
    return read;
  }

  /** For a place where a word should be. */
  #missing(token: Token | undefined): QueryError {
    const before = this.#tokens[this.#at - 1];
    if (before?.kind === 'open' && token?.kind === 'close')
      return new QueryError('Write what belongs together between the parentheses.', {
        from: before.from,
        to: token.to,
      });
    if (before !== undefined && before.kind !== 'term' && before.kind !== 'close')
      return new QueryError(
        before.kind === 'open'
          ? 'Write a word after the "(".'
          : `Write a word after ${before.kind.toUpperCase()}; the word itself goes in quotes.`,
        before,
      );
    const at = token ?? { from: this.#end, to: this.#end };
    if (token?.kind === 'close')
      return new QueryError('Nothing is open that this ")" closes: take it away, or open a "(" before.', at);
    return new QueryError('Write a word before AND and OR; the words themselves go in quotes.', at);
  }
}
