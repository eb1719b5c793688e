// Reading what a provider says of somebody. Its answers are input like any other: what has not the right shape is left out. Pure.

const MAX_GROUP_CHARS = 256;

export type Claims = Readonly<Record<string, unknown>>;

export function isClaims(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A string that is fit to be shown and kept; null when it is not one. */
export function readText(value: unknown): string | null {
  return typeof value === 'string' && /^[^\p{Cc}]{1,256}$/u.test(value) ? value : null;
}

/**
 * An address in lower case; null when it is not one. ASCII only, and one `@`: beyond ASCII there are letters whose lower case
 * is another letter's, and two addresses would become one.
 */
export function readAddress(value: unknown): string | null {
  if (typeof value !== 'string' || !/^[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,253}$/.test(value)) return null;
  return value.toLowerCase();
}

/** The names in a claim that is a list, or one name. */
export function readGroups(value: unknown): string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter(
    (group): group is string => readText(group) !== null && String(group).length <= MAX_GROUP_CHARS,
  );
}

/** Some providers send their booleans as text. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true';
}
