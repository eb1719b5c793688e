// How long the stretches of a series are: as short as is kept that far back, and not more of them than a chart shows. Times are epoch
// seconds.
import { keptFrom, startOf } from './kept-step.ts';
import { TALLY_STEPS } from './tally.ts';

/** Each is made of whole minutes, hours or days, whichever of them is the longest that fits in it. */
export const SERIES_STEPS = [
  60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400,
] as const;

export interface SeriesWindow {
  /** Where the first stretch begins. */
  readonly from: number;
  /** No stretch begins here or later. */
  readonly to: number;
  readonly stepS: number;
  /** Where each begins. */
  readonly at: readonly number[];
}

export interface AskedWindow {
  readonly from: number;
  readonly to: number;
  /** One of `SERIES_STEPS`. Where only longer ones are kept, those are taken. Default: the shortest of which there are not more than `most`. */
  readonly stepS?: number | undefined;
  readonly most: number;
}

/** The stretches that hold the window, those whole that its ends cut. Nothing that has been forgotten, and nothing later than now. */
export function seriesWindow({ from, to, stepS, most }: AskedWindow, nowS: number): SeriesWindow {
  const begin = Math.max(from, keptFrom(2, nowS));
  const end = Math.min(to, nowS);
  const least = begin >= keptFrom(0, nowS) ? TALLY_STEPS[0] : TALLY_STEPS[begin >= keptFrom(1, nowS) ? 1 : 2];
  const wanted = stepS ?? SERIES_STEPS.find((step) => countOf(begin, end, step) <= most) ?? TALLY_STEPS[2];
  const step = Math.max(wanted, least);
  const first = startOf(begin, step);
  const at = Array.from({ length: countOf(begin, end, step) }, (_, index) => first + index * step);
  return { from: first, to: Math.max(first, end), stepS: step, at };
}

/** Stretches that hold some of the window. */
function countOf(from: number, to: number, stepS: number): number {
  return to <= from ? 0 : Math.ceil((to - startOf(from, stepS)) / stepS);
}
