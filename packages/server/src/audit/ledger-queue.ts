// Lines on their way into the ledger: written in order, several at once, and again when the ledger could not take them. Bounded:
// what does not fit any more is in the log alone, which says so, and so does a line of the trail afterwards.
import { setTimeout as delay } from 'node:timers/promises';
import type { Log } from '@umbel/celery';
import type { AuditEntry, AuditStore } from '../store/ledger.ts';
import { pause } from './pause.ts';

/** Lines that wait. */
export const MAX_WAITING = 1_000;
const BATCH_LINES = 100;
/** So long somebody who did something waits for its line. */
const PATIENCE_MS = 2_000;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 30_000;
/** The end of a process may take 10 s in all. */
const CLOSE_MS = 3_000;

export interface LedgerQueue {
  /** Resolves when the ledger has the line, when it could not take it now, or after two seconds. Never rejects. */
  push(entry: AuditEntry): Promise<void>;
  /** Tries once more, for a bounded time. */
  close(): Promise<void>;
}

interface Waiting {
  readonly entry: AuditEntry;
  readonly settle: () => void;
}

/** @param now epoch milliseconds */
export function createLedgerQueue(
  ledger: Pick<AuditStore, 'appendAudit'>,
  log: Log,
  now: () => number,
): LedgerQueue {
  const waiting: Waiting[] = [];
  const closing = new AbortController();
  let lost = 0;
  let writing: Promise<void> | null = null;

  async function writeAll(): Promise<void> {
    let retryMs = FIRST_RETRY_MS;
    while (waiting.length > 0) {
      const isLastTry = closing.signal.aborted;
      const batch = waiting.slice(0, BATCH_LINES);
      try {
        const last = await ledger.appendAudit(batch.map(({ entry }) => entry));
        waiting.splice(0, batch.length);
        for (const { settle } of batch) settle();
        retryMs = FIRST_RETRY_MS;
        log.info({ seq: last.seq, hash: last.hash, lines: batch.length }, 'audit lines kept');
        confessLoss();
      } catch (error) {
        log.warn({ error: String(error), waiting: waiting.length }, 'audit lines cannot be kept now');
        for (const { settle } of waiting) settle();
        if (isLastTry) return;
        await pause(retryMs, closing.signal);
        retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
      }
    }
  }

  /** A gap that nobody mentions would look like a trail without one. */
  function confessLoss(): void {
    if (lost === 0) return;
    const nobody = { who: null, subject: null, via: null, token: null, address: null, target: null };
    const entry: AuditEntry = {
      ...nobody,
      at: now(),
      action: 'audit.lost',
      params: { lines: lost },
      outcome: 'failed',
      status: 503,
      detail: 'Lines that could not be kept in time: only the log has them.',
      replies: null,
      tookMs: 0,
    };
    lost = 0;
    waiting.push({ entry, settle: () => undefined });
  }

  function start(): void {
    writing ??= writeAll().finally(() => {
      writing = null;
    });
  }

  return {
    async push(entry) {
      if (waiting.length >= MAX_WAITING || closing.signal.aborted) {
        lost++;
        // Once, then after twice as many.
        if (Number.isInteger(Math.log2(lost))) {
          log.warn({ lost }, 'audit lines are lost from the table: only the log has them');
        }
        return;
      }
      const kept = new Promise<void>((resolve) => {
        waiting.push({ entry, settle: resolve });
      });
      start();
      const patience = new AbortController();
      await Promise.race([kept, pause(PATIENCE_MS, patience.signal)]);
      patience.abort();
    },
    async close() {
      closing.abort();
      if (waiting.length > 0) start();
      const tired = new AbortController();
      const late = delay(CLOSE_MS, undefined, { signal: tired.signal }).catch(() => undefined);
      await Promise.race([writing, late]);
      tired.abort();
      if (waiting.length > 0 || lost > 0) {
        log.warn(
          { lines: waiting.length + lost },
          'audit lines are lost from the table: only the log has them',
        );
      }
    },
  };
}
