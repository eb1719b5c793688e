// A filter as one tree of conditions, which is all that a store has to answer; and whether one task meets it. The stores' columns,
// indexes and SQL only spare it the tasks where the answer is plain.
import type { TaskRecord } from '@umbel/celery';
import { matchTask, type Surroundings } from '../query/match-task.ts';
import type { QueryContext } from '../query/query-context.ts';
import type { AllCondition, AnyCondition, NotCondition, TaskCondition } from '../query/task-condition.ts';
import { matchesAny } from './name-pattern.ts';
import type { TaskFilter, TaskScope } from './store.ts';

/** What a query can say, and what the filter has besides. */
export type StoreCondition =
  | Exclude<TaskCondition, AllCondition | AnyCondition | NotCondition>
  | NamedCondition
  | PatternCondition
  | WindowCondition
  | RootCondition
  /** All of none is true, any of none is false. */
  | { readonly kind: 'all' | 'any'; readonly of: readonly StoreCondition[] }
  | { readonly kind: 'not'; readonly of: StoreCondition };

/** The field is exactly one of the values. */
export interface NamedCondition {
  readonly kind: 'named';
  readonly field: 'name' | 'worker' | 'state';
  readonly values: readonly string[];
}

/** The field matches one of the patterns (name-pattern.ts); what a task does not say matches none. */
export interface PatternCondition {
  readonly kind: 'like';
  readonly field: 'name' | 'worker' | 'queue';
  readonly patterns: readonly string[];
}

/** Received at `from` or later and at `to` or before, both inclusive, epoch seconds. */
export interface WindowCondition {
  readonly kind: 'received-within';
  readonly from: number;
  readonly to: number;
}

/** Its root is this very task, all of the id. */
export interface RootCondition {
  readonly kind: 'rooted';
  readonly root: string;
}

/** For queries that ask for no `is:` flag. */
const NOTHING_KNOWN: QueryContext = {
  nowS: 0,
  goneWorkers: new Map(),
  slowAboveS: new Map(),
  revoking: new Set(),
};

export function knownOf({ known }: TaskFilter): QueryContext {
  return known ?? NOTHING_KNOWN;
}

export function conditionOf(filter: TaskFilter): StoreCondition {
  const { names, workers, states, words = [], wordsIn, within, rootId, query } = filter;
  const of: StoreCondition[] = [];
  if (states !== undefined) of.push({ kind: 'named', field: 'state', values: states });
  if (names !== undefined) of.push({ kind: 'named', field: 'name', values: names });
  if (workers !== undefined) of.push({ kind: 'named', field: 'worker', values: workers });
  if (filter.receivedFrom !== undefined || filter.receivedTo !== undefined) {
    const { receivedFrom: from = -Infinity, receivedTo: to = Infinity } = filter;
    of.push({ kind: 'received-within', from, to });
  }
  if (rootId !== undefined) of.push({ kind: 'rooted', root: rootId });
  if (within !== undefined) of.push({ kind: 'any', of: within.map(scopeCondition) });
  for (const text of words) of.push({ kind: 'word', text, in: wordsIn });
  if (query !== undefined) of.push(query);
  return of.length === 1 && of[0] !== undefined ? of[0] : { kind: 'all', of };
}

function scopeCondition({ tasks, queues, workers }: TaskScope): StoreCondition {
  const patterns = [
    ['name', tasks],
    ['queue', queues],
    ['worker', workers],
  ] as const;
  return {
    kind: 'all',
    of: patterns.flatMap(([field, list]) =>
      list === undefined ? [] : [{ kind: 'like' as const, field, patterns: list }],
    ),
  };
}

export function matchStoreCondition(
  condition: StoreCondition,
  task: TaskRecord,
  around: Surroundings,
): boolean {
  switch (condition.kind) {
    case 'all':
      return condition.of.every((one) => matchStoreCondition(one, task, around));
    case 'any':
      return condition.of.some((one) => matchStoreCondition(one, task, around));
    case 'not':
      return !matchStoreCondition(condition.of, task, around);
    case 'named': {
      const own = task[condition.field];
      return own !== null && condition.values.includes(own);
    }
    case 'like': {
      const own = task[condition.field];
      return own !== null && matchesAny(condition.patterns, own);
    }
    case 'received-within':
      return task.received !== null && task.received >= condition.from && task.received <= condition.to;
    case 'rooted':
      return task.rootId === condition.root;
    default:
      return matchTask(condition, task, around);
  }
}
