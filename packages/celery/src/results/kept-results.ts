// Results that came by message and can be had only once: kept for those that were announced, within bounds of number, size and
// age; the oldest announcement is forgotten first. Time is an argument. Used by rpc-results.ts.
import type { CeleryError } from '../errors.ts';
import type { TaskResult } from './result-backend.ts';

/** The last message about a task: its result, or why it cannot be read. */
export type Outcome = TaskResult | CeleryError;

export interface KeptResultsLimits {
  /** Most tasks announced at one time. */
  readonly maxCount: number;
  /** Bound on the sizes of the messages whose results are kept. */
  readonly maxBytes: number;
  /** How long a task is kept after it was announced, or a result of it came. */
  readonly maxAgeMs: number;
}

interface Kept {
  outcome: Outcome | null;
  sizeBytes: number;
  touchedMs: number;
}

export class KeptResults {
  readonly #limits: KeptResultsLimits;
  /** In order of `touchedMs`: whoever is touched moves to the end. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(limits: KeptResultsLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#kept.size;
  }

  get sizeBytes(): number {
    return this.#bytes;
  }

  /** Announces a task; what is known of it already stays. */
  expect(taskId: string, nowMs: number): void {
    const known = this.#kept.get(taskId);
    this.#replace(taskId, {
      outcome: known?.outcome ?? null,
      sizeBytes: known?.sizeBytes ?? 0,
      touchedMs: nowMs,
    });
  }

  isExpected(taskId: string, nowMs: number): boolean {
    this.#forget(nowMs);
    return this.#kept.has(taskId);
  }

  /** Keeps what a message of `sizeBytes` said; an outcome larger than everything allowed is not kept. */
  put(taskId: string, outcome: Outcome, sizeBytes: number, nowMs: number): void {
    this.#replace(taskId, { outcome, sizeBytes, touchedMs: nowMs });
  }

  get(taskId: string, nowMs: number): Outcome | null {
    this.#forget(nowMs);
    return this.#kept.get(taskId)?.outcome ?? null;
  }

  clear(): void {
    this.#kept.clear();
    this.#bytes = 0;
  }

  #replace(taskId: string, entry: Kept): void {
    this.#remove(taskId);
    this.#kept.set(taskId, entry);
    this.#bytes += entry.sizeBytes;
    this.#forget(entry.touchedMs);
  }

  #forget(nowMs: number): void {
    const { maxCount, maxBytes, maxAgeMs } = this.#limits;
    for (const [taskId, { touchedMs }] of this.#kept) {
      const fits = this.#kept.size <= maxCount && this.#bytes <= maxBytes;
      if (fits && nowMs - touchedMs <= maxAgeMs) return;
      this.#remove(taskId);
    }
  }

  #remove(taskId: string): void {
    this.#bytes -= this.#kept.get(taskId)?.sizeBytes ?? 0;
    this.#kept.delete(taskId);
  }
}
