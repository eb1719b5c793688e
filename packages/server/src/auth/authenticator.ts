// THE SEAM between http/ and auth/: who is asking, and how somebody signs in and out. No trace of Fastify, cookies are text.
// Opened by open-authenticator.ts.
import type { Identity, SessionRecord, TokenRecord } from '../store/ledger.ts';
import type { Permissions } from './permissions.ts';

/** Somebody who is known. */
export interface Caller {
  readonly identity: Identity;
  readonly permissions: Permissions;
  /** When they came by a session. */
  readonly session: { readonly hash: string; readonly csrfToken: string } | null;
  /** When they came by an API token or key: its name. */
  readonly token: string | null;
}

/** What a request shows of who it comes from. */
export interface Evidence {
  readonly authorization: string | undefined;
  /** Value of the session cookie. */
  readonly sessionCookie: string | undefined;
  /** Any header by its name in lower case, for proxy sign-in; a header that came twice is a list. */
  readonly header: (name: string) => string | readonly string[] | undefined;
  /** Address of the socket's other end; null on a unix socket. */
  readonly peer: string | null;
  /** The client, seen through trusted proxies; null when not known. */
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** Nobody known. `sentence` is for the client and never says which part was wrong. */
export interface NotSignedIn {
  readonly refused: 'nothing' | 'wrong' | 'throttled' | 'not_allowed' | 'misconfigured' | 'busy';
  readonly sentence: string;
  /** Seconds, when throttled or busy. */
  readonly retryAfterS?: number | undefined;
  /** Who it claimed to be, for the audit trail. */
  readonly claimed?: string | null | undefined;
  /** For the operator's log: what has to be mended. Never for the client. */
  readonly operatorHint?: string | undefined;
  /** This refusal is one of many like it: it does not go to the audit trail. */
  readonly unrecorded?: true | undefined;
}

export interface SignedIn {
  readonly caller: Caller;
  /** Value for the session cookie. */
  readonly sessionCookie: string;
  /** Epoch milliseconds. */
  readonly expiresAt: number;
}

export interface Provider {
  /** In paths: `google`, `github`, `gitlab`, `okta`, `oidc` or as configured. */
  readonly id: string;
  readonly label: string;
}

export interface Authenticator extends AsyncDisposable {
  /** Nobody has to say who they are. */
  readonly open: boolean;
  /** Ways to sign in that are configured, for the sign-in page. */
  readonly ways: { readonly password: boolean; readonly providers: readonly Provider[] };
  /** Value of WWW-Authenticate for a 401 of the API. */
  readonly challenge: string;

  identify(evidence: Evidence): Promise<Caller | NotSignedIn>;

  signInWithPassword(name: string, password: string, evidence: Evidence): Promise<SignedIn | NotSignedIn>;
  /** With the secret of a one-time link. */
  signInWithLink(secret: string, evidence: Evidence): Promise<SignedIn | NotSignedIn>;
  /**
   * Where to send the browser, and what it must bring back in a cookie.
   * @param next own path to go to afterwards, checked already
   * @param origin scheme and host under which the browser sees this server, prefix included
   */
  beginProviderSignIn(
    provider: string,
    options: { readonly next: string; readonly origin: string; readonly evidence: Evidence },
  ): Promise<{ readonly url: string; readonly browserCookie: string } | NotSignedIn>;
  /** @param query of the callback, without `?` */
  finishProviderSignIn(
    provider: string | null,
    options: {
      readonly query: string;
      readonly browserCookie: string | undefined;
      readonly evidence: Evidence;
    },
  ): Promise<(SignedIn & { readonly next: string }) | NotSignedIn>;

  signOut(caller: Caller): Promise<void>;
  /** Ends every session of this person; answers how many. */
  signOutEverywhere(caller: Caller): Promise<number>;
  sessions(of: Caller | 'everybody'): Promise<readonly SessionRecord[]>;
  /** By its public id (first 16 digits of its hash). False when there is none that `by` may end. */
  endSession(publicId: string, by: Caller): Promise<boolean>;

  tokens(of: Caller | 'everybody'): Promise<readonly TokenRecord[]>;
  /** Answers the token, which is shown this once. @throws TokenError */
  createToken(
    by: Caller,
    options: {
      readonly name: string;
      /** Subset of the caller's; null: all of them. */
      readonly rights: readonly string[] | null;
      readonly expiresAt: number | null;
      readonly networks: readonly string[];
    },
  ): Promise<{ readonly secret: string; readonly token: TokenRecord }>;
  /** False when there is none that `by` may revoke: their own, or with `admin` any. */
  revokeToken(id: string, by: Caller): Promise<boolean>;

  /** Roles, grants and ways to sign in, for GET /api/v1/access; no secret in it. */
  describe(): Readonly<Record<string, unknown>>;
  close(): Promise<void>;
}
