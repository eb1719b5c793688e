// Secrets that can be used once. Anybody who opens the sign-in page may have one made, so their number is bounded.
import type { ClientBase } from 'pg';
import type { AccessStore } from '../../ledger.ts';
import { StoreError } from '../../store.ts';

const MOST_OF_A_KIND = 10_000;
/** "Umb1": so that no other advisory locks are met. */
const LOCK = 0x756d6231;

type OneTimeSecret = Parameters<AccessStore['putOnce']>[0];

/** Those of a kind are put one after the other, whichever desk they come from: so the bound holds. */
export async function putOnce(client: ClientBase, schema: string, secret: OneTimeSecret): Promise<void> {
  const { kind, hash, data, expiresAt } = secret;
  await client.query('SELECT pg_advisory_xact_lock($1, hashtext($2))', [LOCK, `${schema} ${kind}`]);
  // A statement of its own: it sees what those before it have put.
  const { rowCount } = await client.query(
    `INSERT INTO access_once (kind, hash, data, expires_at)
     SELECT $1, $2, $3, $4
     WHERE (SELECT count(*) FROM (SELECT 1 FROM access_once WHERE kind = $1 LIMIT $5) AS kept) < $5`,
    [kind, hash, JSON.stringify(data), expiresAt, MOST_OF_A_KIND],
  );
  if (rowCount === 0)
    throw new StoreError('full', `${MOST_OF_A_KIND} of this kind are kept already: ${kind}`);
}

/** Of two who delete a row at once one is told that there was one. */
export async function takeOnce(
  client: ClientBase,
  kind: string,
  hash: string,
  now: number,
): Promise<Readonly<Record<string, unknown>> | null> {
  const { rows } = await client.query<{ data: string; expires_at: number }>(
    'DELETE FROM access_once WHERE kind = $1 AND hash = $2 RETURNING data, expires_at',
    [kind, hash],
  );
  const row = rows[0];
  if (row === undefined || row.expires_at <= now) return null;
  return JSON.parse(row.data) as Record<string, unknown>;
}

export async function sweepOnce(client: ClientBase, now: number): Promise<void> {
  await client.query('DELETE FROM access_once WHERE expires_at <= $1', [now]);
}
