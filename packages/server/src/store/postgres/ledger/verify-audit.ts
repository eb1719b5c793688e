// Walks the chain of the audit trail and finds the first thing that is wrong with it, in steps.
import type { ClientBase } from 'pg';
import type { AuditLink } from '../../audit-chain.ts';
import {
  type AuditVerifyStep,
  found,
  NO_ENDS,
  problemAtEnd,
  problemAtStart,
  problemOfExpected,
  type SealedLine,
  startOf,
  walkLines,
} from '../../audit-walk.ts';
import type { AuditVerdict } from '../../ledger.ts';
import { AUDIT_COLUMNS, lineOfRow, readAuditEnds } from './audit.ts';

/** Lines of a step: some 20 ms. */
const STEP_LINES = 2000;

/**
 * Goes on from `sofar`. Lines may be appended, and the oldest deleted, between two steps. Inside a read transaction.
 * @param expected looked for at the end
 */
export async function verifyAuditStep(
  client: ClientBase,
  sofar: AuditVerdict,
  expected: AuditLink | undefined,
): Promise<AuditVerifyStep> {
  const ends = await readAuditEnds(client);
  if (ends === null) return found(sofar, NO_ENDS);
  if (sofar.checked === 0) {
    const { rows } = await client.query<{ seq: number | null }>('SELECT min(seq) AS seq FROM audit_lines');
    const problem = problemAtStart(rows[0]?.seq ?? null, ends);
    if (problem !== null) return found(sofar, problem);
  }
  const { rows } = await client.query<SealedLine>(
    `SELECT ${AUDIT_COLUMNS} FROM audit_lines WHERE seq > $1 ORDER BY seq LIMIT ${STEP_LINES}`,
    [startOf(sofar, ends).seq],
  );
  const { verdict, last } = walkLines(sofar, rows.map(lineOfRow), ends);
  if (verdict.problem !== null) return { verdict, done: true };
  if (rows.length === STEP_LINES) return { verdict, done: false };
  const problem = problemAtEnd(last, ends);
  if (problem !== null || expected === undefined) return found(verdict, problem);
  const kept = await client.query<{ hash: string }>('SELECT hash FROM audit_lines WHERE seq = $1', [
    expected.seq,
  ]);
  return found(verdict, problemOfExpected(expected, kept.rows[0]?.hash, ends));
}
