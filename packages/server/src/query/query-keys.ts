// The keys that a term may have, and which word of a list one that is not in it was meant to be.
import { LIST_FIELDS, NUMBER_FIELDS, TEXT_FIELDS, TIME_FIELDS } from './task-condition.ts';

export const KEYS: readonly string[] = [
  ...TEXT_FIELDS,
  ...LIST_FIELDS,
  ...NUMBER_FIELDS,
  ...TIME_FIELDS,
  'is',
  'has',
];

/** Longer than every key, so that a text of two thousand letters is compared as fast as a short one. */
const LONGEST = 40;

export function isOneOf<T extends string>(list: readonly T[], word: string): word is T {
  return (list as readonly string[]).includes(word);
}

/** The word of the list that the fewest changes of a letter lead to; of several the first. */
export function nearestOf(list: readonly string[], word: string): string {
  const given = word.slice(0, LONGEST);
  let nearest = '';
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of list) {
    const changes = changesBetween(given, candidate);
    if (changes < fewest) [nearest, fewest] = [candidate, changes];
  }
  return nearest;
}

/** Levenshtein's distance. */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
