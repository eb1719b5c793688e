// Looks every few seconds at how long the queues are and how busy the workers, and writes it down: the past of both has no other source.
// One process of a cluster does it, or every sample would be there twice.
import { randomUUID } from 'node:crypto';
import { type Broker, CeleryError, type Log } from '@umbel/celery';
import type { Gauge } from '../store/measures.ts';
import { type Store, StoreError } from '../store/store.ts';
import type { Desk, WorkerView } from './desk.ts';
import { pause as pauseFor } from './pause.ts';
import { queueNames } from './queue-lengths.ts';

const SAMPLE_EVERY_MS = 5_000;
/** While there is much to do, or looking takes long. */
const BUSY_SAMPLE_EVERY_MS = 10_000;
const LONG_ROUND_MS = 1_000;
/** Queues that no worker is known to consume are looked for in all keys of a Redis: not every time. */
const LOOK_FOR_QUEUES_EVERY_MS = 60_000;
/** When the process that did it is gone, another one does. */
const CLAIM_S = 25;
/** So many queues, and so many workers, have a past. */
const MOST_LABELS = 1_000;
const LONGEST_LABEL = 255;

export interface GaugeSamplerOptions {
  readonly desk: Pick<Desk, 'workers'>;
  readonly broker: Pick<Broker, 'connection' | 'listQueues' | 'queueLengths'>;
  readonly store: Pick<Store, 'writeGauges' | 'claim'>;
  /** Whether there is more to do than usual. Default: never. */
  readonly isBusy?: (() => boolean) | undefined;
  readonly log: Log;
  /** Epoch milliseconds. Default: Date.now. */
  readonly now?: (() => number) | undefined;
  /** Default: pause.ts. */
  readonly pause?: typeof pauseFor | undefined;
}

/** Begins at once. Uses what it is given, and closes none of it. */
export function openGaugeSampler(options: GaugeSamplerOptions): AsyncDisposable {
  const { desk, broker, store, log, now = Date.now, pause = pauseFor } = options;
  const { isBusy = () => false } = options;
  const process = randomUUID();
  const stopping = new AbortController();
  const { signal } = stopping;
  let revealed: readonly string[] = [];
  let lookedAtMs = -Infinity;
  let complaint = '';

  async function findQueues(consumed: Iterable<string>): Promise<string[]> {
    if (now() - lookedAtMs >= LOOK_FOR_QUEUES_EVERY_MS) {
      // Also when it fails: it may be too much for the broker.
      lookedAtMs = now();
      revealed = await broker.listQueues();
    }
    return labels([...consumed, ...revealed]);
  }

  async function sample(): Promise<void> {
    if (broker.connection.state !== 'connected') return;
    if (!(await store.claim('gauges', process, CLAIM_S))) return;
    const at = now() / 1_000;
    const there = [...(await desk.workers({ refresh: false }))].filter(
      ([, { worker }]) => worker.status === 'online',
    );
    const workers = there
      .filter(([name]) => name.length <= LONGEST_LABEL)
      .slice(0, MOST_LABELS)
      .map(([label, view]): Gauge => ({ kind: 'worker', label, at, values: workerValues(view) }));
    const consumers = countConsumers(there.map(([, view]) => view));
    const lengths = await broker.queueLengths(await findQueues(consumers.keys()));
    const queues = [...lengths].map(
      ([label, depth]): Gauge => ({
        kind: 'queue',
        label,
        at,
        values: { depth, consumers: consumers.get(label) ?? 0 },
      }),
    );
    const seen = [...queues, ...workers];
    if (seen.length > 0 && !signal.aborted) await store.writeGauges(seen);
    complaint = '';
  }

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      const startedMs = performance.now();
      try {
        await sample();
      } catch (error) {
        // Broker and store say for themselves when they are away.
        const isExpected = error instanceof CeleryError || error instanceof StoreError;
        if (!isExpected && complaint !== String(error)) {
          complaint = String(error);
          log.warn({ error: complaint }, 'queues and workers cannot be sampled');
        }
      }
      const tookMs = performance.now() - startedMs;
      const everyMs = isBusy() || tookMs > LONG_ROUND_MS ? BUSY_SAMPLE_EVERY_MS : SAMPLE_EVERY_MS;
      // A round that takes long is followed by a pause all the same.
      await pause(Math.max(everyMs - tookMs, everyMs / 2), signal);
    }
  }

  const watching = watch();
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await watching;
    },
  };
}

/** Workers that consume it, by queue. */
function countConsumers(views: readonly WorkerView[]): Map<string, number> {
  const consumers = new Map<string, number>();
  for (const { replies } of views) {
    for (const queue of new Set(queueNames(replies['active_queues'])))
      consumers.set(queue, (consumers.get(queue) ?? 0) + 1);
  }
  return consumers;
}

function labels(names: readonly string[]): string[] {
  const known = [...new Set(names)].filter((name) => name.length <= LONGEST_LABEL);
  return known.sort().slice(0, MOST_LABELS);
}

function workerValues({ worker, replies }: WorkerView): Gauge['values'] {
  const { pool } = (replies['stats'] ?? {}) as { pool?: { 'max-concurrency'?: unknown } | null };
  const values = { active: worker.active, slots: pool?.['max-concurrency'], load1: worker.loadavg?.[0] };
  return Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, number] => Number.isFinite(entry[1])),
  );
}
