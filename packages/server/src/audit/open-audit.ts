// Puts the audit trail together: tidied, limited, logged at once, kept in the ledger, taken away when its time is over.
import type { Log } from '@umbel/celery';
import type { Redaction } from '../redaction/redaction.ts';
import type { AuditEntry, AuditStore } from '../store/ledger.ts';
import type { Audit } from './audit.ts';
import { openAuditRetention } from './audit-retention.ts';
import { createLedgerQueue } from './ledger-queue.ts';
import { createRefusalLimit } from './refusal-limit.ts';
import { tidyEntry } from './tidy-entry.ts';

const FLUSH_EVERY_MS = 60_000;

export interface AuditOptions {
  /** Stays open when the audit closes. */
  readonly ledger: Pick<AuditStore, 'appendAudit' | 'pruneAudit'>;
  readonly log: Log;
  /** By the rules: what the trail keeps is not a matter of who asked. */
  readonly redaction: Redaction;
  /** Lines older than this go; null: kept for ever. */
  readonly retentionMs: number | null;
  /** Epoch milliseconds. Default: Date.now. */
  readonly now?: (() => number) | undefined;
}

export function openAudit({ ledger, log, redaction, retentionMs, now = Date.now }: AuditOptions): Audit {
  const queue = createLedgerQueue(ledger, log, now);
  const limit = createRefusalLimit();
  const retention = retentionMs === null ? null : openAuditRetention(ledger, retentionMs, log, now);

  function write(entry: AuditEntry): Promise<void> {
    log.info(logFields(entry), 'audit');
    return queue.push(entry);
  }
  function flush(): void {
    for (const entry of limit.flush()) void write(entry);
  }
  const flushing = setInterval(flush, FLUSH_EVERY_MS);
  flushing.unref();

  let closing: Promise<void> | undefined;
  const audit: Audit = {
    async record(given) {
      const entry = tidyEntry(given, redaction);
      if (limit.admit(entry)) await write(entry);
    },
    close() {
      closing ??= (async () => {
        clearInterval(flushing);
        flush();
        await Promise.all([queue.close(), retention?.close()]);
      })();
      return closing;
    },
    [Symbol.asyncDispose]: () => audit.close(),
  };
  return audit;
}

/** Parameters as JSON text, so that no logger has to know exact numbers. */
function logFields({ who, via, token, address, action, target, ...entry }: AuditEntry): object {
  return {
    action,
    who,
    via,
    token,
    address,
    target,
    outcome: entry.outcome,
    status: entry.status,
    ms: entry.tookMs,
    detail: entry.detail,
    params: JSON.stringify(entry.params),
  };
}
