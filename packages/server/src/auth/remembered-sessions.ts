// The ledger's sessions, remembered for a moment: a page asks several times in one second, and waiting for the ledger's thread was
// most of what a request cost while others knocked at the door. What this desk changes is forgotten at once; what another desk
// ends is over here within a second.
import type { AccessStore, SessionRecord } from '../store/ledger.ts';

const REMEMBERED_MS = 1_000;
const MOST_REMEMBERED = 1_000;

/** The same store. @param now epoch milliseconds */
export function rememberSessions(ledger: AccessStore, now: () => number): AccessStore {
  const remembered = new Map<string, { readonly session: SessionRecord; readonly until: number }>();
  /** Counts changes: what was read before one must not be remembered after it. */
  let changes = 0;

  function forget(): void {
    changes++;
    remembered.clear();
  }
  async function changing<T>(change: Promise<T>): Promise<T> {
    forget();
    try {
      return await change;
    } finally {
      forget();
    }
  }

  return {
    async readSession(hash) {
      const known = remembered.get(hash);
      if (known !== undefined && now() < known.until) return known.session;
      const before = changes;
      const session = await ledger.readSession(hash);
      if (session !== null && changes === before) {
        if (remembered.size >= MOST_REMEMBERED) remembered.clear();
        remembered.set(hash, { session, until: now() + REMEMBERED_MS });
      }
      return session;
    },
    writeSession: (session) => changing(ledger.writeSession(session)),
    touchSession: (hash, seenAt) => changing(ledger.touchSession(hash, seenAt)),
    deleteSession: (hash) => changing(ledger.deleteSession(hash)),
    deleteSessionsOf: (subject) => changing(ledger.deleteSessionsOf(subject)),
    sweep: (times) => changing(ledger.sweep(times)),
    sessions: (subject) => ledger.sessions(subject),
    writeToken: (token) => ledger.writeToken(token),
    readToken: (hash) => ledger.readToken(hash),
    tokens: (subject) => ledger.tokens(subject),
    touchToken: (id, usedAt, usedFrom) => ledger.touchToken(id, usedAt, usedFrom),
    revokeToken: (id, at) => ledger.revokeToken(id, at),
    putOnce: (once) => ledger.putOnce(once),
    takeOnce: (kind, hash, at) => ledger.takeOnce(kind, hash, at),
  };
}
