// Handlers of the numbers over time of /api/v1.
import { InvalidRequest, quote } from '../../contract/parameter.ts';
import { SERIES_MAX, TASK_MEASURES, type taskMetrics as taskOperation } from '../../contract/v1-metrics.ts';
import type { Desk } from '../../desk/desk.ts';
import { startOf } from '../../measures/kept-step.ts';
import { type Measure, restOf, weightOf } from '../../measures/measure.ts';
import type { SeriesWindow } from '../../measures/series-step.ts';
import { OTHER_LABEL, type StretchTally, type TallyKind } from '../../measures/tally.ts';
import { deploymentOf } from '../../query/deployment.ts';
import type { ApiRequest, Handler } from '../api-request.ts';
import { readSeriesWindow, seriesFrame } from '../series-frame.ts';
import { nothingIn, pointsOf, type Stretches, stretchesBy, sumsBy } from '../tally-series.ts';

const HOUR_S = 3_600;
/** What matters most in longer windows is looked for by hours: that is quick, and the ends of the window change little. */
const LONG_S = 2 * HOUR_S;
/** Beyond so many labels all are read: to name them costs more. */
const MOST_NAMED = 1_000;

/** How many came to a state, by the state's name. */
const STATES = {
  SUCCESS: 'succeeded',
  FAILURE: 'failed',
  RETRY: 'retried',
  REVOKED: 'revoked',
} as const satisfies Readonly<Record<string, Measure>>;

const KIND_OF_BY = { name: 'name', queue: 'queue', worker: 'worker', group: 'worker' } as const;
type LabelKind = (typeof KIND_OF_BY)[keyof typeof KIND_OF_BY];

type Values = ApiRequest<typeof taskOperation>['values'];

export const taskMetrics: Handler<typeof taskOperation> = async ({ values, desk, costly, nowMs }) => {
  const window = readSeriesWindow(values, nowMs);
  const filter = readFilter(values);
  const measures = readMeasures(values, filter?.labels.length ?? values.top);
  using _ = costly('search');
  const frame = await seriesFrame(window, desk);
  const { by } = values;
  if (by === undefined || by === 'state') {
    const tallies = await desk.tallies({
      kind: filter?.kind ?? 'all',
      labels: filter?.labels,
      ...spanOf(window),
    });
    const sum = stretchesBy(tallies, window, () => '').get('') ?? nothingIn(window);
    const series =
      by === undefined
        ? measures.map((measure) => ({ key: null, series: measure, points: pointsOf(measure, sum) }))
        : Object.entries(STATES).map(([key, measure]) => ({
            key,
            series: measure,
            points: pointsOf(measure, sum),
          }));
    return { ...frame, series, other: null };
  }
  const kind = KIND_OF_BY[by];
  const keyOf = by === 'group' ? deploymentOf : (label: string) => label;
  const seriesOf = (sums: ReadonlyMap<string, Stretches>, keys: readonly string[]) =>
    keys.flatMap((key) =>
      measures.map((measure) => ({
        key,
        series: measure,
        points: pointsOf(measure, sums.get(key) ?? nothingIn(window)),
      })),
    );
  if (filter !== null) {
    const sums = stretchesBy(await desk.tallies({ ...filter, ...spanOf(window) }), window, keyOf);
    return {
      ...frame,
      series: seriesOf(sums, [...new Set(filter.labels.map((label) => keyOf(label)))]),
      other: null,
    };
  }
  const { keys, labels } = await weightiest(desk, { kind, window, keyOf, measures, top: values.top });
  const chosen = new Set(keys);
  const [all, some] = await Promise.all([
    desk.tallies({ kind: 'all', ...spanOf(window) }),
    desk.tallies({ kind, labels: labels.length > MOST_NAMED ? undefined : labels, ...spanOf(window) }),
  ]);
  const sums = stretchesBy(some, window, (label) => {
    const key = label === OTHER_LABEL ? undefined : keyOf(label);
    return key !== undefined && chosen.has(key) ? key : undefined;
  });
  const rest = (stretchesBy(all, window, () => '').get('') ?? nothingIn(window)).map((stretch, index) =>
    restOf(
      stretch,
      [...sums.values()].flatMap((stretches) => stretches[index] ?? []),
    ),
  );
  return {
    ...frame,
    series: seriesOf(sums, keys),
    other: measures.map((measure) => ({ series: measure, points: pointsOf(measure, rest) })),
  };
};

