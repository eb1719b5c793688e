// Cuts Python's text of a traceback into its frames and the lines that name exceptions. Of a chain the last section counts, which is
// the exception that the task ended with; of the first only its exception. Time is linear, and bounded for the longest texts.

export interface Frame {
  readonly file: string;
  readonly function: string;
}

export interface Traceback {
  /** The lines that begin with `File "`, outermost first, as they are printed: for `readFrame`. */
  readonly frames: readonly string[];
  /** `shop.errors.PaymentError: no money`, its first line; empty when the text ends before it. */
  readonly exception: string;
  /** The same of the first exception of a chain; null when there is no chain. */
  readonly firstCause: string | null;
}

/** Python's own words between the sections of a chain. */
const LINKS = [
  '\nThe above exception was the direct cause of the following exception:\n',
  '\nDuring handling of the above exception, another exception occurred:\n',
] as const;
const HEADER = 'Traceback (most recent call last):';
/** So much of its beginning and of its end is looked at. */
const LONGEST = 32_768;
const FRAME_START = '  File "';
const FRAME = /^File "([^"]*)", line \d+, in (.+)$/;

export function readTraceback(text: string): Traceback {
  const end = text.slice(-LONGEST);
  const link = lastLink(end);
  const last = readSection(
    link < 0 && text.length > LONGEST ? text.slice(0, LONGEST) : end,
    Math.max(0, link),
  );
  const isChain = LINKS.some((words) => text.slice(0, LONGEST).includes(words));
  return { ...last, firstCause: isChain ? readSection(text.slice(0, LONGEST), 0).exception : null };
}

function lastLink(text: string): number {
  let last = -1;
  for (const words of LINKS) {
    const at = text.lastIndexOf(words);
    if (at >= 0) last = Math.max(last, at + words.length);
  }
  return last;
}

/** Null for a line that only looks like one. */
export function readFrame(line: string): Frame | null {
  const [, file, name] = FRAME.exec(line) ?? [];
  return file === undefined || name === undefined ? null : { file, function: name };
}

/** Up to the first line that is not indented as frames are: that one names the exception. */
function readSection(text: string, from: number): Omit<Traceback, 'firstCause'> {
  const header = text.indexOf(HEADER, from);
  let at = header < 0 ? from : nextLine(text, header);
  // Lines of an exception group stand behind a margin.
  const margin = header < 0 ? '' : text.slice(text.lastIndexOf('\n', header) + 1, header);
  const isGroup = margin.includes('+');
  const frames: string[] = [];
  while (at < text.length) {
    let start = at;
    at = nextLine(text, at);
    if (isGroup) start = behindMargin(text, start, at);
    // Frames stand two spaces in, their source four.
    if (text.startsWith(FRAME_START, start)) frames.push(text.slice(start + 2, at).trimEnd());
    else if (text[start] !== ' ') {
      const line = text.slice(start, at).trimEnd();
      if (line !== '') return { frames, exception: line };
    }
  }
  return { frames, exception: '' };
}

function behindMargin(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text[at] === ' ') at++;
  if (text[at] !== '|') return start;
  return text[at + 1] === ' ' ? at + 2 : at + 1;
}

function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}
