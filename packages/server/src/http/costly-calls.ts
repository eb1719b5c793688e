// Calls that hold something for long: waits for a task hold memory and a subscription, refreshes make every worker answer,
// searches hold a reader of the history. Each caller may have a few under way at once, and all together some more; what
// comes on top is refused at once (429) instead of waiting in a queue that only grows.
import { Refusal } from './errors.ts';

interface Limit {
  readonly each: number;
  readonly all: number;
  /** For the sentence, after “too many”. */
  readonly words: string;
}

export const COSTLY_CALLS = {
  wait: { each: 100, all: 1_000, words: 'calls that wait for a task' },
  refresh: { each: 4, all: 16, words: 'calls that ask the workers anew' },
  search: { each: 8, all: 32, words: 'searches' },
} as const satisfies Readonly<Record<string, Limit>>;

export type CostlyCall = keyof typeof COSTLY_CALLS;

const RETRY_AFTER_S = 2;

export interface CostlyCalls {
  /**
   * Counts a call until it is disposed of.
   * @param caller whose share it is of
   * @throws Refusal 429
   */
  begin(call: CostlyCall, caller: string): Disposable;
}

export function createCostlyCalls(): CostlyCalls {
  const underWay = new Map<string, number>();
  const count = (key: string, step: number) => {
    const now = (underWay.get(key) ?? 0) + step;
    if (now === 0) underWay.delete(key);
    else underWay.set(key, now);
  };
  return {
    begin(call, caller) {
      const { each, all, words } = COSTLY_CALLS[call];
      const own = `${call} ${caller}`;
      if ((underWay.get(own) ?? 0) >= each || (underWay.get(call) ?? 0) >= all) {
        throw new Refusal(429, `Too many ${words} are under way; try again when one of them has ended.`, {
          headers: { 'retry-after': String(RETRY_AFTER_S) },
        });
      }
      for (const key of [own, call]) count(key, 1);
      let ended = false;
      return {
        [Symbol.dispose]() {
          if (ended) return;
          ended = true;
          for (const key of [own, call]) count(key, -1);
        },
      };
    },
  };
}
