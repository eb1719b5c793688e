// Handlers of the counts of /api/v1: facets and the histogram of a list of tasks.
import { InvalidRequest } from '../../contract/parameter.ts';
import { toTimeText } from '../../contract/v1-moment.ts';
import {
  type taskFacets as facetsOperation,
  type taskHistogram as histogramOperation,
  V1_FACETS,
} from '../../contract/v1-task-counts.ts';
import type { FacetField } from '../../store/task-counts.ts';
import type { Handler } from '../api-request.ts';
import { readQuery } from '../read-query.ts';
import { allOf, readTaskFilter } from '../task-filter.ts';
import { readTimeWindow } from '../time-window.ts';
import { withoutFacet } from '../without-facet.ts';

const HOUR_MS = 3_600_000;
const DEFAULT_FACETS: readonly FacetField[] = ['state', 'name', 'worker', 'queue', 'exception'];

export const taskFacets: Handler<typeof facetsOperation> = async ({ values, desk, costly, nowMs }) => {
  using _ = costly('search');
  const asked = readQuery('q', values.q, nowMs);
  const { query: window } = readTaskFilter({ ...values, q: undefined }, nowMs);
  const fields = readFields(values.fields);
  const startedMs = performance.now();
  const facets = await desk.facets(
    fields.map((field) => ({
      field,
      limit: values.limit,
      filter: { query: allOf([window, withoutFacet(asked, field)]) },
    })),
  );
  const counted = fields.flatMap((field, index) => {
    const facet = facets[index];
    if (facet === undefined) return [];
    const { more, approximate } = facet;
    const counts = facet.values.map(({ value, count }) => ({ value, count }));
    return [[field, { values: counts, more, approximate }] as const];
  });
  return { fields: Object.fromEntries(counted), took_ms: Math.round(performance.now() - startedMs) };
};

export const taskHistogram: Handler<typeof histogramOperation> = async ({ values, desk, costly, nowMs }) => {
  using _call = costly('search');
  const { time, buckets } = values;
  const query = readQuery('q', values.q, nowMs);
  const { fromMs, toMs } = readTimeWindow(values, { nowMs, lengthMs: HOUR_MS });
  const { total, failed, approximate } = await desk.histogram({
    filter: { query },
    field: time,
    from: fromMs / 1_000,
    to: toMs / 1_000,
    buckets,
  });
  const at = Array.from({ length: buckets }, (_, index) =>
    toTimeText(Math.round(fromMs + ((toMs - fromMs) * index) / buckets)),
  );
  return { at, total: [...total], failed: [...failed], approximate };
};

/** @throws InvalidRequest */
function readFields(given: readonly string[] | undefined): readonly FacetField[] {
  if (given === undefined || given.length === 0) return DEFAULT_FACETS;
  return [...new Set(given)].map((name) => {
    const field = V1_FACETS.find((known) => known === name);
    if (field === undefined)
      throw new InvalidRequest(`fields must be of ${V1_FACETS.join(', ')}, not ${JSON.stringify(name)}.`);
    return field;
  });
}
