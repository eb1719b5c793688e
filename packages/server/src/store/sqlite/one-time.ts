// Secrets that can be used once. Anybody who opens the sign-in page may have one made, so their number is bounded.
import type { DatabaseSync } from 'node:sqlite';
import type { AccessStore } from '../ledger.ts';
import { StoreError } from '../store.ts';

const MOST_OF_A_KIND = 10_000;

export type OneTimeSecret = Parameters<AccessStore['putOnce']>[0];

export interface OneTimeSecrets {
  put(secret: OneTimeSecret): void;
  take(kind: string, hash: string, now: number): Readonly<Record<string, unknown>> | null;
  sweep(now: number): void;
}

export function createOneTimeSecrets(database: DatabaseSync): OneTimeSecrets {
  const countUpTo = database.prepare(
    'SELECT count(*) AS kept FROM (SELECT 1 FROM one_time WHERE kind = ? LIMIT ?)',
  );
  const insert = database.prepare('INSERT INTO one_time (kind, hash, data, expires_at) VALUES (?, ?, ?, ?)');
  const take = database.prepare(
    'DELETE FROM one_time WHERE kind = ? AND hash = ? RETURNING data, expires_at AS expiresAt',
  );
  const removeOver = database.prepare('DELETE FROM one_time WHERE expires_at <= ?');

  return {
    put({ kind, hash, data, expiresAt }) {
      if (countUpTo.get(kind, MOST_OF_A_KIND)?.['kept'] === MOST_OF_A_KIND) {
        throw new StoreError('full', `${MOST_OF_A_KIND} of this kind are kept already: ${kind}`);
      }
      insert.run(kind, hash, JSON.stringify(data), expiresAt);
    },
    take(kind, hash, now) {
      const row = take.get(kind, hash) as { data: string; expiresAt: number } | undefined;
      if (row === undefined || row.expiresAt <= now) return null;
      return JSON.parse(row.data) as Record<string, unknown>;
    },
    sweep: (now) => void removeOver.run(now),
  };
}
