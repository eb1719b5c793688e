// Reads what is compared by size: numbers with a unit, and times, which are days, instants, spans from now and ranges.
import { parseInstant } from '../contract/instant.ts';
import { QueryError } from './query-error.ts';
import type { NumberCondition, NumberField, TimeCondition, TimeField } from './task-condition.ts';
import type { Operator, Term, Value } from './scan-term.ts';

const COMPARE = {
  '': 'is',
  '=': 'is',
  '>': 'above',
  '>=': 'at-least',
  '<': 'below',
  '<=': 'at-most',
} as const;
const NUMBER = /^(\d{1,30}(?:\.\d{1,30})?(?:e[+-]\d{1,3})?)(ms|s|m|h|d|w)?$/;
const COUNT = /^\d{1,9}$/;
const SPAN = /^([+-])(\d{1,6})(s|m|h|d|w|y)$/;
const UNIT_S = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800, y: 31_536_000 } as const;
const DAY = /^\d+-\d+-\d+$/;
const MINUTE = /^\d+-\d+-\d+\D+\d+:\d+(?![:\d])/;
const FRACTION = /[.,]\d/;
/** The last millisecond that RFC 3339 can write. */
const END_OF_TIME_S = 253_402_300_799.999;

/** @throws {QueryError} */
export function parseNumber(field: NumberField, term: Term, value: Value): NumberCondition {
  const compare = COMPARE[term.operator];
  if (field === 'retries') {
    if (value.isStarred || !COUNT.test(value.text))
      throw new QueryError('"retries" is a whole count, such as retries:>0.', value);
    return { kind: 'number', field, compare, value: Number(value.text) };
  }
  const [, digits, unit = 's'] = (value.isStarred ? null : NUMBER.exec(value.text)) ?? [];
  const seconds = Number(digits) * UNIT_S[unit as keyof typeof UNIT_S];
  if (!Number.isFinite(seconds)) {
    throw new QueryError(
      `"${field}" is a span of time, such as ${field}:>5s; units are ms, s, m, h, d and w.`,
      value,
    );
  }
  return { kind: 'number', field, compare, value: seconds };
}

/** From its first moment to the one after its last: a day is as long as a day, a span from now has no length. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** @throws {QueryError} */
export function parseTime(field: TimeField, term: Term, value: Value, nowS: number): TimeCondition {
  const { from, to } = readLimits(field, term.operator, value, nowS);
  if (from !== null && to !== null && from >= to)
    throw new QueryError('The range ends before it begins: write the earlier time first.', value);
  return { kind: 'time', field, from, to };
}

function readLimits(
  field: TimeField,
  operator: Operator,
  value: Value,
  nowS: number,
): { readonly from: number | null; readonly to: number | null } {
  const [first = '', last, ...more] = value.text.split('..');
  if (last !== undefined) {
    if (more.length > 0 || operator.length > 0 || (first === '' && last === ''))
      throw new QueryError(`A range is written ${field}:2026-08-22..2026-08-24, without < or >.`, value);
    return {
      from: first === '' ? null : readStretch(field, first, value, nowS).start,
      to: last === '' ? null : readStretch(field, last, value, nowS).end,
    };
  }
  const { start, end } = readStretch(field, first, value, nowS);
  switch (operator) {
    case '>':
      return { from: end, to: null };
    case '>=':
      return { from: start, to: null };
    case '<':
      return { from: null, to: start };
    case '<=':
      return { from: null, to: end };
    default:
      if (start === end) {
        throw new QueryError(`A span from now needs > or <, such as ${field}:>-1h for the last hour.`, value);
      }
      return { from: start, to: end };
  }
}

function readStretch(field: TimeField, text: string, value: Value, nowS: number): Stretch {
  const [, sign, count, unit] = SPAN.exec(text) ?? [];
  if (unit !== undefined) {
    const away = (sign === '-' ? -1 : 1) * Number(count) * UNIT_S[unit as keyof typeof UNIT_S];
    return { start: bounded(nowS + away), end: bounded(nowS + away) };
  }
  const start = value.isStarred ? undefined : parseInstant(text);
  if (start === undefined) {
    throw new QueryError(
      `"${field}" is a time: -1h or +10m (s, m, h, d, w, y), 2026-08-22, 2026-08-22T14:30:00Z, or two of them as a..b.`,
      value,
    );
  }
  return { start: bounded(start), end: bounded(start + lengthOf(text)) };
}

/** What is written to the day means the whole day, to the minute the whole minute, and so on down to the millisecond. */
function lengthOf(text: string): number {
  if (DAY.test(text)) return 86_400;
  if (MINUTE.test(text)) return 60;
  return FRACTION.test(text) ? 0.001 : 1;
}

/** In whole milliseconds, so that a sum of times is the time that is written. */
function bounded(seconds: number): number {
  return Math.min(Math.max(0, Math.round(seconds * 1_000) / 1_000), END_OF_TIME_S);
}
