// Sessions of people who are signed in.
import type { DatabaseSync } from 'node:sqlite';
import type { Identity, SessionRecord } from '../ledger.ts';

interface SessionRow {
  readonly hash: string;
  readonly identity: string;
  readonly created_at: number;
  readonly seen_at: number;
  readonly expires_at: number;
  readonly address: string | null;
  readonly user_agent: string | null;
}

export interface Sessions {
  write(session: SessionRecord): void;
  read(hash: string): SessionRecord | null;
  touch(hash: string, seenAt: number): void;
  list(subject: string | undefined): SessionRecord[];
  delete(hash: string): boolean;
  deleteOf(subject: string): number;
  sweep(times: { readonly now: number; readonly idleBefore: number }): void;
}

export function createSessions(database: DatabaseSync): Sessions {
  const columns = 'hash, identity, created_at, seen_at, expires_at, address, user_agent';
  const insert = database.prepare(
    `INSERT OR REPLACE INTO sessions (subject, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = database.prepare(`SELECT ${columns} FROM sessions WHERE hash = ?`);
  // Two desks may touch it at about the same time.
  const update = database.prepare('UPDATE sessions SET seen_at = max(seen_at, ?) WHERE hash = ?');
  const newestFirst = 'ORDER BY created_at DESC, hash';
  const selectAll = database.prepare(`SELECT ${columns} FROM sessions ${newestFirst}`);
  const selectOf = database.prepare(`SELECT ${columns} FROM sessions WHERE subject = ? ${newestFirst}`);
  const remove = database.prepare('DELETE FROM sessions WHERE hash = ?');
  const removeOf = database.prepare('DELETE FROM sessions WHERE subject = ?');
  const removeOver = database.prepare('DELETE FROM sessions WHERE seen_at < ? OR expires_at <= ?');

  return {
    write({ hash, identity, createdAt, seenAt, expiresAt, address, userAgent }) {
      const identityText = JSON.stringify(identity);
      insert.run(identity.subject, hash, identityText, createdAt, seenAt, expiresAt, address, userAgent);
    },
    read(hash) {
      const row = select.get(hash) as SessionRow | undefined;
      return row === undefined ? null : sessionOf(row);
    },
    touch: (hash, seenAt) => void update.run(seenAt, hash),
    list(subject) {
      const rows = subject === undefined ? selectAll.all() : selectOf.all(subject);
      return (rows as unknown as SessionRow[]).map(sessionOf);
    },
    delete: (hash) => remove.run(hash).changes > 0,
    deleteOf: (subject) => Number(removeOf.run(subject).changes),
    sweep: ({ now, idleBefore }) => void removeOver.run(idleBefore, now),
  };
}

function sessionOf(row: SessionRow): SessionRecord {
  return {
    hash: row.hash,
    identity: JSON.parse(row.identity) as Identity,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    expiresAt: row.expires_at,
    address: row.address,
    userAgent: row.user_agent,
  };
}
