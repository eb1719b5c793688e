// An audit trail in memory, for tests of what goes there.
import type { Audit } from '../../src/audit/audit.ts';
import type { AuditEntry } from '../../src/store/ledger.ts';

export interface RecordingAudit extends Audit {
  readonly entries: AuditEntry[];
}

export function createRecordingAudit(): RecordingAudit {
  const entries: AuditEntry[] = [];
  return {
    entries,
    record: async (entry) => void entries.push(entry),
    close: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
