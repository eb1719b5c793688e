// Brings what another history holds into a store. Nothing is counted or kept twice, however often it is done: tasks are joined with
// what is there, as events are; a worker's newer facts win; counts of a stretch are raised to what they were, never added up.
// So it can be interrupted and repeated, and the store may collect meanwhile.
import { isDeepStrictEqual } from 'node:util';
import { mergeTasks, type TaskRecord } from '@umbel/celery';
import { sumTallies } from '../../measures/sum-tallies.ts';
import { tallyChange } from '../../measures/tally-change.ts';
import type { StretchTally, Tally } from '../../measures/tally.ts';
import type { Gauge } from '../measures.ts';
import type { Store, StoredWorker } from '../store.ts';
import { coarseStep } from './coarse-step.ts';
import type { HistoryItem, ItemCounts } from './history-line.ts';
import { missingCounts } from './missing-counts.ts';

const BATCH_ITEMS = 1_000;
/** Of the texts of a batch of tasks, UTF-16 code units: a batch is one transaction. */
const BATCH_CHARS = 8 * 1024 * 1024;

export interface MergeOptions {
  /** Epoch seconds. */
  readonly nowS: number;
  /** What has been read so far; called after each batch. */
  readonly onProgress?: ((counts: ItemCounts) => void) | undefined;
}

export interface Merged {
  /** What was read. */
  readonly counts: ItemCounts;
  /** Tasks that were not in the store, or not as whole. */
  readonly tasksChanged: number;
}

type Target = Pick<Store, 'readTasks' | 'write' | 'workers' | 'tallies' | 'writeGauges'>;

/** @throws StoreError; whatever `items` throws. What was merged until then stays. */
export async function mergeHistory(
  target: Target,
  items: AsyncIterable<HistoryItem>,
  { nowS, onProgress }: MergeOptions,
): Promise<Merged> {
  const counts = { task: 0, worker: 0, tally: 0, gauge: 0 };
  let tasksChanged = 0;
  const tasks: TaskRecord[] = [];
  let chars = 0;
  const workers: StoredWorker[] = [];
  const gauges: Gauge[] = [];
  const tallies: StretchTally[] = [];

  const flush = async () => {
    tasksChanged += await mergeTaskBatch(target, tasks.splice(0));
    chars = 0;
    await mergeWorkers(target, workers.splice(0));
    await raiseTallies(target, tallies.splice(0), nowS);
    if (gauges.length > 0) await target.writeGauges(gauges.splice(0));
    onProgress?.({ ...counts });
  };

  const take = async (item: HistoryItem) => {
    if ('task' in item) {
      tasks.push(item.task);
      chars += charsOf(item.task);
      counts.task++;
    } else if ('worker' in item) {
      workers.push(item.worker);
      counts.worker++;
    } else if ('gauge' in item) {
      gauges.push(item.gauge);
      counts.gauge++;
    } else {
      // Whole stretches only: a part of one would seem to be all that there was.
      if (tallies.length > 0 && !isSameStretch(tallies[0], item.tally, nowS)) await flush();
      tallies.push(item.tally);
      counts.tally++;
    }
    if (tasks.length + workers.length + gauges.length >= BATCH_ITEMS || chars >= BATCH_CHARS) await flush();
  };

  try {
    for await (const item of items) await take(item);
  } finally {
    // Also when the rest cannot be read: what came before stays.
    await flush();
  }
  return { counts, tasksChanged };
}

async function mergeTaskBatch(target: Target, batch: readonly TaskRecord[]): Promise<number> {
  if (batch.length === 0) return 0;
  const stored = await target.readTasks(batch.map(({ uuid }) => uuid));
  const changed: TaskRecord[] = [];
  const tallies: Tally[] = [];
  for (const record of batch) {
    const before = stored.get(record.uuid);
    const after = before === undefined ? record : mergeTasks(before, record);
    if (before !== undefined && isDeepStrictEqual(before, after)) continue;
    changed.push(after);
    tallies.push(...tallyChange(before, after));
  }
  if (changed.length > 0) await target.write({ tasks: changed, workers: [], tallies: sumTallies(tallies) });
  return changed.length;
}

async function mergeWorkers(target: Target, batch: readonly StoredWorker[]): Promise<void> {
  if (batch.length === 0) return;
  const known = new Map((await target.workers()).map((worker) => [worker.hostname, worker]));
  const newer = batch.filter(
    ({ hostname, lastHeard }) => lastHeard > (known.get(hostname)?.lastHeard ?? -Infinity),
  );
  if (newer.length > 0) await target.write({ tasks: [], workers: newer });
}

async function raiseTallies(target: Target, batch: readonly StretchTally[], nowS: number): Promise<void> {
  const [first] = batch;
  if (first === undefined) return;
  const { from, stepS } = stretchOf(first, nowS);
  const wanted = sumTallies(batch, stepS);
  const there = await target.tallies({ kind: first.kind, from, to: from + stepS, stepS });
  const missing = missingCounts(wanted, there);
  if (missing.length > 0) await target.write({ tasks: [], workers: [], tallies: missing });
}

function isSameStretch(a: StretchTally | undefined, b: StretchTally, nowS: number): boolean {
  return a !== undefined && a.kind === b.kind && stretchOf(a, nowS).from === stretchOf(b, nowS).from;
}

/** The stretch that is compared as a whole. */
function stretchOf(tally: StretchTally, nowS: number): { readonly from: number; readonly stepS: number } {
  const stepS = Math.max(tally.stepS, coarseStep(tally.at, nowS));
  return { from: Math.floor(tally.at / stepS) * stepS, stepS };
}

function charsOf({ args, kwargs, result, exception, traceback }: TaskRecord): number {
  return [args, kwargs, result, exception, traceback].reduce((sum, text) => sum + (text?.length ?? 0), 0);
}
