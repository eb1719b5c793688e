// One small step of upkeep of the history: of each part that has something to do, a little, until the step has been long enough.
// Nothing is written, and nobody's lock taken, while there is nothing to do.
import type { Transactions } from './transactions.ts';

/** A step is ended after the first part of it that is so long, so that whoever shares the thread waits for it no longer. */
const STEP_MS = 15;

export interface UpkeepPart {
  /** Whether `step` has anything to do. Reads only. */
  isDue(nowS: number): boolean;
  /** Inside a write transaction. Answers whether there may be more to do. */
  step(nowS: number): boolean;
}

/** @param parts in order of urgency. Answers whether there is more to do. */
export async function tidyHistory(
  { read, write }: Transactions,
  parts: readonly UpkeepPart[],
  nowS: number,
): Promise<boolean> {
  const due = await read(() => parts.filter((part) => part.isDue(nowS)));
  if (due.length === 0) return false;
  return write(() => {
    const startedMs = performance.now();
    for (const part of due) {
      while (part.step(nowS)) if (performance.now() - startedMs >= STEP_MS) return true;
    }
    return false;
  });
}
