// Who may sign in through a provider: proven addresses by whole patterns, and groups. Asked at sign-in and at every request
// after it. Pure.
import { matchesAny } from '../store/name-pattern.ts';
import type { ProviderRule } from './auth-rules.ts';

export interface ProvenFacts {
  /** A proven address; null: none. */
  readonly email: string | null;
  readonly groups: readonly string[];
}

/**
 * Whether a rule lets somebody in: the address matches one of `allow` from its first to its last character (case does not
 * count), and one of `groups` is theirs. What the rule leaves empty is not asked; a rule with neither leaves it to the grants.
 */
export function isAllowed(
  rule: Pick<ProviderRule, 'allow' | 'groups'>,
  { email, groups }: ProvenFacts,
): boolean {
  const byAddress =
    rule.allow.length === 0 || (email !== null && matchesAny(rule.allow.map(lowerAscii), lowerAscii(email)));
  const byGroup = rule.groups.length === 0 || rule.groups.some((wanted) => groups.includes(wanted));
  return byAddress && byGroup;
}

/** ASCII only: Unicode would make a `k` of the Kelvin sign, and so one address of two. */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/**
 * Why a pattern reaches further than somebody who writes a list of people can mean; null: it does not. After the `@` only
 * whole subdomains may vary: `*@example.org`, `*@*.example.org`, never `ada@*` or `*@*example.org`.
 */
export function widePattern(pattern: string): string | null {
  const at = pattern.lastIndexOf('@');
  if (at === -1) {
    return /[*?]/.test(pattern) || !pattern.includes('.')
      ? 'has no @: an address is ada@example.org, a whole domain *@example.org'
      : `has no @: for the whole domain write *@${pattern}`;
  }
  const domain = pattern.slice(at + 1);
  const fixed = domain.startsWith('*.') ? domain.slice(2) : domain;
  if (fixed === '' || /[*?]/.test(fixed))
    return 'must spell the domain out after the @: *@example.org, or *@*.example.org for what is below it';
  return domain !== fixed && !fixed.includes('.') ? 'would let a whole top-level domain in' : null;
}
