// How much slower common questions are while Umbel deletes old tasks: the p99 of a mix of them, first quiet, then with a bound on the
// number of tasks that makes a fifth of the history go.
import type { TestScope } from '@umbel/testkit';
import { percentile } from '../door/percentile.ts';
import type { Asking } from './asking.ts';
import type { FilledHistory } from './fill-history.ts';
import type { Question } from './questions.ts';
import { startOn, type StartedUmbel, type StartOptions } from './start-on.ts';

const MIX = ['newest page', 'by state', 'by worker', 'by type', 'by time window', 'task info by id'];
const KEPT_SHARE = 0.8;
const WANTED_RATIO = 2;
const CALLS_AT_ONCE = 60;

export interface PruningPlan {
  readonly t: TestScope;
  readonly options: StartOptions;
  readonly asking: Asking;
  readonly history: FilledHistory;
  readonly questions: readonly Question[];
  /** At most, for each of the two. */
  readonly seconds: number;
  readonly print: (text: string) => void;
}

export async function measurePruning(plan: PruningPlan): Promise<void> {
  const quiet = await measureMix(plan, []);
  const kept = Math.max(1_000, Math.floor(plan.history.tasks * KEPT_SHARE));
  const pruning = await measureMix(plan, ['--retention-tasks', `${kept}`]);
  if (quiet === null || pruning === null) {
    plan.print('while tasks are deleted: nothing was deleted while it was measured');
    return;
  }
  const ratio = pruning.p99 / quiet.p99;
  const held = ratio <= WANTED_RATIO ? 'held' : 'MISSED';
  plan.print(
    `while tasks are deleted: p50 ${pruning.p50.toFixed(1)} ms, p99 ${pruning.p99.toFixed(1)} ms; quiet p50 ${quiet.p50.toFixed(1)} ms, p99 ${quiet.p99.toFixed(1)} ms; ` +
      `${ratio.toFixed(2)} times (wanted ${WANTED_RATIO}: ${held}); ${(pruning.fewer / pruning.seconds).toFixed(0)} tasks/s were deleted`,
  );
}

interface Mix {
  readonly p50: number;
  readonly p99: number;
  readonly seconds: number;
  /** Tasks that went. */
  readonly fewer: number;
}

/** Asks the mix by one client until the time is over, or nothing is deleted any more. Null: nothing was. */
async function measureMix(
  { t, options, asking, questions, seconds }: PruningPlan,
  args: readonly string[],
): Promise<Mix | null> {
  const umbel = await startOn(t, { ...options, args });
  const mix = questions.filter(({ what }) => MIX.includes(what));
  const latenciesMs: number[] = [];
  const before = await totalOf(umbel);
  const startedMs = performance.now();
  let total = before;
  let spentSeconds = 0;
  for (let round = 0; spentSeconds < seconds; round++) {
    const paths = Array.from(
      { length: CALLS_AT_ONCE },
      (_, n) => mix[n % mix.length]?.path(round * CALLS_AT_ONCE + n) ?? '',
    );
    const report = await asking.ask({
      url: umbel.url,
      paths,
      follow: false,
      everyMs: null,
      clients: 1,
      seconds,
    });
    spentSeconds = (performance.now() - startedMs) / 1_000;
    const now = await totalOf(umbel);
    // What was measured while nothing went does not count.
    if (args.length > 0 && now >= total) {
      if (now < before) break;
      continue;
    }
    total = now;
    latenciesMs.push(...report.latenciesMs);
  }
  await umbel.process.stop({ graceMs: 30_000 });
  if (latenciesMs.length === 0) return null;
  return {
    p50: percentile(latenciesMs, 0.5),
    p99: percentile(latenciesMs, 0.99),
    seconds: spentSeconds,
    fewer: before - total,
  };
}

async function totalOf({ url }: StartedUmbel): Promise<number> {
  const response = await fetch(`${url}/api/tasks?limit=0`);
  return ((await response.json()) as { total: number }).total;
}
