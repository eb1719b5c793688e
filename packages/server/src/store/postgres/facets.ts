// How many of the tasks that match have which value of a field.
import type { TaskRecord } from '@umbel/celery';
import type { ClientBase } from 'pg';
import { deploymentOf } from '../../query/deployment.ts';
import { foldCase } from '../../query/fold-case.ts';
import type { Facet, FacetField, FacetQuery } from '../task-counts.ts';
import { type Budget, createBudget } from './budget.ts';
import type { LabelKind } from './labels.ts';
import type { ListParts } from './list-tasks.ts';
import { sampleOf, WHOLE_SHARE } from './sample.ts';
import { estimatedRows, scanTasks } from './scan-tasks.ts';
import { raw, sql, written } from './sql.ts';
import { type Selection, selectTasks } from './task-selection.ts';
import { labelTexts } from './task-row.ts';

const LABEL_OF: Readonly<Record<FacetField, LabelKind>> = {
  state: 'state',
  name: 'name',
  worker: 'worker',
  queue: 'queue',
  group: 'worker',
  exception: 'exception_type',
  fp: 'fp',
};

/** Tasks by label text. */
type Counts = ReadonlyMap<string, number>;

/** Inside a read transaction. */
export async function readFacet(client: ClientBase, parts: ListParts, query: FacetQuery): Promise<Facet> {
  const budget = createBudget(client, query.withinMs ?? parts.readTimeoutMs);
  const kind = LABEL_OF[query.field];
  const selection = await selectTasks(client, parts.labels, query.filter);
  const { counts, approximate } = await countLabels(client, parts, { selection, kind, budget });
  return facetOf(query, counts, approximate);
}

async function countLabels(
  client: ClientBase,
  parts: ListParts,
  asked: { readonly selection: Selection; readonly kind: LabelKind; readonly budget: Budget },
): Promise<{ counts: Counts; approximate: boolean }> {
  const { selection, kind, budget } = asked;
  const { labels } = parts;
  if (selection.total === 0) return { counts: new Map(), approximate: false };
  if (selection.where.texts.join('') === 'true') {
    const held = await labels.held(client, kind);
    return { counts: new Map(held.map(({ text, tasks }) => [text, tasks])), approximate: false };
  }
  if (selection.picks !== null) return await countByScan(client, parts, asked);
  const count = (from: string) =>
    client.query<{ id: number; tasks: number }>(
      written(
        sql`SELECT ${kind} AS id, count(*) AS tasks FROM ${from} WHERE ${selection.where} AND ${kind} IS NOT NULL GROUP BY ${kind}`,
      ),
    );
  const whole = await budget.within(() => count('tasks'), WHOLE_SHARE);
  const sample = whole === undefined ? await sampleOf(client, budget, count) : undefined;
  const rows = whole?.rows ?? sample?.answer?.rows ?? [];
  const scale = sample?.scale ?? 1;
  await labels.read(
    client,
    rows.map(({ id }) => id),
  );
  return {
    counts: new Map(rows.map(({ id, tasks }) => [labels.textOf(id), Math.round(tasks * scale)])),
    approximate: whole === undefined,
  };
}

async function countByScan(
  client: ClientBase,
  { tasks }: ListParts,
  {
    selection,
    kind,
    budget,
  }: { readonly selection: Selection; readonly kind: LabelKind; readonly budget: Budget },
): Promise<{ counts: Counts; approximate: boolean }> {
  const counts = new Map<string, number>();
  const { where } = selection;
  const scan = await scanTasks(client, tasks, selection, {
    columns: 'id',
    rows: sql`WHERE ${where}${raw(' ORDER BY position DESC')}`,
    budget,
    onMatch(record: TaskRecord) {
      const text = labelTexts(record)[kind];
      if (text !== null) counts.set(text, (counts.get(text) ?? 0) + 1);
      return true;
    },
  });
  if (scan.done || scan.seen === 0) return { counts, approximate: !scan.done };
  const scale = Math.max(1, (await estimatedRows(client, where)) / scan.seen);
  return {
    counts: new Map([...counts].map(([text, count]) => [text, Math.round(count * scale)])),
    approximate: true,
  };
}

function facetOf({ field, limit, containing }: FacetQuery, counts: Counts, approximate: boolean): Facet {
  const byValue = new Map<string, number>();
  for (const [text, count] of counts) {
    const value = field === 'group' ? deploymentOf(text) : text;
    byValue.set(value, (byValue.get(value) ?? 0) + count);
  }
  const folded = containing === undefined ? undefined : foldCase(containing);
  const values = [...byValue]
    .filter(([value, count]) => count > 0 && (folded === undefined || foldCase(value).includes(folded)))
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
  return { values: values.slice(0, limit), more: Math.max(0, values.length - limit), approximate };
}
