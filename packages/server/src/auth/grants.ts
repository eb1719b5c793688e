// Who somebody is ▶ what they may do, by the rules as they are now. Asked at every request, so that tightened rules act at once,
// also on sessions and tokens from before. Pure.
import type { Identity } from '../store/ledger.ts';
import { matchesPattern } from '../store/name-pattern.ts';
import { isAllowed, lowerAscii, widePattern } from './allowed-people.ts';
import type { AuthRules, GrantRule } from './auth-rules.ts';
import { createPermissions, type Grant, type Permissions } from './permissions.ts';
import { createRoles, NO_ROLE } from './roles.ts';

/** Whom a grant names. */
export interface Who {
  /** Null: people who came by any way, but no keys. */
  readonly way: string | null;
  readonly by: 'name' | 'group' | 'anybody';
  readonly pattern: string;
}

/** Ways in by which people come, and which are no providers. */
const OWN_WAYS = ['password', 'proxy', 'key'] as const;

/**
 * Reads `PATTERN`, `group:PATTERN` or `anybody`, a way in and a colon in front of the first two.
 * @throws TypeError with the end of a sentence about it
 */
export function readWho(who: string, providerIds: readonly string[]): Who {
  if (who === 'anybody') return { way: null, by: 'anybody', pattern: '*' };
  const ways: readonly string[] = [...OWN_WAYS, ...providerIds];
  const colon = who.indexOf(':');
  const head = colon === -1 ? null : who.slice(0, colon);
  const way = head !== null && ways.includes(head) ? head : null;
  const rest = way === null ? who : who.slice(colon + 1);
  const by = rest.startsWith('group:') ? 'group' : 'name';
  const pattern = by === 'group' ? rest.slice('group:'.length) : rest;
  if (pattern === '') throw new TypeError('names nobody');
  if (by === 'name' && pattern.includes(':'))
    throw new TypeError(
      `begins with a way in that is not configured; there is ${[...ways, 'group'].join(', ')}`,
    );
  if (way !== null && pattern === 'anybody')
    throw new TypeError('says that nobody has to sign in, and how they do: leave one of them out');
  return { way, by, pattern };
}

export interface Grants {
  permissionsOf(identity: Identity): Permissions;
  /** Of tokens from the command line and keys with a role. */
  permissionsOfRoles(roles: readonly string[]): Permissions;
  /** Whether somebody whom a provider has proven may come in, now. */
  admits(identity: Identity): boolean;
  /** For people: the role of whoever no grant names. */
  readonly defaultRole: string;
}

/** @param rules checked by checkAuthRules */
export function createGrants(rules: AuthRules): Grants {
  const roles = createRoles(rules.roles);
  const providerIds = rules.providers.map(({ id }) => id);
  const grants = rules.grants.map((rule) => ({ ...rule, whom: readWho(rule.who, providerIds) }));
  const defaultRole = rules.defaultRole ?? (grants.length > 0 ? 'viewer' : 'admin');
  const isProvider = (way: string) => providerIds.includes(way);

  const isNamed = (whom: Who, identity: Identity) => {
    if (whom.by === 'anybody') return identity.via === 'open';
    if (whom.way === null ? identity.via === 'key' : whom.way !== identity.via) return false;
    if (whom.by === 'group') return identity.groups.some((group) => matchesPattern(whom.pattern, group));
    if (!isProvider(identity.via)) return matchesPattern(whom.pattern, identity.name);
    // What a provider calls somebody is theirs to choose; only the proven address is not.
    return identity.email !== null && matchesPattern(lowerAscii(whom.pattern), lowerAscii(identity.email));
  };
  const permissionsOfRoles = (names: readonly string[]) =>
    createPermissions(
      [...new Set(names)]
        .map((name) => roles.grantOf(name))
        .filter((grant): grant is Grant => grant !== null),
      { readOnly: rules.readOnly },
    );

  const rolesOf = (identity: Identity): readonly string[] => {
    if (identity.via === 'link') return ['admin'];
    const named = grants.filter(({ whom }) => isNamed(whom, identity)).map(({ role }) => role);
    if (named.length > 0) return named;
    if (identity.via === 'open') return ['admin'];
    return defaultRole === NO_ROLE ? [] : [defaultRole];
  };

  return {
    defaultRole,
    permissionsOfRoles,
    permissionsOf: (identity) => permissionsOfRoles(rolesOf(identity)),
    admits(identity) {
      const rule = rules.providers.find(({ id }) => id === identity.via);
      if (rule === undefined || !isAllowed(rule, identity)) return false;
      if (rule.allow.length > 0 || rule.groups.length > 0) return true;
      return grants.some(({ whom }) => canAdmit(whom) && isNamed(whom, identity));
    },
  };
}

/** Whether a grant is enough to come in by: it has to name people, not everybody whom a provider knows. */
function canAdmit({ by, pattern }: Who): boolean {
  return by === 'group' ? /[^*?/]/.test(pattern) : by === 'name' && widePattern(pattern) === null;
}

/** Grants that let people in by a provider which has no list of its own. */
export function grantsAdmittingBy(
  providerId: string,
  grants: readonly GrantRule[],
  providerIds: readonly string[],
): readonly GrantRule[] {
  return grants.filter(({ who }) => {
    const whom = readWho(who, providerIds);
    return (whom.way === null || whom.way === providerId) && canAdmit(whom);
  });
}
