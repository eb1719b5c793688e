// THE SEAM to what is kept about people: sessions, API tokens, one-time secrets, and the audit trail. Apart from the history
// (store.ts), in a file of its own: a damaged or deleted history costs nobody their access, a flood of events never delays a
// sign-in, and a copy of the history holds no secret. Implementation: sqlite/open-ledger.ts. Every implementation runs
// ledger.contract.ts. Secrets never come here, only their hashes. All times are epoch milliseconds, Umbel's clock.

/** Who somebody said they were, as the way they signed in has told it. Rights are concluded from it anew at every request. */
export interface Identity {
  /** The same person by the same way in: `password:ada`, `google:1098…`. Compared, never shown. */
  readonly subject: string;
  /** For people: a name or an address. */
  readonly name: string;
  /** A proven address, in lower case. */
  readonly email: string | null;
  /** Way in: `password`, `link`, `token`, `key`, `proxy`, `open`, or the id of a provider (`google`, `oidc` …). */
  readonly via: string;
  /** Groups as the provider names them: `org`, `org/team`, `group/subgroup`, claims. */
  readonly groups: readonly string[];
}

export interface SessionRecord {
  /** SHA-256 of the id in the cookie, hex. The first 16 digits name the session where people see it. */
  readonly hash: string;
  readonly identity: Identity;
  readonly createdAt: number;
  readonly seenAt: number;
  /** Over whatever happens. */
  readonly expiresAt: number;
  readonly address: string | null;
  readonly userAgent: string | null;
}

export interface TokenRecord {
  /** Public. */
  readonly id: string;
  /** SHA-256 of the whole token, hex. */
  readonly hash: string;
  /** First characters of the token, for people to know it by. */
  readonly prefix: string;
  readonly name: string;
  /** Whose rights it has; null for one made on the command line, whose rights are those of its roles alone. */
  readonly owner: Identity | null;
  /** Names of roles; empty: all that the owner may. */
  readonly roles: readonly string[];
  /** Narrows further; null: not. */
  readonly rights: readonly string[] | null;
  /** CIDR; empty: from anywhere. */
  readonly networks: readonly string[];
  readonly createdAt: number;
  readonly expiresAt: number | null;
  readonly revokedAt: number | null;
  readonly usedAt: number | null;
  readonly usedFrom: string | null;
}

/** One line of the audit trail as it is handed in. Everything in it is redacted already. */
export interface AuditEntry {
  readonly at: number;
  /** Name of who asked, or what they claimed to be; null: nothing was said. */
  readonly who: string | null;
  readonly subject: string | null;
  readonly via: string | null;
  /** Name of the API token or key. */
  readonly token: string | null;
  readonly address: string | null;
  /** `task.revoke`, `worker.shutdown`, `session.sign_in` … */
  readonly action: string;
  readonly target: string | null;
  /** JSON. */
  readonly params: Readonly<Record<string, unknown>>;
  /** `refused`: Umbel did not try. `failed`: it tried, and it did not work. */
  readonly outcome: 'done' | 'refused' | 'failed';
  /** HTTP status of the answer. */
  readonly status: number;
  /** One sentence. */
  readonly detail: string | null;
  /** What the workers answered, JSON; null where none was asked. */
  readonly replies: unknown;
  readonly tookMs: number;
}

/** As it is kept: numbered without gaps, each line sealed with the one before it (audit-chain.ts). */
export interface AuditRecord extends AuditEntry {
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
}

export interface AuditQuery {
  /** Exactly; missing: any. */
  readonly who?: string | undefined;
  /** Exactly, or everything below it: `task` finds `task.revoke`. */
  readonly action?: string | undefined;
  readonly target?: string | undefined;
  readonly outcome?: AuditEntry['outcome'] | undefined;
  /** Inclusive. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** A substring of who, action, target, params, detail or address; ASCII case does not count. */
  readonly text?: string | undefined;
  /** Lines before this number: newest first. */
  readonly before?: number | undefined;
  readonly limit: number;
}

export interface AuditVerdict {
  /** Lines looked at. */
  readonly checked: number;
  /** First and last number kept; null when there is none. Retention takes the oldest away and remembers their seal. */
  readonly first: number | null;
  readonly last: { readonly seq: number; readonly hash: string } | null;
  /** The first thing that is wrong, in one sentence; null: the chain holds. */
  readonly problem: string | null;
}

export interface AccessStore {
  writeSession(session: SessionRecord): Promise<void>;
  /** Null when there is none. Expiry is the caller's to judge. */
  readSession(hash: string): Promise<SessionRecord | null>;
  touchSession(hash: string, seenAt: number): Promise<void>;
  /** Newest first. `subject` missing: everybody's. */
  sessions(subject?: string): Promise<SessionRecord[]>;
  /** Whether there was one. */
  deleteSession(hash: string): Promise<boolean>;
  /** How many there were. */
  deleteSessionsOf(subject: string): Promise<number>;

  writeToken(token: TokenRecord): Promise<void>;
  /** Also when it is revoked or expired. */
  readToken(hash: string): Promise<TokenRecord | null>;
  /** Newest first. `subject` missing: everybody's. */
  tokens(subject?: string): Promise<TokenRecord[]>;
  touchToken(id: string, usedAt: number, usedFrom: string | null): Promise<void>;
  /** False when there is none that is not revoked. */
  revokeToken(id: string, at: number): Promise<boolean>;

  /**
   * Keeps something that can be taken once: a link to sign in with, a sign-in under way at a provider.
   * Rejects with StoreError `full` when 10,000 of this kind are kept already.
   * @param hash SHA-256 of the secret, hex
   */
  putOnce(once: {
    readonly kind: string;
    readonly hash: string;
    readonly data: Readonly<Record<string, unknown>>;
    readonly expiresAt: number;
  }): Promise<void>;
  /** Takes it away and answers its data; null when there is none, or it is over at `now`. Two at once never both get it. */
  takeOnce(kind: string, hash: string, now: number): Promise<Readonly<Record<string, unknown>> | null>;

  /** Deletes sessions not seen since `idleBefore` or over at `now`, one-time secrets that are over, and tokens revoked or expired 90 days ago. */
  sweep(times: { readonly now: number; readonly idleBefore: number }): Promise<void>;
}

export interface AuditStore {
  /** Appends all, in order, in one transaction, durably; answers number and seal of the last. Never changes a line. */
  appendAudit(entries: readonly AuditEntry[]): Promise<{ readonly seq: number; readonly hash: string }>;
  /** Newest first; `next` is the `before` of the following page, null at the end. */
  listAudit(
    query: AuditQuery,
  ): Promise<{ readonly records: readonly AuditRecord[]; readonly next: number | null }>;
  /** Walks the whole chain. `expected`: this line must be there with this seal, as a log line once said. */
  verifyAudit(expected?: { readonly seq: number; readonly hash: string }): Promise<AuditVerdict>;
  /** Deletes at most `limit` of the oldest lines from before `before`; answers how many. */
  pruneAudit(before: number, limit: number): Promise<number>;
}

/** Everything rejects with StoreError: `unavailable`, `full`, `closed`. */
export interface Ledger extends AccessStore, AuditStore, AsyncDisposable {
  /** For people: the path. */
  readonly location: string;
  close(): Promise<void>;
}
