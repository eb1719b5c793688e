// What the search language needs to know besides the tasks: the time, which workers are gone, what is slow for a task of its type, and
// which tasks workers have been told to drop.
import { percentile } from '../measures/histogram.ts';
import type { QueryContext } from '../query/query-context.ts';
import type { TaskCondition } from '../query/task-condition.ts';
import type { Store } from '../store/store.ts';

const DAY_S = 86_400;
/** What is slow changes with the day; asking for every query would cost more than the query. */
const KEPT_MS = 60_000;
/** Share of the runs of the day before that were shorter. */
const SLOW_SHARE = 0.99;

export interface QueryContexts {
  /** For `TaskFilter.known`; undefined where the query needs to know nothing. */
  contextOf(query: TaskCondition | undefined): Promise<QueryContext | undefined>;
}

export function createQueryContexts(
  store: Pick<Store, 'workers' | 'workerDetails' | 'tallies'>,
): QueryContexts {
  let limits: { readonly atMs: number; readonly slowAboveS: Promise<ReadonlyMap<string, number>> } | null =
    null;

  async function readLimits(nowS: number): Promise<ReadonlyMap<string, number>> {
    const today = Math.floor(nowS / DAY_S) * DAY_S;
    const tallies = await store.tallies({ kind: 'name', from: today - DAY_S, to: today, stepS: DAY_S });
    return new Map(
      tallies.flatMap(({ label, run }) => {
        const limit = percentile(run, SLOW_SHARE);
        return limit === null ? [] : [[label, limit] as const];
      }),
    );
  }

  /** As workers that are there said when they were last asked for all they know. */
  async function readRevoked(gone: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    const details = await store.workerDetails();
    const answers = details
      .filter(({ hostname }) => !gone.has(hostname))
      .map(({ replies }) => replies['revoked']);
    return new Set(
      answers.flatMap((ids) => (Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : [])),
    );
  }

  return {
    async contextOf(query) {
      const flags = query === undefined ? new Set() : flagsIn(query);
      if (flags.size === 0) return undefined;
      const nowMs = Date.now();
      if (flags.has('slow') && (limits === null || nowMs - limits.atMs > KEPT_MS)) {
        limits = { atMs: nowMs, slowAboveS: readLimits(nowMs / 1_000) };
        // A failure is told now, and tried again by the next query.
        limits.slowAboveS.catch(() => {
          limits = null;
        });
      }
      const workers = await store.workers();
      const gone = workers.filter(({ status }) => status === 'offline');
      return {
        nowS: nowMs / 1_000,
        goneWorkers: new Map(gone.map(({ hostname, statusSince }) => [hostname, statusSince])),
        slowAboveS: flags.has('slow') && limits !== null ? await limits.slowAboveS : new Map(),
        revoking: flags.has('revoking')
          ? await readRevoked(new Set(gone.map(({ hostname }) => hostname)))
          : new Set(),
      };
    },
  };
}

function flagsIn(condition: TaskCondition): ReadonlySet<string> {
  switch (condition.kind) {
    case 'is':
      return new Set([condition.flag]);
    case 'not':
      return flagsIn(condition.of);
    case 'all':
    case 'any':
      return new Set(condition.of.flatMap((one) => [...flagsIn(one)]));
    default:
      return new Set();
  }
}
