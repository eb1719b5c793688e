// Masks JSON values under secret names. Pure; what is nested too deeply is hidden whole, so that no value overflows the stack.
import { HIDDEN } from './redaction.ts';

/** More than anything real has, and little enough for recursion. */
export const MAX_LEVELS = 200;

export interface Masking {
  readonly isSecret: (name: string) => boolean;
  /** What becomes of a text that has no name of its own. */
  readonly text: (text: string) => string;
}

/** The value itself when nothing in it is masked. */
export function maskValue(value: unknown, masking: Masking, levels: number = MAX_LEVELS): unknown {
  if (typeof value === 'string') return masking.text(value);
  if (typeof value !== 'object' || value === null || JSON.isRawJSON(value)) return value;
  if (levels === 0) return HIDDEN;
  return Array.isArray(value) ? maskList(value, masking, levels) : maskObject(value, masking, levels);
}

function maskList(list: readonly unknown[], masking: Masking, levels: number): readonly unknown[] {
  // Dicts and headers also travel as lists of pairs.
  const [first] = list;
  const isPair =
    list.length === 2 && typeof first === 'string' && !first.includes(' ') && masking.isSecret(first);
  const masked = list.map((item, at) =>
    isPair && at === 1 ? hide(item) : maskValue(item, masking, levels - 1),
  );
  return masked.every((item, at) => Object.is(item, list[at])) ? list : masked;
}

function maskObject(object: object, masking: Masking, levels: number): object {
  const entries = Object.entries(object);
  const masked = entries.map(([key, item]): [string, unknown] => [
    masking.text(key),
    masking.isSecret(key) ? hide(item) : maskValue(item, masking, levels - 1),
  ]);
  const isSame = masked.every(
    ([key, item], at) => key === entries[at]?.[0] && Object.is(item, entries[at]?.[1]),
  );
  // fromEntries defines own keys, so that a key `__proto__` stays an ordinary one.
  return isSame ? object : Object.fromEntries(masked);
}

/** Null, booleans and what is empty say only that there is no secret. */
function hide(value: unknown): unknown {
  if (value === null || typeof value === 'boolean' || value === '' || value === undefined) return value;
  const isEmpty = typeof value === 'object' && !JSON.isRawJSON(value) && Object.keys(value).length === 0;
  return isEmpty ? value : HIDDEN;
}
