// The two ends of the audit trail: appending, and retention. Reading is list-audit.ts's, judging verify-audit.ts's. Whoever writes locks
// the row with the ends first, so that one goes on where the other stopped.
import type { ClientBase } from 'pg';
import { type AuditLine, type AuditLink, sealAfter } from '../../audit-chain.ts';
import type { AuditEnds, SealedLine } from '../../audit-walk.ts';
import { StoreError } from '../../store.ts';
import { givenText, keptText } from './kept-text.ts';

/** Selects a row for `lineOfRow`. */
export const AUDIT_COLUMNS = `seq, at, who, subject, via, token, address, action, target, params, outcome, status, detail,
  replies, took_ms AS "tookMs", hash`;

const ENDS = 'SELECT anchor_seq, anchor_hash, head_seq, head_hash FROM audit_ends';

interface EndsRow {
  readonly anchor_seq: number;
  readonly anchor_hash: string;
  readonly head_seq: number;
  readonly head_hash: string;
}

/** Null when somebody has deleted the row. */
export async function readAuditEnds(client: ClientBase): Promise<AuditEnds | null> {
  return endsOf(await client.query<EndsRow>(ENDS));
}

/** Until this transaction ends nobody else appends or prunes. @throws StoreError `unavailable` */
async function lockAuditEnds(client: ClientBase): Promise<AuditEnds> {
  const ends = endsOf(await client.query<EndsRow>(`${ENDS} FOR UPDATE`));
  if (ends === null) throw new StoreError('unavailable', 'the audit trail in PostgreSQL has lost its end');
  return ends;
}

function endsOf({ rows: [row] }: { readonly rows: readonly EndsRow[] }): AuditEnds | null {
  if (row === undefined) return null;
  return {
    anchor: { seq: row.anchor_seq, hash: row.anchor_hash },
    head: { seq: row.head_seq, hash: row.head_hash },
  };
}

/** Lines of which nobody knows whether they were appended, and how the last of them would be sealed. */
export interface AppendedInDoubt {
  readonly lines: readonly AuditLine[];
  readonly last: AuditLink;
}

/**
 * Inside a write transaction.
 * @param doubts of what `lines` begin with; the first of them that is there after all is not appended again
 */
export async function appendAudit(
  client: ClientBase,
  lines: readonly AuditLine[],
  doubts: readonly AppendedInDoubt[] = [],
): Promise<AuditLink> {
  let last = (await lockAuditEnds(client)).head;
  for (const doubt of doubts) {
    const { seq, hash } = doubt.last;
    const { rowCount } = await client.query('SELECT FROM audit_lines WHERE seq = $1 AND hash = $2', [
      seq,
      hash,
    ]);
    if (rowCount === 0) continue;
    const rest = lines.slice(doubt.lines.length);
    return rest.length === 0 ? doubt.last : appendAudit(client, rest);
  }
  if (lines.length === 0) return last;
  const sealed = lines.map((line): SealedLine => {
    last = sealAfter(last, line);
    return { ...line, ...last };
  });
  const texts = (column: (line: SealedLine) => string | null) => sealed.map((line) => keptText(column(line)));
  await client.query(
    `INSERT INTO audit_lines (seq, at, who, subject, via, token, address, action, target, params, outcome, status, detail,
       replies, took_ms, hash)
     SELECT * FROM unnest($1::bigint[], $2::float8[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
       $9::text[], $10::text[], $11::text[], $12::float8[], $13::text[], $14::text[], $15::float8[], $16::text[])`,
    [
      sealed.map(({ seq }) => seq),
      sealed.map(({ at }) => at),
      texts(({ who }) => who),
      texts(({ subject }) => subject),
      texts(({ via }) => via),
      texts(({ token }) => token),
      texts(({ address }) => address),
      texts(({ action }) => action),
      texts(({ target }) => target),
      texts(({ params }) => params),
      texts(({ outcome }) => outcome),
      sealed.map(({ status }) => status),
      texts(({ detail }) => detail),
      texts(({ replies }) => replies),
      sealed.map(({ tookMs }) => tookMs),
      texts(({ hash }) => hash),
    ],
  );
  await client.query('UPDATE audit_ends SET head_seq = $1, head_hash = $2', [last.seq, last.hash]);
  return last;
}

/** Inside a write transaction. */
export async function pruneAudit(client: ClientBase, before: number, limit: number): Promise<number> {
  await lockAuditEnds(client);
  const { rows: lines } = await client.query<AuditLink & { readonly at: number }>(
    'SELECT seq, at, hash FROM audit_lines ORDER BY seq LIMIT $1',
    [limit],
  );
  // A line written late is older than its neighbours. It waits for them: the trail has no holes.
  const young = lines.findIndex(({ at }) => at >= before);
  const old = young === -1 ? lines : lines.slice(0, young);
  const last = old.at(-1);
  if (last === undefined) return 0;
  await client.query('UPDATE audit_ends SET anchor_seq = $1, anchor_hash = $2', [last.seq, last.hash]);
  await client.query('DELETE FROM audit_lines WHERE seq <= $1', [last.seq]);
  return old.length;
}

/** What was sealed. */
export function lineOfRow(row: SealedLine): SealedLine {
  return {
    seq: row.seq,
    at: row.at,
    who: givenText(row.who),
    subject: givenText(row.subject),
    via: givenText(row.via),
    token: givenText(row.token),
    address: givenText(row.address),
    action: givenText(row.action),
    target: givenText(row.target),
    params: givenText(row.params),
    outcome: row.outcome,
    status: row.status,
    detail: givenText(row.detail),
    replies: givenText(row.replies),
    tookMs: row.tookMs,
    hash: row.hash,
  };
}
