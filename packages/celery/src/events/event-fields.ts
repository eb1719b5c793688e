// Reads single fields of a parsed event object. Optional fields of a wrong type count as absent: senders may be anything.
import { bounded, harmless, IDENTITY_CHARS } from './event-text.ts';

/** An event as parsed from JSON: nothing is known of its fields. */
export type RawEvent = Readonly<Record<string, unknown>>;

/** How to read the texts of one message. */
export interface TextReading {
  /** The message may hold texts that `harmless` has to mend. */
  readonly risky: boolean;
  /** Bound of the texts that a task can fill, bytes of UTF-8. */
  readonly maxBytes: number;
}

/** Bounds a time to what every date format can write: year 9999. */
const END_OF_TIME = 253_402_300_800;

/** A text that may not be cut, or null when it is missing, empty or too long. */
export function identity(value: unknown, reading: TextReading): string | null {
  if (typeof value !== 'string' || value.length === 0 || value.length > IDENTITY_CHARS) return null;
  return reading.risky ? harmless(value) : value;
}

/** A text, cut to `maxBytes` of UTF-8. Another JSON value becomes its JSON text: some senders send args as they are. */
export function text(value: unknown, reading: TextReading, maxBytes: number): string | null {
  if (typeof value === 'string') {
    return bounded(reading.risky ? harmless(value) : value, maxBytes);
  }
  if (value === null || value === undefined) return null;
  return bounded(jsonText(value), maxBytes);
}

function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // JSON.parse reads any depth, JSON.stringify does not write it.
    return '...';
  }
}

/** Epoch seconds, or null when it is no such thing. */
export function time(value: unknown): number | null {
  const seconds = finite(value);
  return seconds !== null && seconds > 0 && seconds < END_OF_TIME ? seconds : null;
}

/** A whole number from 0, or null. */
export function count(value: unknown): number | null {
  const number = finite(value);
  return number !== null && number >= 0 && Number.isSafeInteger(number) ? number : null;
}

/** A finite number, or null. Numbers that came through kombu JSON may be exact texts. */
export function finite(value: unknown): number | null {
  const number = JSON.isRawJSON(value) ? Number((value as { rawJSON: string }).rawJSON) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
