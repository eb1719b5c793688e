// Reads points in time as people and scripts write them. Without a zone a date is UTC, everywhere.

const DATE =
  /^(\d{4})-(\d{1,2})-(\d{1,2})(?:(?:[Tt]|\s+)(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*([Zz]|[+-]\d{2}:?\d{2}|[+-]\d{2})?)?$/;
const EPOCH_SECONDS = /^\d{1,12}(?:\.\d{1,9})?$/;
/** A `+` that was not percent-encoded arrives as a space: `2026-01-31T14:30:00 02:00` can mean nothing else. */
const LOST_PLUS = /(\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?) (\d{2}:?\d{2})$/;
/** Start of the year 10000, which neither ISO 8601 nor Python's datetime can write. */
const END_OF_TIME_S = 253_402_300_800;

/**
 * Epoch seconds of `2026-01-31`, `2026-01-31 14:30[:05[.123456]]`, ISO 8601 with or without zone, or epoch seconds as number or
 * text; undefined for anything else, also for dates that no calendar has and times before 1970.
 */
export function parseInstant(given: unknown): number | undefined {
  if (typeof given === 'number') return bounded(given);
  if (typeof given !== 'string') return undefined;
  const text = given.trim();
  if (EPOCH_SECONDS.test(text)) return bounded(Number(text));
  const match = DATE.exec(text.replace(LOST_PLUS, '$1+$2'));
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  // Date reads the years 0 to 99 as 1900 to 1999.
  if (year < 1970 || hour > 23 || minute > 59 || second > 59) return undefined;
  const midnight = new Date(Date.UTC(year, month - 1, day));
  // Date rolls a 31 February over to March.
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day) return undefined;
  const offset = offsetSeconds(match[8] ?? 'Z');
  if (offset === undefined) return undefined;
  const whole = midnight.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset;
  return bounded(match[7] === undefined ? whole : Number(`${whole}.${match[7]}`));
}

function offsetSeconds(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || 0);
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60);
}

function bounded(seconds: number): number | undefined {
  return seconds >= 0 && seconds < END_OF_TIME_S ? seconds : undefined;
}
