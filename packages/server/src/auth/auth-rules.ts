// How access is configured: what config/ hands over and open-authenticator.ts works by. Values are read and checked one by one
// already (option kinds); what contradicts each other is refused by checkAuthRules (check-auth-rules.ts).
import type { Scope } from './permissions.ts';

/** A role of one's own. `rights` holds names of rights and of roles that come with Umbel. */
export interface RoleRule {
  readonly rights: readonly string[];
  readonly scope: Scope;
}

/**
 * Gives a role to people. `who`: a pattern for a name (password, proxy) or a proven address (providers; case does not
 * count), or `group:PATTERN`; `anybody` when nobody has to sign in. In front of it may stand the way in, `github:`.
 */
export interface GrantRule {
  readonly who: string;
  readonly role: string;
}

export interface ProviderRule {
  /** In paths, `--grants` and lists: letters, digits, dashes. */
  readonly id: string;
  readonly kind: 'google' | 'github' | 'gitlab' | 'okta' | 'oidc';
  /** On the button of the sign-in page. */
  readonly label: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Issuer (oidc, okta), or where GitHub Enterprise or one's own GitLab is: `https://git.example.org`. Null: the public one. */
  readonly url: string | null;
  /** As registered at the provider; null: derived from the request. */
  readonly redirectUri: string | null;
  /** Besides those that are needed. */
  readonly scopes: readonly string[];
  /** Claim that lists groups (oidc, okta). */
  readonly groupsClaim: string;
  /** Patterns for addresses that may sign in; empty: whoever is in one of `groups`, or whom a grant names. */
  readonly allow: readonly string[];
  /** GitHub: `org` or `org/team`; GitLab: full paths; others: values of the claim. Exactly one of these is needed; empty: not looked at. */
  readonly groups: readonly string[];
  /** GitLab: least access level in a group, 10 (guest) to 50 (owner). */
  readonly minAccessLevel: number;
}

export interface ProxyRule {
  /** Lower case. Its value is the name. */
  readonly header: string;
  /** Lower case. Its value lists groups, separated by commas. */
  readonly groupsHeader: string | null;
  /** CIDR, and `unix` for the socket: only from there. */
  readonly from: readonly string[];
}

export interface AuthRules {
  /** `name:password`; the password plain, or a hash `$argon2id$…`, `$scrypt$…`, `$2y$…`. */
  readonly users: readonly string[];
  /** Path of an htpasswd file with bcrypt hashes. */
  readonly htpasswd: string | null;
  /** `KEY` or `ROLE:KEY`. */
  readonly apiKeys: readonly string[];
  /** Everybody may do what a grant for `anybody` says, without one everything; counts only while there is no way to sign in (needsSignIn). */
  readonly open: boolean;
  readonly roles: Readonly<Record<string, RoleRule>>;
  readonly grants: readonly GrantRule[];
  /** Of whom no grant names. Null: not said, which means `admin` while there are no grants at all, and `viewer` else. `none`: no role. */
  readonly defaultRole: string | null;
  readonly providers: readonly ProviderRule[];
  readonly proxy: ProxyRule | null;
  readonly sessionIdleMs: number;
  readonly sessionLifetimeMs: number;
  readonly readOnly: boolean;
}