function spanOf({ from, to, stepS }: SeriesWindow): Pick<SeriesWindow, 'from' | 'to' | 'stepS'> {
  return { from, to, stepS };
}

/** @throws InvalidRequest */
function readFilter(values: Values): { readonly kind: LabelKind; readonly labels: readonly string[] } | null {
  const given = (['name', 'queue', 'worker'] as const).flatMap((kind) => {
    const labels = values[kind];
    return labels === undefined || labels.length === 0 ? [] : [{ kind, labels: [...new Set(labels)] }];
  });
  const [filter, other] = given;
  if (filter === undefined) return null;
  if (other !== undefined)
    throw new InvalidRequest(`${other.kind} cannot be given with ${filter.kind}: each is counted by itself.`);
  const { by } = values;
  if (by !== undefined && by !== 'state' && KIND_OF_BY[by] !== filter.kind)
    throw new InvalidRequest(`by=${by} cannot be asked with ${filter.kind}: each is counted by itself.`);
  if (filter.labels.length > SERIES_MAX)
    throw new InvalidRequest(`${filter.kind} must be at most ${SERIES_MAX} names.`);
  return filter;
}

/**
 * @param keys so many have each of them at most
 * @throws InvalidRequest
 */
function readMeasures({ series, by }: Values, keys: number): readonly [Measure, ...Measure[]] {
  const [first, ...others] = [...new Set(series)];
  if (first === undefined) return ['finished'];
  if (by === 'state') throw new InvalidRequest('series cannot be chosen with by=state.');
  const read: [Measure, ...Measure[]] = [readMeasure(first), ...others.map(readMeasure)];
  if (by !== undefined && read.length * keys > SERIES_MAX)
    throw new InvalidRequest(
      `series must be fewer, or top: ${keys} times ${read.length} of them are more than the ${SERIES_MAX} that are answered.`,
    );
  return read;
}

function readMeasure(name: string): Measure {
  const measure = TASK_MEASURES.find((known) => known === name);
  if (measure === undefined)
    throw new InvalidRequest(`series must be of ${TASK_MEASURES.join(', ')}, not ${quote(name)}.`);
  return measure;
}

interface Weighing {
  readonly kind: LabelKind;
  readonly window: SeriesWindow;
  readonly keyOf: (label: string) => string;
  readonly measures: readonly [Measure, ...Measure[]];
  readonly top: number;
}

/** The keys that matter most, first the most, and their labels. */
async function weightiest(
  desk: Pick<Desk, 'tallies'>,
  { kind, window, keyOf, measures: [measure], top }: Weighing,
): Promise<{ readonly keys: readonly string[]; readonly labels: readonly string[] }> {
  const { from, to } = window;
  const stepS = to - from >= LONG_S ? Math.max(window.stepS, HOUR_S) : window.stepS;
  const tallies: readonly StretchTally[] = await desk.tallies({
    kind: kind satisfies TallyKind,
    from: startOf(from, stepS),
    to,
    stepS,
  });
  const sums = sumsBy(tallies, (label) => (label === OTHER_LABEL ? undefined : keyOf(label)));
  const keys = [...sums]
    .map(([key, sum]) => ({ key, weight: weightOf(measure, sum) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight || (a.key < b.key ? -1 : 1))
    .slice(0, top)
    .map(({ key }) => key);
  const chosen = new Set(keys);
  const labels = new Set(tallies.map(({ label }) => label).filter((label) => chosen.has(keyOf(label))));
  return { keys, labels: [...labels] };
}
