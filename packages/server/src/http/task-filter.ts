// The filter that the parameters of /api/v1/tasks and its neighbours mean.
import { InvalidRequest } from '../contract/parameter.ts';
import { type Moment, resolveMoment } from '../contract/v1-moment.ts';
import type { TaskCondition, TimeField } from '../query/task-condition.ts';
import { readQuery } from './read-query.ts';

export interface AskedTasks {
  readonly q: string | undefined;
  readonly from: Moment | undefined;
  readonly to: Moment | undefined;
  readonly time: TimeField;
}

/** What `q` says alone, and with the window of time; undefined: all tasks. */
export interface ReadTasks {
  readonly asked: TaskCondition | undefined;
  readonly query: TaskCondition | undefined;
}

/** @throws InvalidRequest, InvalidQuery */
export function readTaskFilter({ q, from, to, time }: AskedTasks, nowMs: number): ReadTasks {
  const asked = readQuery('q', q, nowMs);
  return { asked, query: allOf([asked, windowOf(time, from, to, nowMs)]) };
}

function windowOf(
  field: TimeField,
  from: Moment | undefined,
  to: Moment | undefined,
  nowMs: number,
): TaskCondition | undefined {
  if (from === undefined && to === undefined) return undefined;
  const fromS = from === undefined ? null : resolveMoment(from, nowMs) / 1_000;
  const toS = to === undefined ? null : resolveMoment(to, nowMs) / 1_000;
  if (fromS !== null && toS !== null && fromS >= toS) throw new InvalidRequest('from must be before to.');
  return { kind: 'time', field, from: fromS, to: toS };
}

/** Every one that is given. */
export function allOf(conditions: readonly (TaskCondition | undefined)[]): TaskCondition | undefined {
  const of = conditions.filter((one) => one !== undefined);
  return of.length > 1 ? { kind: 'all', of } : of[0];
}
