// Texts in events, made harmless: bounded in length, and free of the two things that a database's text columns do not take
// as they are, NUL characters and lone surrogates.
import { cutNote } from '../message/cut-note.ts';

/** args, result, traceback and whatever else a task can fill, when the caller names no bound; bytes of UTF-8. */
export const TEXT_BYTES = 64_000;
/** Names of tasks, queues, exchanges, bytes of UTF-8. Longer ones are cut. */
export const NAME_BYTES = 1_024;
/** ISO times, versions, bytes of UTF-8. Longer ones are cut. */
export const SHORT_BYTES = 255;
/** uuid, hostname, custom state: cut they would be another's, so an event with a longer one is dropped. */
export const IDENTITY_CHARS = 255;

/** What in a JSON text can put NUL characters or lone surrogates into its strings: Python writes ASCII, so escapes are the only way. */
const RISKY_ESCAPE = /\\u(?:0000|[dD][89a-fA-F])/;

/** Whether strings parsed from this JSON text need `harmless`: asked once a message, so that nearly all pay nothing. */
export function isRisky(json: string): boolean {
  // Looking for a fixed text first is far cheaper, and is the answer for most messages.
  return json.includes('\\u') && RISKY_ESCAPE.test(json);
}

/** The text with NUL shown as ␀ and each lone surrogate as U+FFFD. */
export function harmless(text: string): string {
  return text.toWellFormed().replaceAll('\0', '␀');
}

const UTF8 = new TextEncoder();
/** UTF-8 takes at most so many bytes for a UTF-16 code unit. */
const BYTES_PER_UNIT = 3;

/** The text, or as much of its beginning as takes `maxBytes` of UTF-8, and a note of how long it was. No character is cut in two. */
export function bounded(text: string, maxBytes: number): string {
  if (text.length * BYTES_PER_UNIT <= maxBytes) return text;
  const wholeBytes = Buffer.byteLength(text);
  if (wholeBytes <= maxBytes) return text;
  const { read } = UTF8.encodeInto(text, new Uint8Array(maxBytes));
  return `${text.slice(0, read).toWellFormed()}${cutNote(wholeBytes)}`;
}
