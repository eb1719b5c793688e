// A ledger's trail in memory, for tests of what comes before it: keeps what it is given, fails or hangs when it is told to.
import type { Log } from '@umbel/celery';
import { GENESIS, lineOf, sealAfter } from '../../src/store/audit-chain.ts';
import type { AuditEntry } from '../../src/store/ledger.ts';

export interface MemoryLedger {
  readonly entries: AuditEntry[];
  /** Thresholds of pruneAudit calls. */
  readonly pruned: number[];
  /** Called before each append: may throw, or wait. */
  before: () => Promise<void>;
  appendAudit(entries: readonly AuditEntry[]): Promise<{ seq: number; hash: string }>;
  pruneAudit(before: number, limit: number): Promise<number>;
}

export function createMemoryLedger(): MemoryLedger {
  let link = GENESIS;
  const ledger: MemoryLedger = {
    entries: [],
    pruned: [],
    before: async () => undefined,
    async appendAudit(entries) {
      await ledger.before();
      for (const entry of entries) link = sealAfter(link, lineOf(entry));
      ledger.entries.push(...entries);
      return link;
    },
    async pruneAudit(before, limit) {
      ledger.pruned.push(before);
      const old = ledger.entries.filter((entry) => entry.at < before).slice(0, limit);
      ledger.entries.splice(0, old.length);
      return old.length;
    },
  };
  return ledger;
}

export function auditEntry(facts: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: 1_700_000_000_000,
    who: 'ada',
    subject: 'password:ada',
    via: 'password',
    token: null,
    address: '192.0.2.7',
    action: 'task.revoke',
    target: 'task-1',
    params: { terminate: true },
    outcome: 'done',
    status: 200,
    detail: null,
    replies: null,
    tookMs: 12,
    ...facts,
  };
}

export interface LoggedLine {
  readonly level: 'info' | 'warn';
  readonly fields: Readonly<Record<string, unknown>>;
  readonly text: string;
}

export function createMemoryLog(): Log & { readonly lines: LoggedLine[] } {
  const lines: LoggedLine[] = [];
  const write = (level: LoggedLine['level']) => (fields: object, text: string) =>
    void lines.push({ level, fields: fields as LoggedLine['fields'], text });
  return { lines, info: write('info'), warn: write('warn') };
}
