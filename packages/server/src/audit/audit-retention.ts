// Takes the oldest lines of the trail away when their time is over, in small steps.
import type { Log } from '@umbel/celery';
import type { AuditStore } from '../store/ledger.ts';
import { pause } from './pause.ts';

const ROUND_EVERY_MS = 3_600_000;
const STEP_LINES = 500;
const PAUSE_MS = 50;

/** Begins at once. @param now epoch milliseconds */
export function openAuditRetention(
  ledger: Pick<AuditStore, 'pruneAudit'>,
  retentionMs: number,
  log: Log,
  now: () => number,
): { close(): Promise<void> } {
  const stopping = new AbortController();

  async function round(): Promise<void> {
    let deleted = 0;
    while (!stopping.signal.aborted) {
      const step = await ledger.pruneAudit(now() - retentionMs, STEP_LINES);
      if (step === 0) break;
      deleted += step;
      await pause(PAUSE_MS, stopping.signal);
    }
    if (deleted > 0) log.info({ lines: deleted }, 'deleted audit lines whose time is over');
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await round();
      } catch (error) {
        log.warn({ error: String(error) }, 'old audit lines cannot be deleted');
      }
      await pause(ROUND_EVERY_MS, stopping.signal);
    }
  }

  const watching = watch();
  return {
    async close() {
      stopping.abort();
      await watching;
    },
  };
}
