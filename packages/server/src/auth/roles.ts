// Names of roles ▶ the rights they hold and where. Pure.
import type { RoleRule } from './auth-rules.ts';
import type { Grant } from './permissions.ts';
import { ALL_RIGHTS, BUILT_IN_ROLES, isRight, type Right } from './rights.ts';

/** As a default role: no right at all. */
export const NO_ROLE = 'none';

export interface Roles {
  readonly names: readonly string[];
  /** Null when there is no such role: whoever has it has nothing. */
  grantOf(role: string): Grant | null;
}

export function createRoles(rules: Readonly<Record<string, RoleRule>>): Roles {
  const grants = new Map<string, Grant>();
  for (const [role, rights] of Object.entries(BUILT_IN_ROLES)) grants.set(role, { role, rights, scope: {} });
  for (const [role, rule] of Object.entries(rules)) {
    const held = new Set(rule.rights.flatMap(rightsBehind));
    grants.set(role, { role, rights: ALL_RIGHTS.filter((right) => held.has(right)), scope: rule.scope });
  }
  return { names: [...grants.keys()], grantOf: (role) => grants.get(role) ?? null };
}

/** A right, or the rights of a role that comes with Umbel. Unknown words hold none. */
function rightsBehind(word: string): readonly Right[] {
  if (isRight(word)) return [word];
  return isBuiltInRole(word) ? BUILT_IN_ROLES[word] : [];
}

export function isBuiltInRole(word: string): word is keyof typeof BUILT_IN_ROLES {
  return Object.hasOwn(BUILT_IN_ROLES, word);
}
