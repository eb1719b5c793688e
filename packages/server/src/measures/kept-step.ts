// How long counts are kept in which stretches. One meaning for every store and for whoever asks it. Times are epoch seconds.
import { TALLY_STEPS } from './tally.ts';

const DAY_S = 86_400;
/** So long a stretch is kept after its end, by its length: minutes, hours, days. */
const KEPT_FOR_S = [2 * DAY_S, 35 * DAY_S, 400 * DAY_S] as const;
/** What seems to happen later than so from now is a clock gone wrong. */
const AHEAD_S = DAY_S;

/** Index in TALLY_STEPS. */
export type TallyLevel = 0 | 1 | 2;
export const TALLY_LEVELS: readonly TallyLevel[] = [0, 1, 2];

/** Where the stretches of a level begin to be kept: a boundary between stretches of the next longer one, so that those stay whole. */
export function keptFrom(level: TallyLevel, nowS: number): number {
  const longer = TALLY_STEPS[Math.min(level + 1, 2)] ?? DAY_S;
  return startOf(nowS - KEPT_FOR_S[level], longer);
}

/** Whether counts of this time are kept at all. */
export function isKept(atS: number, nowS: number): boolean {
  return atS >= keptFrom(2, nowS) && atS <= nowS + AHEAD_S;
}

/** Where the stretch of `stepS` begins that holds the time. */
export function startOf(atS: number, stepS: number): number {
  return Math.floor(atS / stepS) * stepS;
}
