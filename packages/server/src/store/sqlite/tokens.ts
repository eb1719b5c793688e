// API tokens. One that is revoked or expired stays for a while, so that people see what became of it.
import type { DatabaseSync } from 'node:sqlite';
import type { Identity, TokenRecord } from '../ledger.ts';

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

export interface Tokens {
  write(token: TokenRecord): void;
  read(hash: string): TokenRecord | null;
  list(subject: string | undefined): TokenRecord[];
  touch(id: string, usedAt: number, usedFrom: string | null): void;
  revoke(id: string, at: number): boolean;
  sweep(now: number): void;
}

export function createTokens(database: DatabaseSync): Tokens {
  const columns = `id, hash, prefix, name, owner, roles, rights, networks, created_at, expires_at, revoked_at,
    used_at, used_from`;
  const insert = database.prepare(
    `INSERT INTO tokens (subject, ${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = database.prepare(`SELECT ${columns} FROM tokens WHERE hash = ?`);
  const newestFirst = 'ORDER BY created_at DESC, id';
  const selectAll = database.prepare(`SELECT ${columns} FROM tokens ${newestFirst}`);
  const selectOf = database.prepare(`SELECT ${columns} FROM tokens WHERE subject = ? ${newestFirst}`);
  // Two desks may see it used at about the same time.
  const use = database.prepare(
    'UPDATE tokens SET used_at = ?1, used_from = ?2 WHERE id = ?3 AND (used_at IS NULL OR used_at <= ?1)',
  );
  const revoke = database.prepare('UPDATE tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL');
  const removeOver = database.prepare('DELETE FROM tokens WHERE revoked_at <= ?1 OR expires_at <= ?1');

  return {
    write(token) {
      insert.run(
        token.owner?.subject ?? null,
        token.id,
        token.hash,
        token.prefix,
        token.name,
        token.owner === null ? null : JSON.stringify(token.owner),
        JSON.stringify(token.roles),
        token.rights === null ? null : JSON.stringify(token.rights),
        JSON.stringify(token.networks),
        token.createdAt,
        token.expiresAt,
        token.revokedAt,
        token.usedAt,
        token.usedFrom,
      );
    },
    read(hash) {
      const row = select.get(hash) as TokenRow | undefined;
      return row === undefined ? null : tokenOf(row);
    },
    list(subject) {
      const rows = subject === undefined ? selectAll.all() : selectOf.all(subject);
      return (rows as unknown as TokenRow[]).map(tokenOf);
    },
    touch: (id, usedAt, usedFrom) => void use.run(usedAt, usedFrom, id),
    revoke: (id, at) => revoke.run(at, id).changes > 0,
    sweep: (now) => void removeOver.run(now - KEPT_AFTER_ITS_END_MS),
  };
}

function tokenOf(row: TokenRow): TokenRecord {
  return {
    id: row.id,
    hash: row.hash,
    prefix: row.prefix,
    name: row.name,
    owner: row.owner === null ? null : (JSON.parse(row.owner) as Identity),
    roles: JSON.parse(row.roles) as string[],
    rights: row.rights === null ? null : (JSON.parse(row.rights) as string[]),
    networks: JSON.parse(row.networks) as string[],
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    usedAt: row.used_at,
    usedFrom: row.used_from,
  };
}
