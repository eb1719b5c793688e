// What a query asks of a task, as a tree. Parsing makes it, the store answers it, formatting writes it as text again.

export const TEXT_FIELDS = [
  'name',
  'worker',
  'queue',
  'exception',
  'traceback',
  'result',
  'args',
  'kwargs',
] as const;
export type TextField = (typeof TEXT_FIELDS)[number];

export const LIST_FIELDS = ['state', 'group', 'id', 'root', 'parent', 'fp'] as const;
/** `group` is a deployment, `fp` the fingerprint of a group of failures. */
export type ListField = (typeof LIST_FIELDS)[number];

export const NUMBER_FIELDS = ['run', 'wait', 'retries'] as const;
export type NumberField = (typeof NUMBER_FIELDS)[number];

export const TIME_FIELDS = ['sent', 'received', 'started', 'finished', 'eta'] as const;
export type TimeField = (typeof TIME_FIELDS)[number];

export const FLAGS = [
  'running',
  'waiting',
  'scheduled',
  'lost',
  'retried',
  'recovered',
  'revoking',
  'cut',
  'rerun',
  'slow',
] as const;
/** What each asks, task-flags.ts says. `slow`: it ran longer than the p99 of its type on the day before. */
export type Flag = (typeof FLAGS)[number];

export const PARTS = ['result', 'traceback', 'children', 'parent', 'eta'] as const;
export type Part = (typeof PARTS)[number];

/** A key of a mapping, or an index of a list from 0. */
export type PathStep = string | number;

export type TaskCondition =
  | WordCondition
  | TextCondition
  | PathCondition
  | ListCondition
  | NumberCondition
  | TimeCondition
  | FlagCondition
  | PartCondition
  | AllCondition
  | AnyCondition
  | NotCondition;

/** The text is contained in id, name, args, kwargs, result or exception. Never empty; how short is too short, the store says. */
export interface WordCondition {
  readonly kind: 'word';
  readonly text: string;
  /** `names`: in id and name alone, for who may not see the rest (names-only.ts). No text of a query says so. Default: everywhere. */
  readonly in?: 'everywhere' | 'names' | undefined;
}

/**
 * The field contains the text, is it, or starts with it. Empty only for `is`: then there is nothing in the field. Case counts only
 * for `is`; for an exception that one means its type, unless the text cannot be the name of one.
 */
export interface TextCondition {
  readonly kind: 'text';
  readonly field: TextField;
  readonly match: 'contains' | 'is' | 'starts';
  readonly text: string;
}

/**
 * The value at the path of the parsed arguments, written as text, is the text or starts with it; case does not count. Empty only for `is`,
 * which None is too. The path has a step at least: the first is an index for `args`, a key for `kwargs`.
 */
export interface PathCondition {
  readonly kind: 'path';
  readonly of: 'args' | 'kwargs';
  readonly path: readonly PathStep[];
  readonly match: 'is' | 'starts';
  readonly text: string;
}

/** The field is one of the values, of which there is one at least, of the same case; states are in capitals. Ids also by their first 8 characters. */
export interface ListCondition {
  readonly kind: 'one-of';
  readonly field: ListField;
  readonly values: readonly string[];
}

/** `run` and `wait` are seconds, `retries` is a whole count. Never negative. */
export interface NumberCondition {
  readonly kind: 'number';
  readonly field: NumberField;
  readonly compare: 'is' | 'above' | 'at-least' | 'below' | 'at-most';
  readonly value: number;
}

/**
 * The time is at `from` or later and before `to`: `from` is inclusive, `to` exclusive. Epoch seconds in whole milliseconds; null
 * is without end, at one side at most, and `from` is before `to`.
 */
export interface TimeCondition {
  readonly kind: 'time';
  readonly field: TimeField;
  readonly from: number | null;
  readonly to: number | null;
}

export interface FlagCondition {
  readonly kind: 'is';
  readonly flag: Flag;
}

export interface PartCondition {
  readonly kind: 'has';
  readonly part: Part;
}

/** Every one of two or more holds. */
export interface AllCondition {
  readonly kind: 'all';
  readonly of: readonly TaskCondition[];
}

/** One at least of two or more holds. */
export interface AnyCondition {
  readonly kind: 'any';
  readonly of: readonly TaskCondition[];
}

export interface NotCondition {
  readonly kind: 'not';
  readonly of: TaskCondition;
}
