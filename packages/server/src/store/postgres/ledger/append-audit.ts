// Appending to the audit trail when the connection goes during a commit. Whoever appends tries again until the trail has the lines
// (audit/ledger-queue.ts), so what such a commit would have written is remembered: the next try waits, by the lock on the ends of the trail,
// until that transaction is over, and its seal tells whether the lines are there already.
import type { AuditLine, AuditLink } from '../../audit-chain.ts';
import { CommitDoubt, type Transactions } from '../transactions.ts';
import { type AppendedInDoubt, appendAudit } from './audit.ts';

/** More than callers that try again at the same time. */
const MOST_DOUBTS = 20;

export function createAuditAppender(
  transactions: Transactions,
): (lines: readonly AuditLine[]) => Promise<AuditLink> {
  let doubts: readonly AppendedInDoubt[] = [];

  const append = async (lines: readonly AuditLine[]): Promise<AuditLink> => {
    // The newest first: it has the lines of those before it.
    const same = doubts.filter((doubt) => beginsWith(lines, doubt.lines)).toReversed();
    let last: AuditLink | undefined;
    try {
      const link = await transactions.write(async (client) => {
        last = await appendAudit(client, lines, same);
        return last;
      });
      doubts = doubts.filter((doubt) => !same.includes(doubt));
      return link;
    } catch (error) {
      if (error instanceof CommitDoubt && last !== undefined && lines.length > 0)
        doubts = [...doubts, { lines, last }].slice(-MOST_DOUBTS);
      throw error;
    }
  };

  return async (lines) => {
    try {
      return await append(lines);
    } catch (error) {
      if (!(error instanceof CommitDoubt)) throw error;
      return append(lines);
    }
  };
}

function beginsWith(lines: readonly AuditLine[], start: readonly AuditLine[]): boolean {
  return start.every((line, at) => JSON.stringify(line) === JSON.stringify(lines[at]));
}
