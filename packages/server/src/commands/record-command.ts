// The line that a command leaves in the audit trail.
import { userInfo } from 'node:os';
import type { AuditStore } from '../store/ledger.ts';

/** Writes that whoever runs this process has changed something. Rejects with StoreError. */
export async function recordCommand(
  ledger: Pick<AuditStore, 'appendAudit'>,
  change: {
    readonly action: string;
    readonly target: string | null;
    readonly params: Readonly<Record<string, unknown>>;
    readonly detail: string;
  },
): Promise<void> {
  const who = systemUser();
  await ledger.appendAudit([
    {
      at: Date.now(),
      who,
      subject: `system:${who}`,
      via: 'command line',
      token: null,
      address: null,
      ...change,
      outcome: 'done',
      status: 200,
      replies: null,
      tookMs: 0,
    },
  ]);
}

/** In containers there may be nobody by the number of this process. */
function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
