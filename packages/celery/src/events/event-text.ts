// Texts in events, made harmless: bounded in length, and free of the two things that a database's text columns do not take
// as they are, NUL characters and lone surrogates.

/** args, result, traceback and whatever else a task can fill, when the caller names no bound; UTF-16 code units. */
export const TEXT_CHARS = 65_536;
/** Names of tasks, queues, exchanges. Longer ones are cut. */
export const NAME_CHARS = 1_024;
/** ISO times, versions. Longer ones are cut. */
export const SHORT_CHARS = 255;
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

/** The text, or its first `maxChars` and a note of its real length. */
export function bounded(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  // The cut may go through a surrogate pair.
  return `${text.slice(0, maxChars).toWellFormed()}... [cut, ${text.length} characters]`;
}
