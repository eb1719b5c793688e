// Narrowed views: which labels the patterns of scopes stand for, and the SQL of it. There are few labels and many tasks, so patterns
// are held against the labels.
import type { ClientBase } from 'pg';
import { matchesAny } from '../name-pattern.ts';
import type { TaskScope } from '../store.ts';
import type { Binder } from './binder.ts';
import type { LabelKind, Labels } from './labels.ts';

/** SQL that is true for tasks within one of the scopes; null when there is nothing to narrow. @param within as in TaskFilter */
export async function scopeCondition(
  client: ClientBase,
  labels: Labels,
  binder: Binder,
  within: readonly TaskScope[] | undefined,
): Promise<string | null> {
  if (within === undefined) return null;
  const held = new Map<LabelKind, ReturnType<Labels['held']>>();
  const heldOf = (kind: LabelKind) => {
    const asked = held.get(kind) ?? labels.held(client, kind);
    held.set(kind, asked);
    return asked;
  };
  const scopes: [LabelKind, number[]][][] = [];
  for (const { tasks, queues, workers } of within) {
    const parts: [LabelKind, number[]][] = [];
    for (const [kind, patterns] of [
      ['name', tasks],
      ['queue', queues],
      ['worker', workers],
    ] as const) {
      if (patterns === undefined) continue;
      const matching = (await heldOf(kind)).filter(({ text }) => matchesAny(patterns, text));
      parts.push([kind, matching.map(({ id }) => id)]);
    }
    if (parts.length === 0) return null;
    if (parts.every(([, ids]) => ids.length > 0)) scopes.push(parts);
  }
  if (scopes.length === 0) return NEVER;
  const all = scopes.map(
    (parts) => `(${parts.map(([kind, ids]) => hasLabel(binder, kind, ids)).join(' AND ')})`,
  );
  return `(${all.join(' OR ')})`;
}

export const NEVER = 'false';

/** Never null: a task without the label does not have it. */
export function hasLabel(binder: Binder, kind: LabelKind, ids: readonly number[]): string {
  if (ids.length === 0) return NEVER;
  const [only] = ids;
  const test =
    ids.length === 1
      ? `${kind} = ${binder.bind(only, 'int')}`
      : `${kind} = ANY(${binder.bind(ids, 'int[]')})`;
  return kind === 'state' ? test : `(${kind} IS NOT NULL AND ${test})`;
}
