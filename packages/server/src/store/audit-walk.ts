// What is wrong with a chain of audit lines, judged piece by piece as a store reads them (verify-audit.ts of each). Pure.
import { type AuditLine, type AuditLink, sealAfter } from './audit-chain.ts';
import type { AuditVerdict } from './ledger.ts';

export type SealedLine = AuditLine & AuditLink;

export interface AuditEnds {
  /** The last line that retention took away. */
  readonly anchor: AuditLink;
  /** The last line there is. */
  readonly head: AuditLink;
}

export interface AuditVerifyStep {
  readonly verdict: AuditVerdict;
  /** Nothing is left to look at. */
  readonly done: boolean;
}

export const UNVERIFIED: AuditVerdict = { checked: 0, first: null, last: null, problem: null };

export const NO_ENDS = 'where the trail begins and ends is no longer kept';

export function found(verdict: AuditVerdict, problem: string | null): AuditVerifyStep {
  return { verdict: { ...verdict, problem }, done: true };
}

/** @param oldest number of the oldest line that is kept; null: there is none */
export function problemAtStart(oldest: number | null, { anchor }: AuditEnds): string | null {
  if (oldest === null || oldest > anchor.seq) return null;
  return `line ${oldest} is older than line ${anchor.seq + 1}, with which the trail begins`;
}

/** The line behind which the walk goes on. */
export function startOf(sofar: AuditVerdict, { anchor }: AuditEnds): AuditLink {
  return sofar.last !== null && sofar.last.seq >= anchor.seq ? sofar.last : anchor;
}

/** @param lines those behind `startOf`, in order */
export function walkLines(
  sofar: AuditVerdict,
  lines: readonly SealedLine[],
  ends: AuditEnds,
): { readonly verdict: AuditVerdict; readonly last: AuditLink } {
  let verdict = sofar;
  let previous = startOf(sofar, ends);
  for (const line of lines) {
    const problem = problemOf(line, previous, ends);
    if (problem !== null) return { verdict: { ...verdict, problem }, last: previous };
    previous = { seq: line.seq, hash: line.hash };
    verdict = {
      checked: verdict.checked + 1,
      first: verdict.first ?? line.seq,
      last: previous,
      problem: null,
    };
  }
  return { verdict, last: previous };
}

function problemOf(line: SealedLine, previous: AuditLink, { anchor }: AuditEnds): string | null {
  if (line.seq !== previous.seq + 1) return `line ${previous.seq + 1} is missing`;
  if (sealAfter(previous, line).hash === line.hash) return null;
  return previous === anchor && anchor.seq > 0
    ? `line ${line.seq} does not follow line ${anchor.seq}, the last that retention took away: one of them was changed`
    : `line ${line.seq} is not as it was sealed`;
}

export function problemAtEnd(last: AuditLink, { head }: AuditEnds): string | null {
  if (last.seq < head.seq) {
    return `line ${last.seq + 1} and what follows is missing: the trail went on to line ${head.seq}`;
  }
  if (last.seq > head.seq) return `line ${head.seq + 1} was added behind the end of the trail`;
  return last.hash === head.hash ? null : `line ${last.seq} has another seal than is kept of the last line`;
}

/** @param kept seal of the line with the number of `expected`; undefined: it is not kept */
export function problemOfExpected(
  expected: AuditLink,
  kept: string | undefined,
  { anchor, head }: AuditEnds,
): string | null {
  const { seq } = expected;
  if (seq > head.seq) return `line ${seq} is missing: the trail ends with line ${head.seq}`;
  if (seq < anchor.seq) return `line ${seq} is gone: the trail begins with line ${anchor.seq + 1}`;
  return (kept ?? anchor.hash) === expected.hash
    ? null
    : `line ${seq} has another seal than the one expected`;
}
