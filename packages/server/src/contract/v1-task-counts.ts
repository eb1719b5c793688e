// The operations of /api/v1 that count tasks: what a list can be narrowed to, and when its tasks happened.
import { Type } from 'typebox';
import { operation } from './operation.ts';
import { choice, list, wholeNumber, withDefault } from './parameter-kinds.ts';
import { TimeText } from './v1-moment.ts';
import { TASK_FILTERS } from './v1-tasks.ts';

export const V1_FACETS = ['state', 'name', 'worker', 'queue', 'group', 'exception', 'fp'] as const;

export const taskFacets = operation({
  id: 'taskFacets',
  tag: 'Tasks',
  summary: 'Count tasks by their values',
  description:
    'The most frequent values of each field among what matches. What the query itself says of a field is left out of that field’s own counts, so that the other choices can be seen.',
  parameters: {
    ...TASK_FILTERS,
    fields: list(`Of ${V1_FACETS.join(', ')}. Default: state, name, worker, queue, exception.`),
    limit: withDefault(wholeNumber('Values of each field.', { min: 1, max: 200 }), 20),
  },
  reply: Type.Object({
    fields: Type.Record(
      Type.String(),
      Type.Object({
        values: Type.Array(Type.Object({ value: Type.String(), count: Type.Integer() })),
        more: Type.Integer({ description: 'Values beyond these.' }),
        approximate: Type.Boolean({ description: 'Counted in a part of the history, and scaled up.' }),
      }),
    ),
    took_ms: Type.Integer(),
  }),
  replyDescription: 'Counts by field.',
  errors: [400, 503],
});

export const taskHistogram = operation({
  id: 'taskHistogram',
  tag: 'Tasks',
  summary: 'Count tasks by time',
  description: 'Without `from` the hour before `to`; without `to` until now.',
  parameters: {
    q: TASK_FILTERS.q,
    from: TASK_FILTERS.from,
    to: TASK_FILTERS.to,
    time: withDefault(choice('Which time is counted by.', ['received', 'finished']), 'received'),
    buckets: withDefault(wholeNumber('Into how many stretches.', { min: 1, max: 500 }), 60),
  },
  reply: Type.Object({
    at: Type.Array(TimeText, { description: 'Where each stretch begins.' }),
    total: Type.Array(Type.Integer()),
    failed: Type.Array(Type.Integer(), { description: 'Those of `total` that failed.' }),
    approximate: Type.Boolean({ description: 'Counted in a part of the history, and scaled up.' }),
  }),
  replyDescription: 'Counts by time.',
  errors: [400, 503],
});
