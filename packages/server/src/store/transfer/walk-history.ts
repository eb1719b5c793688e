// Everything that a history holds, one thing after another, from any store: for exporting, and for moving to another store.
import { TALLY_KINDS } from '../../measures/tally.ts';
import { GAUGE_FIELDS, type GaugeKind } from '../measures.ts';
import type { Store, TaskPlace } from '../store.ts';
import type { HistoryItem } from './history-line.ts';
import { coarseStep } from './coarse-step.ts';

const PAGE_TASKS = 1_000;
const DAY_S = 86_400;
/** How long counts are kept (days), and some more. */
const OLDEST_DAYS = 402;

type Walked = Pick<Store, 'listTasks' | 'workers' | 'tallies' | 'gauges'>;

/**
 * Tasks by received time, the newest first: what arrives meanwhile is not among them. Then the workers, counts and gauges.
 * @param nowS epoch seconds
 */
export async function* walkHistory(store: Walked, nowS: number): AsyncGenerator<HistoryItem> {
  yield* walkTasks(store);
  for (const worker of await store.workers()) yield { worker };
  const today = Math.floor(nowS / DAY_S) * DAY_S;
  for (let from = today - OLDEST_DAYS * DAY_S; from <= today + DAY_S; from += DAY_S) {
    const to = from + DAY_S;
    for (const kind of TALLY_KINDS) {
      const stepS = coarseStep(from, nowS);
      for (const tally of await store.tallies({ kind, from, to, stepS })) yield { tally };
    }
    for (const kind of Object.keys(GAUGE_FIELDS) as GaugeKind[]) {
      for (const gauge of await store.gauges({ kind, from, to, stepS: 1 })) yield { gauge };
    }
  }
}

async function* walkTasks(store: Walked): AsyncGenerator<HistoryItem> {
  let at: TaskPlace | undefined;
  for (;;) {
    const page = await store.listTasks({
      filter: {},
      sortBy: 'received',
      descending: true,
      limit: PAGE_TASKS,
      offset: 0,
      at,
    });
    for (const task of page.tasks) yield { task };
    if (page.places === null) return;
    at = { place: page.places.last, side: 'after' };
  }
}
