// What time it is, as far as the machine's clock can be believed. What is old is deleted by this clock, so one wrong reading could cost the
// whole history: whoever deletes for age asks `doubt` first.
//
// While the process runs, the monotonic clock tells a jump from time that has passed. At the start only an earlier run can be asked, by
// what it heard last; a history that has been idle for long says nothing against the clock, and so an hour is enough.
import type { Log } from '@umbel/celery';

/** Readings that are so far apart are not of the same clock. Summer time, time zones and slow drift are far below. */
export const APART_MS = 86_400_000;
/** For so long a clock has to run on, and no worker may say otherwise, before it is believed by itself. */
const BELIEVED_AFTER_MS = 3_600_000;
/** A clock that says less has not been set: machines without a battery begin in 1970, or when their system was made. */
const EARLIEST_MS = Date.UTC(2026, 0);
/** Of so many senders the newest word counts. */
const WITNESSES = 100;

export interface SteadyClock {
  /** Epoch milliseconds. While the machine's clock has jumped and nobody confirms it: what it would say without the jump. */
  readonly now: () => number;
  /** Why nothing may be called old, a sentence; null while the clock is believed. */
  readonly doubt: string | null;
  /** Call it once, before anything is called old. @param newestMs what an earlier run heard last, by its own clock; null: nothing is known */
  begin(newestMs: number | null): void;
  /** An event has come just now, and its sender says that it is so late. Only asked for while there is doubt. */
  heard(sender: string, timestampMs: number): void;
}

interface Doubt {
  /** Since when the machine's clock has run on without another jump, by the monotonic clock. */
  sinceMs: number;
  /** How far it has jumped; null: it is the start, and nobody has believed it yet. */
  jumpMs: number | null;
  /** By sender: whether its newest event agrees with the machine's clock. */
  readonly witnesses: Map<string, boolean>;
  said: string | undefined;
}

export interface SteadyClockOptions {
  readonly log: Log;
  /** Epoch milliseconds. Default: Date.now. */
  readonly wall?: (() => number) | undefined;
  /** Milliseconds, never set by anybody. Default: performance.now. */
  readonly monotonic?: (() => number) | undefined;
}

export function createSteadyClock(options: SteadyClockOptions): SteadyClock {
  const { log, wall = () => Date.now(), monotonic = () => performance.now() } = options;
  /** A reading of both clocks that is believed. */
  let anchor = { wallMs: wall(), atMs: monotonic() };
  let doubt: Doubt | undefined;
  let newestMs: number | null = null;

  const expected = () => anchor.wallMs + (monotonic() - anchor.atMs);
  const adopt = () => {
    anchor = { wallMs: wall(), atMs: monotonic() };
  };
  const begin = (jumpMs: number | null) => {
    doubt = { sinceMs: monotonic(), jumpMs, witnesses: new Map(), said: undefined };
    log.warn({ clock: timeOf(wall()) }, sentenceOf(doubt));
  };
  const end = () => {
    doubt = undefined;
    adopt();
    log.info({ clock: timeOf(wall()) }, 'the clock of this machine is believed again');
  };
  const isNear = (ms: number) => Math.abs(wall() - ms) <= APART_MS;
  const isPossible = () => wall() >= EARLIEST_MS;
  /** Whether nothing that an earlier run left speaks against the clock. */
  const fitsHistory = () => isPossible() && (newestMs === null || isNear(newestMs));

  function sentenceOf({ jumpMs, said }: Doubt): string {
    const others = [
      ...(jumpMs === null ? [] : [`but by the time that has passed it is ${timeOf(expected())}`]),
      ...(jumpMs === null && newestMs !== null
        ? [`and what was heard last before this start is of ${timeOf(newestMs)}`]
        : []),
      ...(isPossible() ? [] : ['which cannot be']),
      ...(said === undefined ? [] : [`and a worker says ${said}`]),
    ];
    return `the clock of this machine says ${timeOf(wall())}, ${others.join(', ')}: nothing is deleted for its age until they agree, or until it has run on for an hour and no worker says otherwise`;
  }

  /** Whether more of those who were heard agree with the machine's clock than not; undefined: nobody was heard. */
  function isConfirmed({ witnesses }: Doubt): boolean | undefined {
    if (witnesses.size === 0) return undefined;
    const agreeing = [...witnesses.values()].filter((agrees) => agrees).length;
    return agreeing * 2 > witnesses.size;
  }

  /** Compares the two clocks: a jump is noticed by whoever asks for the time next. */
  function look(): void {
    const offMs = wall() - expected();
    if (doubt === undefined) {
      if (Math.abs(offMs) <= APART_MS) adopt();
      else begin(offMs);
      return;
    }
    const { jumpMs } = doubt;
    if (jumpMs === null ? fitsHistory() : Math.abs(offMs) <= APART_MS) {
      end();
      return;
    }
    if (Math.abs(offMs - (jumpMs ?? 0)) > APART_MS) {
      // It was set, or set once more: whoever spoke before spoke of another clock.
      doubt.sinceMs = monotonic();
      doubt.witnesses.clear();
      doubt.said = undefined;
      if (jumpMs !== null) doubt.jumpMs = offMs;
    }
    // Nobody has believed it yet, so there is nothing that it could jump from.
    if (jumpMs === null) adopt();
    const isLongEnough = monotonic() - doubt.sinceMs >= BELIEVED_AFTER_MS;
    if (isLongEnough && isConfirmed(doubt) !== false && isPossible()) end();
  }

  return {
    now() {
      look();
      if (doubt === undefined || doubt.jumpMs === null || isConfirmed(doubt) === true) return wall();
      return expected();
    },
    get doubt() {
      look();
      return doubt === undefined ? null : sentenceOf(doubt);
    },
    begin(heardMs) {
      newestMs = heardMs;
      if (doubt === undefined && !fitsHistory()) begin(null);
    },
    heard(sender, timestampMs) {
      look();
      if (doubt === undefined) return;
      const { witnesses } = doubt;
      const agrees = isNear(timestampMs);
      witnesses.delete(sender);
      witnesses.set(sender, agrees);
      const [oldest] = witnesses.keys();
      if (witnesses.size > WITNESSES && oldest !== undefined) witnesses.delete(oldest);
      doubt.said = agrees ? undefined : timeOf(timestampMs);
      // After a jump an hour has to pass all the same: workers on this machine have jumped with it.
      if (doubt.jumpMs === null && isConfirmed(doubt) === true && isPossible()) end();
    },
  };
}

/** RFC 3339; a number where no date is so late. */
function timeOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}
