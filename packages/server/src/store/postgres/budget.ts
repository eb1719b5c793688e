// How long answering one question may take, and statements that are given up when it is over while the transaction goes on.
import type { ClientBase } from 'pg';
import { isTooSlow } from './postgres-errors.ts';

export interface Budget {
  /** Milliseconds; 0 when the time is over. */
  leftMs(): number;
  /**
   * Undefined when `work` has been given up, because it took longer than `share` of what is left. Work that has begun nothing in the
   * server yet is begun in any case.
   */
  within<T>(work: () => Promise<T>, share?: number): Promise<T | undefined>;
}

const SHORTEST_MS = 5;

/** @param ms from now */
export function createBudget(client: ClientBase, ms: number): Budget {
  const end = performance.now() + ms;
  const leftMs = () => Math.max(0, end - performance.now());
  return {
    leftMs,
    async within(work, share = 1) {
      const timeoutMs = Math.max(SHORTEST_MS, Math.round(leftMs() * share));
      await client.query(`SAVEPOINT budget; SET LOCAL statement_timeout = ${timeoutMs}`);
      try {
        const answer = await work();
        await client.query('RELEASE SAVEPOINT budget');
        return answer;
      } catch (error) {
        if (!isTooSlow(error)) throw error;
        await client.query('ROLLBACK TO SAVEPOINT budget');
        return undefined;
      } finally {
        const allMs = Math.max(SHORTEST_MS, Math.round(ms));
        await client.query(`SET LOCAL statement_timeout = ${allMs}`).catch(() => undefined);
      }
    },
  };
}
