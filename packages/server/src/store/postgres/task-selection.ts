// What a filter of tasks means to the database: the SQL of it, and how to ask the rows of which SQL does not know.
import type { TaskRecord } from '@umbel/celery';
import type { ClientBase } from 'pg';
import { conditionOf, knownOf, matchStoreCondition, type StoreCondition } from '../filter-condition.ts';
import type { TaskFilter } from '../store.ts';
import { conditionToSql } from './condition-to-sql.ts';
import { createLexicon, type Lexicon } from './label-sql.ts';
import { type Labels, totalTasks } from './labels.ts';
import { raw, type Sql } from './sql.ts';
import { taskKey } from './task-key.ts';
import { isExact, isNever } from './verdict.ts';

export interface Selection {
  /** True of every task that matches; where `picks` is null of no other. */
  readonly where: Sql;
  /** Those of the tasks that match; null when `where` says it all. */
  readonly picks: ((tasks: readonly TaskRecord[]) => Promise<boolean[]>) | null;
  /** Tasks that match, where the labels' counts tell it. */
  readonly total: number | undefined;
}

export async function selectTasks(
  client: ClientBase,
  labels: Labels,
  filter: TaskFilter,
): Promise<Selection> {
  const condition = conditionOf(filter);
  const context = knownOf(filter);
  const lexicon = createLexicon(client, labels);
  const verdict = await conditionToSql(lexicon, condition, context);
  const where = verdict.possible;
  if (isNever(verdict)) return { where: raw('false'), picks: null, total: 0 };
  if (isExact(verdict)) return { where, picks: null, total: await countedTotal(client, lexicon, condition) };
  const asksForChildren = has(condition, (one) => one.kind === 'has' && one.part === 'children');
  return {
    where,
    total: undefined,
    picks: async (tasks) => {
      const parents = asksForChildren ? await parentsAmong(client, tasks) : new Set<string>();
      const around = { known: context, hasChildren: (uuid: string) => parents.has(taskKey(uuid)) };
      return tasks.map((task) => matchStoreCondition(condition, task, around));
    },
  };
}

/** Undefined where the tasks have to be counted. */
async function countedTotal(
  client: ClientBase,
  lexicon: Lexicon,
  condition: StoreCondition,
): Promise<number | undefined> {
  if (condition.kind === 'all' && condition.of.length === 0) return await totalTasks(client);
  const [only] = condition.kind === 'all' && condition.of.length === 1 ? condition.of : [condition];
  if (only?.kind !== 'named' && only?.kind !== 'one-of') return undefined;
  const { field, values } = only;
  if (field !== 'state' && field !== 'name' && field !== 'worker' && field !== 'fp') return undefined;
  return (await lexicon.find(field, values)).reduce((sum, { tasks }) => sum + tasks, 0);
}

async function parentsAmong(client: ClientBase, tasks: readonly TaskRecord[]): Promise<Set<string>> {
  const { rows } = await client.query<{ parent: string }>(
    'SELECT DISTINCT parent FROM tasks WHERE parent = ANY($1::uuid[])',
    [tasks.map(({ uuid }) => taskKey(uuid))],
  );
  return new Set(rows.map(({ parent }) => parent));
}

function has(condition: StoreCondition, test: (one: StoreCondition) => boolean): boolean {
  if (condition.kind === 'all' || condition.kind === 'any') return condition.of.some((one) => has(one, test));
  return condition.kind === 'not' ? has(condition.of, test) : test(condition);
}
