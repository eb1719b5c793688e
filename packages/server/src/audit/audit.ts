// The audit trail: what changed something, or tried to, goes to the ledger and to the log. A line that the ledger cannot take
// now is kept and tried again; the log has it at once.
import type { AuditEntry } from '../store/ledger.ts';

export interface Audit extends AsyncDisposable {
  /**
   * Writes one line. Resolves when the ledger has it, or when it is certain that it has to wait: never rejects, because what was
   * done is done.
   */
  record(entry: AuditEntry): Promise<void>;
  /** Tries once more to write what is waiting. */
  close(): Promise<void>;
}
