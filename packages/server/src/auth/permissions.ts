// What somebody may do: rights, each everywhere or only for some tasks, queues and workers. Pure.
import { matchesAny } from '../store/name-pattern.ts';
import { ALL_RIGHTS, CHANGING_RIGHTS, type Right } from './rights.ts';

/** Where rights hold. Patterns (store/name-pattern.ts); what is missing is not looked at. */
export interface Scope {
  readonly tasks?: readonly string[] | undefined;
  readonly queues?: readonly string[] | undefined;
  readonly workers?: readonly string[] | undefined;
}

/** A role as somebody has it: rights, and where they hold. */
export interface Grant {
  readonly role: string;
  readonly rights: readonly Right[];
  readonly scope: Scope;
}

/** What a right is asked for. Null or missing: not known, which no pattern matches. */
export interface Target {
  readonly task?: string | null | undefined;
  /** Every one of them must match: the queues of a worker. None: not known. */
  readonly queues?: readonly string[] | undefined;
  readonly worker?: string | null | undefined;
}

export interface Permissions {
  /** Names, for people. */
  readonly roles: readonly string[];
  /** Rights that hold somewhere, in the order of the table. */
  readonly rights: readonly Right[];
  has(right: Right): boolean;
  /** Whether the right holds for this target. */
  covers(right: Right, target: Target): boolean;
  /** Where the right holds: null everywhere; an empty list nowhere; else in any of these. */
  scopesOf(right: Right): readonly Scope[] | null;
  /** At most these rights of them. */
  narrowedTo(rights: readonly Right[]): Permissions;
}

/** @param readOnly takes every right that changes something away */
export function createPermissions(
  grants: readonly Grant[],
  { readOnly }: { readOnly: boolean },
): Permissions {
  const holds = (grant: Grant, right: Right) =>
    grant.rights.includes(right) && !(readOnly && CHANGING_RIGHTS.has(right));
  const withRight = (right: Right) => grants.filter((grant) => holds(grant, right));
  return {
    roles: [...new Set(grants.map((grant) => grant.role))],
    rights: ALL_RIGHTS.filter((right) => withRight(right).length > 0),
    has: (right) => withRight(right).length > 0,
    covers: (right, target) => withRight(right).some(({ scope }) => isWithin(scope, target)),
    scopesOf(right) {
      const scopes = withRight(right).map(({ scope }) => scope);
      return scopes.some(isEverywhere) ? null : scopes;
    },
    narrowedTo: (rights) =>
      createPermissions(
        grants.map((grant) => ({ ...grant, rights: grant.rights.filter((right) => rights.includes(right)) })),
        { readOnly },
      ),
  };
}

function isEverywhere({ tasks, queues, workers }: Scope): boolean {
  return tasks === undefined && queues === undefined && workers === undefined;
}

/** What is not known is outside: a narrowed right must never reach further for lack of knowledge. */
export function isWithin(scope: Scope, { task, queues, worker }: Target): boolean {
  return (
    (scope.tasks === undefined || (typeof task === 'string' && matchesAny(scope.tasks, task))) &&
    (scope.workers === undefined || (typeof worker === 'string' && matchesAny(scope.workers, worker))) &&
    (scope.queues === undefined ||
      (queues !== undefined &&
        queues.length > 0 &&
        queues.every((queue) => matchesAny(scope.queues as readonly string[], queue))))
  );
}
