// A condition on a label column of `tasks`, and how many tasks meet it.
import type { LabelKind, Labels } from './labels.ts';

/** Any of these ids. `tasks` says how many tasks meet it. */
export interface LabelCondition {
  readonly column: LabelKind;
  readonly ids: readonly number[];
  readonly tasks: number;
}

/** @param ids may repeat */
export function labelCondition(labels: Labels, column: LabelKind, ids: readonly number[]): LabelCondition {
  const distinct = [...new Set(ids)];
  return { column, ids: distinct, tasks: distinct.reduce((sum, id) => sum + labels.tasksWith(id), 0) };
}
