// How fine the counts of two histories can be compared: both fold old stretches into longer ones, but not at the same moment.

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;
/** Well before stores fold: minutes after 2 days, hours after 35. */
const MINUTES_FOR_S = DAY_S;
const HOURS_FOR_S = 30 * DAY_S;

/** Length of the stretch at `atS`, seconds, in which every store can say its counts. Both epoch seconds. */
export function coarseStep(atS: number, nowS: number): number {
  const age = nowS - atS;
  if (age < MINUTES_FOR_S) return MINUTE_S;
  return age < HOURS_FOR_S ? HOUR_S : DAY_S;
}
