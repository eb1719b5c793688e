// Walks the chain of the audit trail and finds the first thing that is wrong with it, in steps: see list-audit.ts.
import type { DatabaseSync } from 'node:sqlite';
import type { AuditLink } from '../audit-chain.ts';
import {
  type AuditVerifyStep,
  found,
  NO_ENDS,
  problemAtEnd,
  problemAtStart,
  problemOfExpected,
  startOf,
  walkLines,
} from '../audit-walk.ts';
import type { AuditVerdict } from '../ledger.ts';
import { AUDIT_COLUMNS, readAuditEnds, type SealedLine } from './audit.ts';

export { type AuditVerifyStep, UNVERIFIED } from '../audit-walk.ts';

/** Lines of a step: some 20 ms. */
const STEP_LINES = 2000;

/**
 * Goes on from `sofar`. Lines may be appended, and the oldest deleted, between two steps. Inside a read transaction.
 * @param expected looked for at the end
 */
export function verifyAuditStep(
  database: DatabaseSync,
  sofar: AuditVerdict,
  expected: AuditLink | undefined,
): AuditVerifyStep {
  const ends = readAuditEnds(database);
  if (ends === null) return found(sofar, NO_ENDS);
  if (sofar.checked === 0) {
    const oldest = database.prepare('SELECT min(seq) AS seq FROM audit').get()?.['seq'] as number | null;
    const problem = problemAtStart(oldest, ends);
    if (problem !== null) return found(sofar, problem);
  }
  const lines = database
    .prepare(`SELECT ${AUDIT_COLUMNS} FROM audit WHERE seq > ? ORDER BY seq LIMIT ${STEP_LINES}`)
    .all(startOf(sofar, ends).seq) as unknown as SealedLine[];
  const { verdict, last } = walkLines(sofar, lines, ends);
  if (verdict.problem !== null) return { verdict, done: true };
  if (lines.length === STEP_LINES) return { verdict, done: false };
  const problem = problemAtEnd(last, ends);
  if (problem !== null || expected === undefined) return found(verdict, problem);
  const kept = database.prepare('SELECT hash FROM audit WHERE seq = ?').get(expected.seq)?.['hash'];
  return found(verdict, problemOfExpected(expected, kept as string | undefined, ends));
}
