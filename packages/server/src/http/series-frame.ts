// The stretches of a series as a request asks for them, and as its answer tells them.
import { InvalidRequest } from '../contract/parameter.ts';
import { toTimeText } from '../contract/v1-moment.ts';
import { SERIES_MAX_POINTS, type Step, STEP_SECONDS } from '../contract/v1-metrics.ts';
import type { Desk } from '../desk/desk.ts';
import { type SeriesWindow, seriesWindow } from '../measures/series-step.ts';
import { readTimeWindow } from './time-window.ts';

const HOUR_MS = 3_600_000;
/** More than a chart shows: what is taken when nobody asks for a step. */
const USUAL_POINTS = 400;

/** @throws InvalidRequest */
export function readSeriesWindow(
  { step, ...window }: Parameters<typeof readTimeWindow>[0] & { readonly step: Step | undefined },
  nowMs: number,
): SeriesWindow {
  const { fromMs, toMs } = readTimeWindow(window, { nowMs, lengthMs: HOUR_MS });
  const stepS = step === undefined ? undefined : STEP_SECONDS[step];
  const read = seriesWindow(
    { from: fromMs / 1_000, to: toMs / 1_000, stepS, most: USUAL_POINTS },
    nowMs / 1_000,
  );
  if (read.at.length > SERIES_MAX_POINTS) {
    throw new InvalidRequest(
      `step must be longer: at most ${SERIES_MAX_POINTS} points are answered, and from, to and step make ${read.at.length}.`,
    );
  }
  return read;
}

/** What every answer with series says of its stretches. */
export async function seriesFrame(
  { at, from, to, stepS }: SeriesWindow,
  desk: Pick<Desk, 'health'>,
): Promise<{ step_ms: number; at: string[]; gaps: [string, string][] }> {
  const gaps = (await desk.health()).sharing?.gaps ?? [];
  const inWindow = gaps.filter((gap) => gap.to > from && gap.from < to).sort((a, b) => a.from - b.from);
  return {
    step_ms: stepS * 1_000,
    at: at.map(timeText),
    gaps: inWindow.map((gap) => [timeText(gap.from), timeText(gap.to)]),
  };
}

function timeText(seconds: number): string {
  return toTimeText(Math.round(seconds * 1_000));
}
