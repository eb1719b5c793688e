// Cuts the text of a query into signs and terms, within the limits of length.
import { QueryError, type QueryPosition } from './query-error.ts';
import { scanTerm, type Term } from './scan-term.ts';

export type Token = Sign | Term;

export interface Sign extends QueryPosition {
  readonly kind: 'open' | 'close' | 'and' | 'or' | 'not';
}

const MOST_CHARACTERS = 2_048;
const MOST_TOKENS = 128;

const SPACE = /\s*/y;
const SIGN_WORD = /(?:AND|OR|NOT)(?![^\s()])/y;
const SIGNS = { '(': 'open', ')': 'close', AND: 'and', OR: 'or', NOT: 'not' } as const;

/** @throws {QueryError} for what is too long, and for terms that cannot be cut */
export function tokenizeQuery(text: string): Token[] {
  if (text.length > MOST_CHARACTERS) {
    throw new QueryError(`A query has at most ${MOST_CHARACTERS} characters; this one has ${text.length}.`, {
      from: MOST_CHARACTERS,
      to: text.length,
    });
  }
  const tokens: Token[] = [];
  for (let at = skip(text, 0); at < text.length; at = skip(text, at)) {
    const token = readToken(text, at);
    const last = tokens.at(-1);
    if (token.kind === 'open' && last?.kind === 'term' && last.to === at)
      throw new QueryError(
        'Put a text with parentheses in quotes, or a space before the parenthesis.',
        token,
      );
    tokens.push(token);
    if (tokens.length > MOST_TOKENS) {
      throw new QueryError(`A query has at most ${MOST_TOKENS} words, signs and parentheses.`, {
        from: at,
        to: text.length,
      });
    }
    at = token.to;
  }
  return tokens;
}

function readToken(text: string, from: number): Token {
  const first = text.charAt(from);
  if (first === '(' || first === ')') return { kind: SIGNS[first], from, to: from + 1 };
  if (first === '-') {
    if (!/[^\s)]/.test(text.charAt(from + 1)))
      throw new QueryError('Write what is not wanted right after the "-".', { from, to: from + 1 });
    return { kind: 'not', from, to: from + 1 };
  }
  SIGN_WORD.lastIndex = from;
  const word = SIGN_WORD.exec(text)?.[0];
  if (word === undefined) return scanTerm(text, from);
  return { kind: SIGNS[word as 'AND' | 'OR' | 'NOT'], from, to: from + word.length };
}

function skip(text: string, at: number): number {
  SPACE.lastIndex = at;
  return at + (SPACE.exec(text)?.[0].length ?? 0);
}
