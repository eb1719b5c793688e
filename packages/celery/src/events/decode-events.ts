// A message from the event exchange into typed events: the body's form is known here, a single event's fields in
// parse-event.ts. What is wrong is dropped with a reason, never thrown. Timestamps are taken as they are: they are absolute
// already, and `utcoffset` says only how the sender's wall clock stands (Celery's own receiver shifts by it, and errs).
import { CeleryError } from '../errors.ts';
import { decodeBodyText } from '../message/body.ts';
import { parseKombuJson } from '../message/kombu-json.ts';
import type { Message } from '../message/message.ts';
import type { CeleryEvent } from './celery-event.ts';
import type { Dropped, DropReason } from './drop-reason.ts';
import { type RawEvent, text } from './event-fields.ts';
import { isRisky, TEXT_BYTES } from './event-text.ts';
import { parseEvent } from './parse-event.ts';

export interface DecodedEvents {
  /** In the order of the message. Events of kinds that say nothing here (elections) are in neither list. */
  readonly events: CeleryEvent[];
  readonly dropped: Dropped[];
}

export interface DecodeOptions {
  /** Longest text of args, result, traceback …, in bytes of UTF-8; the rest is cut and replaced by a note. Default 64,000. */
  readonly maxTextBytes?: number | undefined;
  /** Largest body in bytes, decompressed. Default 16 MiB. */
  readonly maxBytes?: number | undefined;
}

const DETAIL_CHARS = 200;

/** Decodes the one event or the array of events (`task.multi`) in a message. Never throws. */
export function decodeEvents(message: Message, options: DecodeOptions = {}): DecodedEvents {
  const events: CeleryEvent[] = [];
  const dropped: Dropped[] = [];
  let body: unknown;
  let risky: boolean;
  try {
    const json = readBody(message, options.maxBytes);
    body = parseJson(json);
    risky = isRisky(json);
  } catch (error) {
    dropped.push(bodyFailure(error));
    return { events, dropped };
  }
  const reading = { risky, maxBytes: options.maxTextBytes ?? TEXT_BYTES };
  for (const raw of Array.isArray(body) ? (body as unknown[]) : [body]) {
    const event = parseEvent(raw, reading);
    if (typeof event === 'string') dropped.push({ reason: event, detail: describeRaw(raw) });
    else if (event !== null) events.push(event);
  }
  return { events, dropped };
}

function readBody(message: Message, maxBytes: number | undefined): string {
  if (message.contentType !== 'application/json') {
    throw new CeleryError(
      'unsupported_content_type',
      `Events of type ${message.contentType} cannot be read.`,
    );
  }
  return decodeBodyText(message, maxBytes);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Either it holds Python's NaN or Infinity, which only the dialect knows, or the dialect's reader says what is wrong.
    return parseKombuJson(json);
  }
}

function bodyFailure(error: unknown): Dropped {
  const detail = (error instanceof Error ? error.message : String(error)).slice(0, DETAIL_CHARS);
  return {
    reason: error instanceof CeleryError ? (BODY_REASONS[error.code] ?? 'not_json') : 'not_json',
    detail,
  };
}

const BODY_REASONS: { readonly [code: string]: DropReason } = {
  unsupported_content_type: 'unsupported_content_type',
  unsupported_compression: 'unsupported_compression',
  too_large: 'too_large',
};

function describeRaw(raw: unknown): string {
  if (typeof raw !== 'object' || raw === null) return `a ${raw === null ? 'null' : typeof raw}`;
  const { type, hostname, timestamp } = raw as RawEvent;
  const reading = { risky: true, maxBytes: 0 };
  return [type, hostname, timestamp].map((value) => text(value, reading, 50) ?? 'null').join(' ');
}
