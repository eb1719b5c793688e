// Time for work that nobody waits for, on the thread that collects: one short step at a time, each followed by a pause in proportion to its
// length. So all such work together takes at most a quarter of the thread, and a tenth while there is a flood of events.
import { pause as pauseFor } from './pause.ts';

/** After a step comes a pause of so many times its length. */
const PAUSE_FACTOR = 3;
const BUSY_PAUSE_FACTOR = 9;
const SHORTEST_PAUSE_MS = 5;

export interface SpareTime {
  /** Runs a step of some 20 ms when it is its turn, and answers what it answers. */
  run<T>(step: () => Promise<T>): Promise<T>;
  /** Ends the pauses: what still waits for its turn runs at once. */
  close(): void;
}

/** @param isBusy whether there is more to do for the events than usual */
export function createSpareTime(isBusy: () => boolean, pause = pauseFor): SpareTime {
  const stopping = new AbortController();
  let turn: Promise<void> = Promise.resolve();

  return {
    async run(step) {
      const before = turn;
      const { promise, resolve } = Promise.withResolvers<void>();
      turn = promise;
      await before;
      const startedMs = performance.now();
      try {
        return await step();
      } finally {
        const tookMs = performance.now() - startedMs;
        const factor = isBusy() ? BUSY_PAUSE_FACTOR : PAUSE_FACTOR;
        void pause(Math.max(SHORTEST_PAUSE_MS, tookMs * factor), stopping.signal).then(resolve);
      }
    },
    close: () => stopping.abort(),
  };
}
