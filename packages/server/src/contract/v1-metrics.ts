// The operations of /api/v1 that answer numbers over time, as charts show them.
import { Type } from 'typebox';
import { nullable } from './nullable.ts';
import { operation } from './operation.ts';
import { choice, list, wholeNumber, withDefault } from './parameter-kinds.ts';
import { moment, TimeText } from './v1-moment.ts';

/** Most points of one series. */
export const SERIES_MAX_POINTS = 1_500;
/** Most series of one answer. */
export const SERIES_MAX = 50;

/** What `step` may be, with its seconds. */
export const STEP_SECONDS = {
  '1m': 60,
  '2m': 120,
  '5m': 300,
  '10m': 600,
  '15m': 900,
  '30m': 1_800,
  '1h': 3_600,
  '2h': 7_200,
  '3h': 10_800,
  '6h': 21_600,
  '12h': 43_200,
  '1d': 86_400,
} as const;
export type Step = keyof typeof STEP_SECONDS;

// biome-ignore format: a list
export const TASK_MEASURES = [
  'finished', 'failed_pct', 'received', 'started', 'succeeded', 'failed', 'retried', 'revoked',
  'run_mean', 'run_p50', 'run_p95', 'run_p99', 'wait_p50', 'wait_p95', 'wait_p99',
] as const;

const Points = Type.Array(nullable(Type.Number()), {
  description:
    'One for each of `at`; null where nothing is known, or nothing happened that could be measured.',
});
const SeriesFrame = {
  step_ms: Type.Integer({ description: 'How long each stretch is.' }),
  at: Type.Array(TimeText, { description: 'Where each stretch begins. The last one may not be over.' }),
  gaps: Type.Array(Type.Tuple([TimeText, TimeText]), {
    description: 'When not all events were recorded, as far as that is known.',
  }),
};

const WINDOW = {
  from: moment('Not before; the stretch that holds it is whole. Default: an hour before `to`.'),
  to: moment('Before. Default: now.'),
  step: choice(
    `How long each stretch is; at most ${SERIES_MAX_POINTS} of them. Where only longer ones are kept, those come. Default: fits the window.`,
    Object.keys(STEP_SECONDS) as Step[],
  ),
};

export const taskMetrics = operation({
  id: 'taskMetrics',
  tag: 'Metrics',
  summary: 'What happened to tasks over time',
  description:
    'Counted as it happened, and kept when the tasks are gone: minutes for 2 days, hours for 35, days for 400. `finished` are those that succeeded or failed, `failed_pct` is the share that failed, in percent. `run_` is how long the last attempts of what ended ran, `wait_` how long those waited that started, in milliseconds; two digits of a percentile are true. It is counted by type, queue and worker, each by itself: of these only one can be asked about at once.',
  parameters: {
    ...WINDOW,
    series: list(`What of it, of ${TASK_MEASURES.join(', ')}. Default: finished.`),
    by: choice(
      'A series for each. `group` is the deployment of workers; `state` gives how many came to each, in place of `series`.',
      ['name', 'queue', 'worker', 'group', 'state'],
    ),
    name: list('Only these types.'),
    queue: list('Only these queues.'),
    worker: list('Only these workers.'),
    top: withDefault(
      wholeNumber('With `by`: so many that matter most for the first of `series`. The rest is `other`.', {
        min: 1,
        max: SERIES_MAX,
      }),
      6,
    ),
  },
  strictQuery: true,
  reply: Type.Object({
    ...SeriesFrame,
    series: Type.Array(
      Type.Object({
        key: nullable(Type.String(), { description: 'Which of `by`; null without.' }),
        series: Type.String(),
        points: Points,
      }),
      { description: 'What matters most comes first.' },
    ),
    other: nullable(
      Type.Array(Type.Object({ series: Type.String(), points: Points }), {
        description: 'All that is in none of `series`.',
      }),
      { description: 'Null where nothing is left out.' },
    ),
  }),
  replyDescription: 'Series.',
  errors: [400, 503],
});
