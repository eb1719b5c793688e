// Walks the chain of the audit trail and finds the first thing that is wrong with it, in steps: see list-audit.ts.
import type { DatabaseSync } from 'node:sqlite';
import { type AuditLink, sealAfter } from '../audit-chain.ts';
import type { AuditVerdict } from '../ledger.ts';
import { AUDIT_COLUMNS, type AuditEnds, readAuditEnds, type SealedLine } from './audit.ts';

/** Lines of a step: some 20 ms. */
const STEP_LINES = 2000;

export interface AuditVerifyStep {
  readonly verdict: AuditVerdict;
  /** Nothing is left to look at. */
  readonly done: boolean;
}

export const UNVERIFIED: AuditVerdict = { checked: 0, first: null, last: null, problem: null };

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
  if (ends === null) return found(sofar, 'where the trail begins and ends is no longer kept');
  if (sofar.checked === 0) {
    const stray = database.prepare('SELECT min(seq) AS seq FROM audit').get()?.['seq'] as number | null;
    if (stray !== null && stray <= ends.anchor.seq) {
      return found(
        sofar,
        `line ${stray} is older than line ${ends.anchor.seq + 1}, with which the trail begins`,
      );
    }
  }
  const start = sofar.last !== null && sofar.last.seq >= ends.anchor.seq ? sofar.last : ends.anchor;
  const lines = database
    .prepare(`SELECT ${AUDIT_COLUMNS} FROM audit WHERE seq > ? ORDER BY seq LIMIT ${STEP_LINES}`)
    .all(start.seq) as unknown as SealedLine[];

  let verdict = sofar;
  let previous: AuditLink = start;
  for (const line of lines) {
    const problem = problemOf(line, previous, ends);
    if (problem !== null) return found(verdict, problem);
    previous = { seq: line.seq, hash: line.hash };
    verdict = {
      checked: verdict.checked + 1,
      first: verdict.first ?? line.seq,
      last: previous,
      problem: null,
    };
  }
  if (lines.length === STEP_LINES) return { verdict, done: false };
  return found(verdict, problemAtEnd(previous, ends) ?? problemOfExpected(database, ends, expected));
}

function found(verdict: AuditVerdict, problem: string | null): AuditVerifyStep {
  return { verdict: { ...verdict, problem }, done: true };
}

function problemOf(line: SealedLine, previous: AuditLink, { anchor }: AuditEnds): string | null {
  if (line.seq !== previous.seq + 1) return `line ${previous.seq + 1} is missing`;
  if (sealAfter(previous, line).hash === line.hash) return null;
  return previous === anchor && anchor.seq > 0
    ? `line ${line.seq} does not follow line ${anchor.seq}, the last that retention took away: one of them was changed`
    : `line ${line.seq} is not as it was sealed`;
}

function problemAtEnd(last: AuditLink, { head }: AuditEnds): string | null {
  if (last.seq < head.seq) {
    return `line ${last.seq + 1} and what follows is missing: the trail went on to line ${head.seq}`;
  }
  if (last.seq > head.seq) return `line ${head.seq + 1} was added behind the end of the trail`;
  return last.hash === head.hash ? null : `line ${last.seq} has another seal than is kept of the last line`;
}

function problemOfExpected(
  database: DatabaseSync,
  { anchor, head }: AuditEnds,
  expected: AuditLink | undefined,
): string | null {
  if (expected === undefined) return null;
  const { seq } = expected;
  if (seq > head.seq) return `line ${seq} is missing: the trail ends with line ${head.seq}`;
  if (seq < anchor.seq) return `line ${seq} is gone: the trail begins with line ${anchor.seq + 1}`;
  const kept = database.prepare('SELECT hash FROM audit WHERE seq = ?').get(seq)?.['hash'] ?? anchor.hash;
  return kept === expected.hash ? null : `line ${seq} has another seal than the one expected`;
}
