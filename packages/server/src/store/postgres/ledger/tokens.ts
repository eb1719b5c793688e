// API tokens. One that is revoked or expired stays for a while, so that people see what became of it.
import type { ClientBase } from 'pg';
import type { Identity, TokenRecord } from '../../ledger.ts';
import { givenText, keptText } from './kept-text.ts';

const KEPT_AFTER_ITS_END_MS = 90 * 24 * 60 * 60 * 1000;

interface TokenRow {
  readonly id: string;
  readonly hash: string;
  readonly prefix: string;
  readonly name: string;
  readonly owner: string | null;
  readonly roles: string;
  readonly rights: string | null;
  readonly networks: string;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly revoked_at: number | null;
  readonly used_at: number | null;
  readonly used_from: string | null;
}

const COLUMNS = `id, hash, prefix, name, owner, roles, rights, networks, created_at, expires_at, revoked_at,
  used_at, used_from`;

export async function writeToken(client: ClientBase, token: TokenRecord): Promise<void> {
  await client.query(
    `INSERT INTO access_tokens (subject, ${COLUMNS})
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      keptText(token.owner?.subject ?? null),
      token.id,
      token.hash,
      token.prefix,
      keptText(token.name),
      token.owner === null ? null : JSON.stringify(token.owner),
      JSON.stringify(token.roles),
      token.rights === null ? null : JSON.stringify(token.rights),
      JSON.stringify(token.networks),
      token.createdAt,
      token.expiresAt,
      token.revokedAt,
      token.usedAt,
      keptText(token.usedFrom),
    ],
  );
}

export async function readToken(client: ClientBase, hash: string): Promise<TokenRecord | null> {
  const { rows } = await client.query<TokenRow>(`SELECT ${COLUMNS} FROM access_tokens WHERE hash = $1`, [
    keptText(hash),
  ]);
  return rows[0] === undefined ? null : tokenOf(rows[0]);
}

/** Newest first. @param subject undefined: everybody's */
export async function listTokens(client: ClientBase, subject: string | undefined): Promise<TokenRecord[]> {
  const { rows } = await client.query<TokenRow>(
    `SELECT ${COLUMNS} FROM access_tokens ${subject === undefined ? '' : 'WHERE subject = $1'}
     ORDER BY created_at DESC, id`,
    subject === undefined ? [] : [keptText(subject)],
  );
  return rows.map(tokenOf);
}

/** Two desks may see it used at about the same time. */
export async function touchToken(
  client: ClientBase,
  id: string,
  usedAt: number,
  usedFrom: string | null,
): Promise<void> {
  await client.query(
    'UPDATE access_tokens SET used_at = $1, used_from = $2 WHERE id = $3 AND (used_at IS NULL OR used_at <= $1)',
    [usedAt, keptText(usedFrom), keptText(id)],
  );
}

export async function revokeToken(client: ClientBase, id: string, at: number): Promise<boolean> {
  const { rowCount } = await client.query(
    'UPDATE access_tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL',
    [at, keptText(id)],
  );
  return rowCount === 1;
}

export async function sweepTokens(client: ClientBase, now: number): Promise<void> {
  await client.query('DELETE FROM access_tokens WHERE revoked_at <= $1 OR expires_at <= $1', [
    now - KEPT_AFTER_ITS_END_MS,
  ]);
}

function tokenOf(row: TokenRow): TokenRecord {
  return {
    id: row.id,
    hash: row.hash,
    prefix: row.prefix,
    name: givenText(row.name),
    owner: row.owner === null ? null : (JSON.parse(row.owner) as Identity),
    roles: JSON.parse(row.roles) as string[],
    rights: row.rights === null ? null : (JSON.parse(row.rights) as string[]),
    networks: JSON.parse(row.networks) as string[],
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    usedAt: row.used_at,
    usedFrom: givenText(row.used_from),
  };
}
