// The text of a task that its grams are made of, and words as they are looked for in it.
import { foldText } from '../../../query/fold-case.ts';
import { GRAM_SEPARATOR } from './gram-hash.ts';

/** @param values what is searched besides the labels: uuid, args, kwargs, result and exception, in any order */
export function gramText(values: readonly (string | null)[]): string {
  return foldText(values.filter((value) => value !== null).join(GRAM_SEPARATOR));
}
