/**
 * Whether no array or object inside `value` is nested deeper than `levels`; `[]` has one level. What is cyclic never is.
 * Recursion ends with the levels, so a few hundred are safe for any value.
 */
export function isNestedWithin(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (levels === 0) return false;
  return Object.values(value).every((inner) => isNestedWithin(inner, levels - 1));
}
