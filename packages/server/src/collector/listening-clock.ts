// A clock that runs only while Umbel is really listening: connected, reading, not behind, and not itself asleep. Silence measured
// with it is the worker's; silence while it stands is Umbel's own.

/** A tick that comes later than this was held up: this process was stopped, suspended or busy. */
const LATE_MS = 2500;

export interface ListeningClock {
  readonly seconds: number;
  /**
   * Call it about once a second. The time since the last call counts when Umbel was listening at both and this call is not late.
   * @param nowMs of a monotonic clock
   */
  tick(nowMs: number, listening: boolean): void;
}

export function createListeningClock(): ListeningClock {
  let seconds = 0;
  let last: { readonly ms: number; readonly listening: boolean } | undefined;
  return {
    get seconds() {
      return seconds;
    },
    tick(nowMs, listening) {
      const elapsedMs = last === undefined ? 0 : nowMs - last.ms;
      if (listening && last?.listening === true && elapsedMs <= LATE_MS) seconds += elapsedMs / 1000;
      last = { ms: nowMs, listening };
    },
  };
}
