// How far behind the events Umbel is. Senders' clocks may be wrong by anything, so an event's age says little by itself: what counts is
// how much older it is on arrival than events of the same sender have been at best. And a sender may itself be late (workers keep events
// while the broker is away), so Umbel is behind only as much as the freshest sender says.

/** The best delay of a sender is looked for in the last one to two of these. */
const BASELINE_WINDOW_S = 60;
/** The lag is the least that was seen in the last one to two of these; without any event there is no lag. */
const LAG_WINDOW_S = 1;
/** A sender heard for a shorter time tells nothing yet. */
const TRUSTED_AFTER_S = 10;
/** Clients come and go with names of their own; then everything is learned anew. */
const MOST_SENDERS = 20_000;

interface Sender {
  readonly sinceS: number;
  readonly best: SlidingMinimum;
}

export interface LagMeter {
  /** Notes the arrival of an event. Times in epoch seconds. */
  heard(sender: string, timestamp: number, nowS: number): void;
  lagSeconds(nowS: number): number;
}

export function createLagMeter(): LagMeter {
  const senders = new Map<string, Sender>();
  const lag = createSlidingMinimum(LAG_WINDOW_S);
  return {
    heard(name, timestamp, nowS) {
      const delay = nowS - timestamp;
      let sender = senders.get(name);
      if (sender === undefined) {
        if (senders.size >= MOST_SENDERS) senders.clear();
        sender = { sinceS: nowS, best: createSlidingMinimum(BASELINE_WINDOW_S) };
        senders.set(name, sender);
      }
      sender.best.add(delay, nowS);
      if (nowS - sender.sinceS >= TRUSTED_AFTER_S) lag.add(delay - sender.best.value(nowS), nowS);
    },
    lagSeconds(nowS) {
      const seconds = lag.value(nowS);
      return Number.isFinite(seconds) ? seconds : 0;
    },
  };
}

interface SlidingMinimum {
  add(value: number, nowS: number): void;
  /** Infinity when nothing was added for long. */
  value(nowS: number): number;
}

/** The least of the values added in the last one to two windows: two numbers instead of all values. */
function createSlidingMinimum(windowS: number): SlidingMinimum {
  let startS = -Infinity;
  let before = Infinity;
  let now = Infinity;
  const turn = (nowS: number) => {
    const elapsed = nowS - startS;
    if (elapsed >= 0 && elapsed < windowS) return;
    before = elapsed >= 0 && elapsed < 2 * windowS ? now : Infinity;
    now = Infinity;
    startS = nowS;
  };
  return {
    add(value, nowS) {
      turn(nowS);
      now = Math.min(now, value);
    },
    value(nowS) {
      turn(nowS);
      return Math.min(now, before);
    },
  };
}
