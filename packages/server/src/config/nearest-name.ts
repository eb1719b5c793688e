// "Did you mean …?" for a name that is no option.
import { closest, distance } from 'fastest-levenshtein';

/** Names further away than this are no likely slips of the same word. */
const LARGEST_SLIP = 4;

/** The name that was probably meant, or null. */
export function nearestName(given: string, names: readonly string[]): string | null {
  const nearest = closest(given, names);
  return distance(given, nearest) <= LARGEST_SLIP ? nearest : null;
}
