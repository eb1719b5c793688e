// Sessions: a random id in a cookie, its hash in the ledger, where every desk and the next start find it. They end by idling,
// by age, by signing out, and by being ended; they give nothing themselves: rights are concluded from the identity each time.
import { createHmac, randomBytes } from 'node:crypto';
import type { Log } from '@umbel/celery';
import type { AccessStore, Identity, SessionRecord } from '../store/ledger.ts';
import type { AuthRules } from './auth-rules.ts';
import type { Evidence } from './authenticator.ts';
import { hashOfSecret } from './secret-hash.ts';

const ID_BYTES = 32;
const ID = /^[A-Za-z0-9_-]{43}$/;
const PUBLIC_ID_LENGTH = 16;
const TOUCH_EVERY_MS = 60_000;
const LONGEST_USER_AGENT = 200;
const SWEEP_EVERY_MS = 600_000;

export interface Sessions {
  /** Begins a session under a new id, and ends the one that this browser came with. */
  begin(
    identity: Identity,
    evidence: Evidence,
  ): Promise<{ readonly session: SessionRecord; readonly cookie: string }>;
  /** Null: there is none, or it is over. Rejects with StoreError. */
  find(cookie: string): Promise<SessionRecord | null>;
  /** Ends the session by its public id, if it is among these. */
  end(publicId: string, among: readonly SessionRecord[]): Promise<boolean>;
  close(): void;
}

export interface SessionsOptions {
  readonly ledger: Pick<
    AccessStore,
    'writeSession' | 'readSession' | 'touchSession' | 'deleteSession' | 'sweep'
  >;
  readonly rules: Pick<AuthRules, 'sessionIdleMs' | 'sessionLifetimeMs'>;
  readonly log: Log;
  readonly now: () => number;
}

/** Sweeps the ledger now and then, until it is closed. */
export function openSessions({ ledger, rules, log, now }: SessionsOptions): Sessions {
  const note = (text: string) => (error: unknown) => log.warn({ error: String(error) }, text);
  const sweep = () => {
    ledger
      .sweep({ now: now(), idleBefore: now() - rules.sessionIdleMs })
      .catch(note('could not clean up sessions that are over'));
  };
  const sweeping = setInterval(sweep, SWEEP_EVERY_MS).unref();
  sweep();
  return {
    async begin(identity, { sessionCookie, address, userAgent }) {
      const cookie = randomBytes(ID_BYTES).toString('base64url');
      const session: SessionRecord = {
        hash: hashOfSecret(cookie),
        identity,
        createdAt: now(),
        seenAt: now(),
        expiresAt: now() + rules.sessionLifetimeMs,
        address,
        userAgent: userAgent?.slice(0, LONGEST_USER_AGENT).replace(/\p{C}/gu, '') ?? null,
      };
      await ledger.writeSession(session);
      if (sessionCookie !== undefined && ID.test(sessionCookie))
        await ledger.deleteSession(hashOfSecret(sessionCookie));
      return { session, cookie };
    },
    async find(cookie) {
      if (!ID.test(cookie)) return null;
      const session = await ledger.readSession(hashOfSecret(cookie));
      if (session === null || session.expiresAt <= now() || session.seenAt + rules.sessionIdleMs <= now())
        return null;
      // Nobody waits for it.
      if (now() - session.seenAt >= TOUCH_EVERY_MS)
        ledger.touchSession(session.hash, now()).catch(note('could not note that a session was used'));
      return session;
    },
    async end(publicId, among) {
      const session = among.find((one) => publicIdOf(one) === publicId);
      return session !== undefined && ledger.deleteSession(session.hash);
    },
    close: () => clearInterval(sweeping),
  };
}

/** By which people see a session named: the first digits of its hash, of no use to whoever has no cookie. */
export function publicIdOf({ hash }: Pick<SessionRecord, 'hash'>): string {
  return hash.slice(0, PUBLIC_ID_LENGTH);
}

/** What changes made by a session must carry besides its cookie. Only who has the cookie can compute it; nothing keeps it. */
export function csrfTokenOf(cookie: string): string {
  return createHmac('sha256', cookie).update('umbel csrf token').digest('base64url');
}
