// Reads one term as a condition: what its key compares decides which signs and values are right.
import { parseNumber, parseTime } from './parse-comparison.ts';
import { QueryError } from './query-error.ts';
import { isOneOf, nearestOf } from './query-keys.ts';
import {
  FLAGS,
  LIST_FIELDS,
  type ListField,
  NUMBER_FIELDS,
  PARTS,
  type TaskCondition,
  TEXT_FIELDS,
  type TextField,
  TIME_FIELDS,
} from './task-condition.ts';
import type { Term, TermKey, Value } from './scan-term.ts';

/**
 * @param nowS what spans such as `-1h` are counted from, in epoch seconds
 * @throws {QueryError}
 */
export function parseTerm(term: Term, nowS: number): TaskCondition {
  const { key, values } = term;
  const [value] = values;
  if (value === undefined) throw new QueryError('Write a value.', term);
  if (key === null) {
    if (value.text === '') throw new QueryError('Write a text between the quotes.', value);
    return { kind: 'word', text: value.text };
  }
  const { name } = key;
  if (key.path.length > 0) return parsePath(key, term, value);
  if (isOneOf(TEXT_FIELDS, name)) return parseText(name, term, value);
  if (isOneOf(LIST_FIELDS, name)) return parseList(name, term);
  if (isOneOf(NUMBER_FIELDS, name)) return parseNumber(name, term, value);
  if (isOneOf(TIME_FIELDS, name)) return parseTime(name, term, value, nowS);
  refuseOrder(name, term);
  if (name === 'is') return { kind: 'is', flag: chosen(name, FLAGS, value) };
  return { kind: 'has', part: chosen(name, PARTS, value) };
}

function parsePath(key: TermKey, term: Term, value: Value): TaskCondition {
  const { name, path } = key;
  if (name !== 'args' && name !== 'kwargs') {
    throw new QueryError(
      `Only args and kwargs have a path; write ${name}:… or put the text in quotes if no key is meant.`,
      key,
    );
  }
  if (name === 'args' && typeof path[0] === 'string')
    throw new QueryError('args is a list: write args[0]:… for its first.', key);
  if (name === 'kwargs' && typeof path[0] === 'number')
    throw new QueryError('kwargs has keys: write kwargs.order:… for the one named order.', key);
  const { match, text } = readText(name, term, value);
  return { kind: 'path', of: name, path, match: match === 'starts' ? 'starts' : 'is', text };
}

function parseText(field: TextField, term: Term, value: Value): TaskCondition {
  const { match, text } = readText(field, term, value);
  if (text === '' && match !== 'is')
    throw new QueryError(`Write a text between the quotes; ${field}:="" is an empty one.`, value);
  return { kind: 'text', field, match, text };
}

function readText(
  name: string,
  term: Term,
  value: Value,
): { readonly match: 'contains' | 'is' | 'starts'; readonly text: string } {
  refuseOrder(name, term);
  if (term.operator === '=') return { match: 'is', text: value.text };
  if ((value.text === '*' && !value.isQuoted) || (value.text === '' && value.isStarred))
    throw new QueryError('Write what it starts with before the "*"; a "*" itself goes in quotes.', value);
  return { match: value.isStarred ? 'starts' : 'contains', text: value.text };
}

function parseList(field: ListField, term: Term): TaskCondition {
  refuseOrder(field, term);
  for (const value of term.values) {
    if (value.isStarred) {
      throw new QueryError(
        `"${field}" is compared whole: write ${field}:A,B without "*", or quote the value.`,
        value,
      );
    }
    if (value.text === '') throw new QueryError('Write a text between the quotes.', value);
  }
  // Every state is in capitals, those too that tasks give themselves.
  const values = term.values.map(({ text }) => (field === 'state' ? text.toUpperCase() : text));
  return { kind: 'one-of', field, values };
}

function refuseOrder(name: string, term: Term): void {
  if (term.operator === '' || term.operator === '=') return;
  throw new QueryError(
    `"${name}" has no order: write ${name}:… without < or >, or put a text that begins so in quotes.`,
    term,
  );
}

function chosen<T extends string>(key: string, list: readonly T[], value: Value): T {
  if (!value.isStarred && isOneOf(list, value.text)) return value.text;
  throw new QueryError(
    `There is no ${key}:${value.text.slice(0, 40)}; the nearest is ${key}:${nearestOf(list, value.text)}. There are ${list.join(', ')}.`,
    value,
  );
}
