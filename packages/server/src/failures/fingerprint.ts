// Which failures are the same one: those with the same fingerprint. Its algorithm has a version, and what was grouped by one version
// stays grouped: a change of what is below makes a new version.
import { parsePythonRepr, type TaskRecord } from '@umbel/celery';
import { exceptionTypeOf, typeInLine } from './exception-type.ts';
import { isInlined, isOwnFrame, nameFrame } from './frame-origin.ts';
import { normalizeMessage } from './normalize-message.ts';
import { readFrame, readTraceback } from './read-traceback.ts';
import { shortHash } from './short-hash.ts';

export const FINGERPRINT_VERSION = 1;

/** What of a failure makes its group; a group has these in common, in this order. */
export interface FingerprintPart {
  readonly kind: 'task' | 'exception' | 'cause' | 'frame' | 'message';
  readonly text: string;
}

export interface Fingerprint {
  /** Version and hash: `1-9f86d081884c7d65`. */
  readonly fp: string;
  /** `ConnectionError`, as exceptionTypeOf says; null where nothing names it. */
  readonly exceptionType: string | null;
  /** `shop/tasks.py:charge`: the innermost of the parts' frames; null without a traceback. */
  readonly frame: string | null;
  /** The first line of what the exception says, with placeholders (normalize-message.ts). May be empty. */
  readonly message: string;
}

export interface ExplainedFingerprint extends Fingerprint {
  readonly version: typeof FINGERPRINT_VERSION;
  /** Why it is one group. */
  readonly parts: readonly FingerprintPart[];
}

type Failing = Pick<TaskRecord, 'name' | 'exception' | 'traceback'>;

/** So many frames, of one's own code if there is any. */
const FRAMES = 3;
/** Where these strike is chance, and says nothing of why. */
const STRIKES_ANYWHERE: ReadonlySet<string> = new Set([
  'TimeLimitExceeded',
  'SoftTimeLimitExceeded',
  'WorkerLostError',
]);
const LONGEST_READ = 2_048;
/** KeyError prints its argument with quotes even where other exceptions do not. */
const QUOTES_ITSELF = 'KeyError';

/** Of the task's last error, whatever came after it; null for a task that never had one. */
export function fingerprintOf(task: Failing): Fingerprint | null {
  const explained = explainFingerprint(task);
  if (explained === null) return null;
  const { fp, exceptionType, frame, message } = explained;
  return { fp, exceptionType, frame, message };
}

/** With what the fingerprint is made of, for people. */
export function explainFingerprint(task: Failing): ExplainedFingerprint | null {
  const { name, exception, traceback } = task;
  if (exception === null && traceback === null) return null;
  const read = traceback === null ? null : readTraceback(traceback);
  const exceptionType = exceptionTypeOf(task);
  const message = normalizeMessage(
    read === null || read.exception === ''
      ? messageInRepr(exception ?? '', exceptionType)
      : messageInLine(read.exception),
  );
  const frames = read === null ? [] : chosenFrames(read.frames);
  const parts: FingerprintPart[] = [
    { kind: 'task', text: name ?? '' },
    { kind: 'exception', text: exceptionType ?? '' },
  ];
  if (exceptionType === null || !STRIKES_ANYWHERE.has(exceptionType)) {
    const cause = read === null || read.firstCause === null ? null : typeInLine(read.firstCause);
    if (cause !== null) parts.push({ kind: 'cause', text: cause });
    for (const frame of frames) parts.push({ kind: 'frame', text: frame });
    if (frames.length === 0) parts.push({ kind: 'message', text: message });
  }
  return {
    version: FINGERPRINT_VERSION,
    fp: `${FINGERPRINT_VERSION}-${shortHash(parts.map(({ kind, text }) => `${kind}\u0000${text}`).join('\u0001'))}`,
    exceptionType,
    frame: frames[0] ?? null,
    message,
    parts,
  };
}

/** Innermost first; each once, however deep it called itself. */
function chosenFrames(lines: readonly string[]): string[] {
  const own = new Set<string>();
  const any = new Set<string>();
  for (let index = lines.length - 1; index >= 0 && own.size < FRAMES; index--) {
    const frame = readFrame(lines[index] ?? '');
    if (frame === null || isInlined(frame)) continue;
    if (isOwnFrame(frame)) own.add(nameFrame(frame));
    else if (any.size < FRAMES) any.add(nameFrame(frame));
  }
  return [...(own.size > 0 ? own : any)];
}

/** Of `shop.errors.PaymentError: no money`. */
function messageInLine(line: string): string {
  const type = typeInLine(line);
  if (type === null) return line;
  const colon = line.indexOf(':');
  return colon < 0 ? '' : line.slice(colon + 1);
}

/** Of `PaymentError('no money', 3)`: what its traceback would say, as far as its arguments are plain. */
function messageInRepr(repr: string, type: string | null): string {
  const open = repr.indexOf('(');
  if (type === null || !repr.endsWith(')') || !repr.slice(0, open).endsWith(type)) return messageInLine(repr);
  const inner = repr.slice(open + 1, -1).replace(/,$/, '');
  // Too long to be read for its first words alone.
  if (inner.length > LONGEST_READ) return inner.replace(/^["']/, '');
  if (type === QUOTES_ITSELF) return inner;
  const one = parsePythonRepr(inner, 'repr');
  if (one.ok) return printed(one.value);
  const several = parsePythonRepr(`(${inner})`, 'repr');
  return several.ok && Array.isArray(several.value) ? several.value.map(printed).join(', ') : inner;
}

function printed(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
