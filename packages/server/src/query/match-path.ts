// The value at a path of a task's arguments, compared as text.
import { foldCase } from './fold-case.ts';
import type { PathCondition, PathStep } from './task-condition.ts';

/** @param value what parse-python-repr.ts made of args or kwargs */
export function matchPath({ path, match, text }: PathCondition, value: unknown): boolean {
  let at = value;
  for (const step of path) {
    at = stepInto(at, step);
    if (at === undefined) return false;
  }
  const folded = foldCase(text);
  const texts = textsOf(at).map(foldCase);
  return texts.some((own) => (match === 'starts' ? own.startsWith(folded) : own === folded));
}

/** Undefined where there is nothing. */
function stepInto(value: unknown, step: PathStep): unknown {
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return undefined;
  // Keys of a mapping are text, whatever they were in Python.
  const key = String(step);
  if (Array.isArray(value)) return /^\d{1,6}$/.test(key) ? value[Number(key)] : undefined;
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

/**
 * As it may be written in a query: True and False as Python does or as JSON does, None also as null or as nothing, lists and mappings
 * as JSON does.
 */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return value === null ? ['None', 'null', ''] : [JSON.stringify(value)];
}
