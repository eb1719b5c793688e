// An authenticator for tests of routing: who asks is what a header says; the rest is remembering-authenticator.ts. What proves
// somebody is tested in src/auth/.
import type { Authenticator, Caller, Evidence, NotSignedIn } from '../../src/auth/authenticator.ts';
import { createPermissions, type Grant } from '../../src/auth/permissions.ts';
import { BUILT_IN_ROLES } from '../../src/auth/rights.ts';
import { createRememberingAuthenticator } from './remembering-authenticator.ts';

/** Signs in as one of the roles. */
export const ROLE_HEADER = 'x-test-caller';
/** Signs in as one of the roles by a session; its token is `CSRF_TOKEN`. */
export const SESSION_HEADER = 'x-test-session';
export const CSRF_TOKEN = 'token-of-the-session';

export interface FakeAccess {
  /** Nobody has to say who they are. Default: true, and whoever says nothing is an admin. */
  readonly open?: boolean;
  readonly readOnly?: boolean;
  /** Besides viewer, operator, admin, and `nothing` which has no right. */
  readonly roles?: Readonly<Record<string, readonly Grant[]>>;
  /** What is answered instead, for requests that have a role or a session of this name. */
  readonly refusals?: Readonly<Record<string, NotSignedIn>>;
}

const NOBODY: NotSignedIn = { refused: 'nothing', sentence: 'Sign in first.' };

export function createFakeAuthenticator(
  { open = true, readOnly = false, roles = {}, refusals = {} }: FakeAccess = {},
  overrides: Partial<Authenticator> = {},
): Authenticator {
  const known: Readonly<Record<string, readonly Grant[]>> = {
    viewer: [{ role: 'viewer', rights: BUILT_IN_ROLES.viewer, scope: {} }],
    operator: [{ role: 'operator', rights: BUILT_IN_ROLES.operator, scope: {} }],
    admin: [{ role: 'admin', rights: BUILT_IN_ROLES.admin, scope: {} }],
    nothing: [],
    ...roles,
  };

  function caller(role: string, via: string, hasSession: boolean): Caller | NotSignedIn {
    const refusal = refusals[role];
    if (refusal !== undefined) return refusal;
    const grants = known[role];
    if (grants === undefined) {
      return { refused: 'wrong', sentence: 'Name or password is wrong.', claimed: role };
    }
    return {
      identity: { subject: `${via}:${role}`, name: role, email: null, via, groups: [] },
      permissions: createPermissions(grants, { readOnly }),
      session: hasSession ? { hash: 'f'.repeat(64), csrfToken: CSRF_TOKEN } : null,
      token: null,
    };
  }

  async function identify({ header }: Evidence): Promise<Caller | NotSignedIn> {
    const session = header(SESSION_HEADER);
    if (typeof session === 'string') return caller(session, 'password', true);
    const role = header(ROLE_HEADER);
    if (typeof role === 'string') return caller(role, 'key', false);
    return open ? caller('admin', 'open', false) : NOBODY;
  }

  return {
    ...createRememberingAuthenticator().authenticator,
    open,
    ways: { password: true, providers: [] },
    identify,
    ...overrides,
  };
}
