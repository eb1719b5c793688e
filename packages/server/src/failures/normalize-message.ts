// Takes out of an exception's message what differs from one failure to the next, so that what is left is the same for all of a kind.

/** Longer messages are the same when they begin the same way. */
const LONGEST = 300;
const VARIABLE = new RegExp(
  [
    // A date, with or without time, or a time of day.
    String.raw`(\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?!\w)|\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?![\w:]))`,
    // A UUID; an address in memory, or another number in hex; an address of mail.
    String.raw`([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?!\w)|0x[0-9a-f]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)`,
    // A URL; a path from the root, of Windows too, or from here; an IP address with or without port.
    String.raw`([a-z][a-z0-9+.-]{1,20}:\/\/[^\s'"<>]+|(?<![\w>])(?:[a-z]:[\\/]|~?\/|\.{1,2}\/)[^\s'"<>(),;:]+|\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![\w.]))`,
    // Quotes, but no apostrophe within a word.
    String.raw`((?<!\w)'(?:[^'\\]|\\.)*'(?!\w)|"(?:[^"\\]|\\.)*")`,
    String.raw`(\d+(?:[.,]\d+)*(?:e[+-]?\d+)?(?![a-z0-9]))`,
    String.raw`([a-z0-9]+)`,
  ].join('|'),
  'gi',
);
/** A figure, letters, a figure: nobody's word. */
const MIXED = /\d[a-z]+\d/i;
const FIGURE = /\d/;
const HEX = /^[0-9a-f]{8,}$/i;

/** The message with placeholders: `<t>` times, `<id>` ids and hex, `<path>` paths and addresses, `<s>` quoted text, `<n>` numbers. */
export function normalizeMessage(message: string): string {
  return message.slice(0, LONGEST).replaceAll(/\s+/g, ' ').trim().replace(VARIABLE, placeholder);
}

type Found = string | undefined;

function placeholder(
  _all: string,
  t: Found,
  _id: Found,
  path: Found,
  s: Found,
  n: Found,
  word: Found,
): string {
  if (word !== undefined) return placeholderOfWord(word);
  if (n !== undefined) return n.length > 15 && HEX.test(n) ? '<id>' : '<n>';
  if (s !== undefined) return '<s>';
  if (path !== undefined) return '<path>';
  return t === undefined ? '<id>' : '<t>';
}

function placeholderOfWord(word: string): string {
  if (!FIGURE.test(word)) return word;
  return HEX.test(word) || (word.length >= 5 && MIXED.test(word)) ? '<id>' : word.replaceAll(/\d+/g, '<n>');
}
