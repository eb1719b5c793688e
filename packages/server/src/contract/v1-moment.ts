// How /api/v1 tells and takes points in time: RFC 3339 in UTC with milliseconds out; the same, dates, or a span from now such
// as `-1h` and `90d` in. Pure: what `now` is, the caller says.
import { Type } from 'typebox';
import { parseInstant } from './instant.ts';
import { InvalidRequest, type Parameter, quote } from './parameter.ts';

/** Epoch milliseconds, or milliseconds from now. */
export type Moment = { readonly atMs: number } | { readonly fromNowMs: number };

const SPAN = /^([+-]?)(\d{1,6})(s|m|h|d|w|y)$/;
const UNIT_MS = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
} as const;

/** A date, or a span from now. */
export function moment(description: string): Parameter<Moment | undefined> {
  return {
    schema: Type.String({ description: `${description} RFC 3339, or a span from now: -1h, 90d.` }),
    required: false,
    read(given, name) {
      if (given === undefined || given === null || (typeof given === 'string' && given.trim() === ''))
        return undefined;
      const read = parseMoment(given);
      if (read === undefined) {
        throw new InvalidRequest(
          `${name} must be a date such as 2026-01-31T14:30:00Z, or a span from now such as -1h or 90d (s, m, h, d, w, y), not ${quote(given)}.`,
        );
      }
      return read;
    },
  };
}

/** Undefined for what is no moment. */
export function parseMoment(given: unknown): Moment | undefined {
  if (typeof given === 'string') {
    const [, sign, count, unit] = SPAN.exec(given.trim()) ?? [];
    if (unit !== undefined) {
      return { fromNowMs: (sign === '-' ? -1 : 1) * Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS] };
    }
  }
  const seconds = parseInstant(given);
  return seconds === undefined ? undefined : { atMs: Math.round(seconds * 1_000) };
}

/** Epoch milliseconds, never before 1970. */
export function resolveMoment(given: Moment, nowMs: number): number {
  return 'atMs' in given ? given.atMs : Math.max(0, nowMs + given.fromNowMs);
}

export const TimeText = Type.String({
  format: 'date-time',
  description: 'RFC 3339, UTC, with milliseconds.',
});

/** The last millisecond that RFC 3339 can write. */
const END_OF_TIME_MS = 253_402_300_799_999;

/** @param ms epoch milliseconds */
export function toTimeText(ms: number): string {
  return new Date(Math.min(Math.max(0, ms), END_OF_TIME_MS)).toISOString();
}

export function toMaybeTimeText(ms: number | null): string | null {
  return ms === null ? null : toTimeText(ms);
}
