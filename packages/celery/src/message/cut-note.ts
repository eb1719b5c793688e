// The note at the end of a text that Umbel itself has cut, because a task made it longer than it keeps. Celery's own mark for what
// it leaves out is `...` inside the repr; this one stands after it and says how long the whole was.

/** Begins as Celery's mark does, so that whoever knows only that one sees a cut too. */
export function cutNote(wholeBytes: number): string {
  return `... [cut, ${wholeBytes} bytes]`;
}

/** A task may end its own text like this; then it is taken for cut, which is the safe side. */
export function endsInCutNote(text: string): boolean {
  return /\.\.\. \[cut, \d+ bytes\]$/.test(text.slice(-LONGEST_NOTE));
}

const LONGEST_NOTE = cutNote(Number.MAX_SAFE_INTEGER).length;
