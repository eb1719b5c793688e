// Narrowed views: which labels the patterns of scopes stand for. There are few labels and many tasks, so patterns are held against
// the labels, and tasks are found by index.
import { matchesAny } from '../name-pattern.ts';
import type { TaskScope } from '../store.ts';
import { type LabelCondition, labelCondition } from './label-condition.ts';
import type { LabelKind, Labels } from './labels.ts';

/** All of these must hold; the one that fewest tasks meet comes first. */
export type Scope = readonly [LabelCondition, ...LabelCondition[]];

/** What a task must meet to lie within. */
export interface ResolvedScopes {
  /** Every one of these. One that no task meets when nothing lies within. */
  readonly all: readonly LabelCondition[];
  /** At least one of these, when there are any. */
  readonly any: readonly Scope[];
}

const EVERYWHERE: ResolvedScopes = { all: [], any: [] };

/** @param within as in TaskFilter */
export function resolveScopes(within: readonly TaskScope[] | undefined, labels: Labels): ResolvedScopes {
  if (within === undefined) return EVERYWHERE;
  const scopes: Scope[] = [];
  for (const scope of within) {
    const [narrowest, ...wider] = resolveScope(scope, labels);
    if (narrowest === undefined) return EVERYWHERE;
    if (narrowest.tasks > 0) scopes.push([narrowest, ...wider]);
  }
  const [first, ...rest] = scopes;
  if (first === undefined) return { all: [labelCondition(labels, 'name', [])], any: [] };
  if (rest.length === 0) return { all: first, any: [] };
  const [{ column }] = first;
  if (scopes.every((scope) => scope.length === 1 && scope[0].column === column)) {
    const ids = scopes.flatMap(([condition]) => condition.ids);
    return { all: [labelCondition(labels, column, ids)], any: [] };
  }
  return { all: [], any: scopes };
}

/** Narrowest first. */
function resolveScope({ tasks, queues, workers }: TaskScope, labels: Labels): LabelCondition[] {
  const conditions: LabelCondition[] = [];
  const add = (column: LabelKind, patterns: readonly string[] | undefined) => {
    if (patterns === undefined) return;
    const matching = labels.held(column).filter(({ text }) => matchesAny(patterns, text));
    const ids = matching.map(({ id }) => id);
    conditions.push(labelCondition(labels, column, ids));
  };
  add('name', tasks);
  add('queue', queues);
  add('worker', workers);
  return conditions.sort((a, b) => a.tasks - b.tasks);
}
