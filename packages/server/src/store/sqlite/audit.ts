// The two ends of the audit trail: appending, and retention. Reading is list-audit.ts's, judging verify-audit.ts's.
import type { DatabaseSync } from 'node:sqlite';
import { type AuditLine, type AuditLink, sealAfter } from '../audit-chain.ts';
import { StoreError } from '../store.ts';

export type SealedLine = AuditLine & AuditLink;

/** Selects a SealedLine. */
export const AUDIT_COLUMNS = `seq, at, who, subject, via, token, address, action, target, params, outcome, status, detail,
  replies, took_ms AS tookMs, hash`;

export interface AuditEnds {
  /** The last line that retention took away. */
  readonly anchor: AuditLink;
  /** The last line there is. */
  readonly head: AuditLink;
}

/** Null when somebody has deleted the row. */
export function readAuditEnds(database: DatabaseSync): AuditEnds | null {
  const row = database.prepare('SELECT anchor_seq, anchor_hash, head_seq, head_hash FROM audit_ends').get();
  if (row === undefined) return null;
  return {
    anchor: { seq: row['anchor_seq'] as number, hash: row['anchor_hash'] as string },
    head: { seq: row['head_seq'] as number, hash: row['head_hash'] as string },
  };
}

export interface AuditTrail {
  /** Inside a write transaction, so that whoever else appends goes on from here. */
  append(lines: readonly AuditLine[]): AuditLink;
  /** Inside a write transaction. */
  prune(before: number, limit: number): number;
}

export function createAuditTrail(database: DatabaseSync, path: string): AuditTrail {
  const insert = database.prepare(
    `INSERT INTO audit (seq, at, who, subject, via, token, address, action, target, params, outcome, status, detail, replies,
       took_ms, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const setHead = database.prepare('UPDATE audit_ends SET head_seq = ?, head_hash = ?');
  const setAnchor = database.prepare('UPDATE audit_ends SET anchor_seq = ?, anchor_hash = ?');
  const oldest = database.prepare('SELECT seq, at, hash FROM audit ORDER BY seq LIMIT ?');
  const removeUpTo = database.prepare('DELETE FROM audit WHERE seq <= ?');

  return {
    append(lines) {
      const ends = readAuditEnds(database);
      if (ends === null) throw new StoreError('unavailable', `the audit trail in ${path} has lost its end`);
      let last = ends.head;
      for (const line of lines) {
        last = sealAfter(last, line);
        insert.run(
          last.seq,
          line.at,
          line.who,
          line.subject,
          line.via,
          line.token,
          line.address,
          line.action,
          line.target,
          line.params,
          line.outcome,
          line.status,
          line.detail,
          line.replies,
          line.tookMs,
          last.hash,
        );
      }
      setHead.run(last.seq, last.hash);
      return last;
    },

    prune(before, limit) {
      const lines = oldest.all(limit) as unknown as (AuditLink & { readonly at: number })[];
      // A line written late is older than its neighbours. It waits for them: the trail has no holes.
      const young = lines.findIndex(({ at }) => at >= before);
      const old = young === -1 ? lines : lines.slice(0, young);
      const last = old.at(-1);
      if (last === undefined) return 0;
      setAnchor.run(last.seq, last.hash);
      removeUpTo.run(last.seq);
      return old.length;
    },
  };
}
