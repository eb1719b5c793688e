// Sessions of people who are signed in.
import type { ClientBase } from 'pg';
import type { Identity, SessionRecord } from '../../ledger.ts';
import { givenText, keptText } from './kept-text.ts';

interface SessionRow {
  readonly hash: string;
  readonly identity: string;
  readonly created_at: number;
  readonly seen_at: number;
  readonly expires_at: number;
  readonly address: string | null;
  readonly user_agent: string | null;
}

const COLUMNS = 'hash, identity, created_at, seen_at, expires_at, address, user_agent';

export async function writeSession(client: ClientBase, session: SessionRecord): Promise<void> {
  const { hash, identity, createdAt, seenAt, expiresAt, address, userAgent } = session;
  await client.query(
    `INSERT INTO access_sessions (subject, ${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (hash) DO UPDATE SET subject = excluded.subject, identity = excluded.identity,
       created_at = excluded.created_at, seen_at = excluded.seen_at, expires_at = excluded.expires_at,
       address = excluded.address, user_agent = excluded.user_agent`,
    [
      keptText(identity.subject),
      hash,
      JSON.stringify(identity),
      createdAt,
      seenAt,
      expiresAt,
      keptText(address),
      keptText(userAgent),
    ],
  );
}

export async function readSession(client: ClientBase, hash: string): Promise<SessionRecord | null> {
  const { rows } = await client.query<SessionRow>(`SELECT ${COLUMNS} FROM access_sessions WHERE hash = $1`, [
    keptText(hash),
  ]);
  return rows[0] === undefined ? null : sessionOf(rows[0]);
}

/** Two desks may touch it at about the same time. What would change nothing is not written. */
export async function touchSession(client: ClientBase, hash: string, seenAt: number): Promise<void> {
  await client.query('UPDATE access_sessions SET seen_at = $1 WHERE hash = $2 AND seen_at < $1', [
    seenAt,
    hash,
  ]);
}

/** Newest first. @param subject undefined: everybody's */
export async function listSessions(
  client: ClientBase,
  subject: string | undefined,
): Promise<SessionRecord[]> {
  const { rows } = await client.query<SessionRow>(
    `SELECT ${COLUMNS} FROM access_sessions ${subject === undefined ? '' : 'WHERE subject = $1'}
     ORDER BY created_at DESC, hash`,
    subject === undefined ? [] : [keptText(subject)],
  );
  return rows.map(sessionOf);
}

export async function deleteSession(client: ClientBase, hash: string): Promise<boolean> {
  const { rowCount } = await client.query('DELETE FROM access_sessions WHERE hash = $1', [hash]);
  return rowCount === 1;
}

export async function deleteSessionsOf(client: ClientBase, subject: string): Promise<number> {
  const { rowCount } = await client.query('DELETE FROM access_sessions WHERE subject = $1', [
    keptText(subject),
  ]);
  return rowCount ?? 0;
}

export async function sweepSessions(
  client: ClientBase,
  { now, idleBefore }: { readonly now: number; readonly idleBefore: number },
): Promise<void> {
  await client.query('DELETE FROM access_sessions WHERE seen_at < $1 OR expires_at <= $2', [idleBefore, now]);
}

function sessionOf(row: SessionRow): SessionRecord {
  return {
    hash: row.hash,
    identity: JSON.parse(row.identity) as Identity,
    createdAt: row.created_at,
    seenAt: row.seen_at,
    expiresAt: row.expires_at,
    address: givenText(row.address),
    userAgent: givenText(row.user_agent),
  };
}
