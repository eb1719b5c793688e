// Counting a few pages of the tables where counting all takes too long.
import type { ClientBase } from 'pg';
import type { Budget } from './budget.ts';
import { totalTasks } from './labels.ts';

/** Rows of a sample, as far as pages hold what they seem to. */
const SAMPLE_ROWS = 5_000;

/** So much of the time may be spent on counting all first. */
export const WHOLE_SHARE = 0.5;

export interface Sample<T> {
  /** Undefined when even that took too long. */
  readonly answer: T | undefined;
  /** What a count of the sample has to be multiplied by. */
  readonly scale: number;
}

/** @param count asks `from`, which stands for `tasks` */
export async function sampleOf<T>(
  client: ClientBase,
  budget: Budget,
  count: (from: string) => Promise<T>,
): Promise<Sample<T>> {
  const all = await totalTasks(client);
  const percent = Math.min(100, Math.max(0.01, (100 * SAMPLE_ROWS) / Math.max(1, all)));
  const answer = await budget.within(() => count(`tasks TABLESAMPLE SYSTEM (${percent})`));
  return { answer, scale: 100 / percent };
}
