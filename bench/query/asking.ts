// The process that asks (ask.ts), as the benchmark sees it.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestScope } from '@umbel/testkit';

export interface AskOrder {
  readonly url: string;
  /** Each is asked for once. */
  readonly paths: readonly string[];
  /** Each client asks for the page that its last answer said was next, from the second question on. */
  readonly follow: boolean;
  /** How many ask at the same time; each waits for its answer before it asks again. */
  readonly clients: number;
  /** Between two questions of a client, and then the answer is measured from when it was due; null: it asks as soon as it has an answer. */
  readonly everyMs: number | null;
  /** When to stop, should it take longer. */
  readonly seconds: number;
}

export interface AskReport {
  /** Of the calls that were answered with 200. */
  readonly latenciesMs: readonly number[];
  readonly statuses: Readonly<Record<string, number>>;
  /** The first answer that was not 200; empty when all were. */
  readonly refused: string;
  readonly lastBody: string;
}

export interface Asking {
  ask(order: AskOrder): Promise<AskReport>;
}

export function startAsking(t: TestScope): Asking {
  const child = fork(join(import.meta.dirname, 'ask.ts'), { execArgv: [] });
  t.after(() => void child.kill());
  return {
    async ask(order) {
      child.send(order);
      const [report] = (await once(child, 'message')) as [AskReport];
      return report;
    },
  };
}
