// What workers answer when they are asked: kept per worker and method, asked again when a worker comes online, when
// the broker comes back, and on a schedule, so that a reader finds everything without asking for a refresh.
// Which workers exist and whether they are online is the collector's business (their events); a worker that sends no
// events is known from its answers alone.
import {
  type Broker,
  type BrokerLog,
  commands,
  inspect,
  interpretReply,
  type Mailbox,
  maskSecrets,
} from '@umbel/celery';
import type { Store, StoredWorker, WorkerDetails } from '../store/store.ts';
import type { WorkerView } from './desk.ts';
import { pause } from './pause.ts';

/** Celery's inspect methods asked on the schedule: what changes rarely, and what no worker has much of. */
const SCHEDULED_METHODS = ['stats', 'active_queues', 'registered', 'conf', 'active'] as const;
/** What changes with every task and may be long (`scheduled` holds the arguments of all): asked on demand only. */
const DEMANDED_METHODS = ['reserved', 'scheduled', 'revoked'] as const;

/** Answers that describe the worker's own settings and connections, and so may hold passwords. */
const SETTINGS: ReadonlySet<string> = new Set(['stats', 'conf', 'active_queues']);

/** How often the store is asked for workers that came online. */
const WATCH_EVERY_MS = 1_000;
/** How often everybody is asked, unless something happens; spread by ±20 % so that several desks do not ask in step. */
const ASK_ALL_EVERY_MS = 60_000;
/** A worker that does not answer is asked again after this, then after twice as long, up to ASK_ALL_EVERY_MS. */
const FIRST_RETRY_MS = 5_000;
/** How long a worker that nobody has heard of may take to answer: a wrong name should be told quickly. */
const DISCOVER_MS = 1_000;
/** A worker known only from its answers counts as gone when it has missed this many rounds. */
const MISSED_ROUNDS = 2.5;

export interface WorkerDetailsOptions {
  readonly store: Store;
  readonly broker: Broker;
  readonly mailbox: Mailbox;
  readonly inspectTimeoutMs: number;
  /** Ask workers that come online to send task events. */
  readonly enableEvents: boolean;
  readonly log: BrokerLog;
  /** Epoch milliseconds; default Date.now. */
  readonly now?: () => number;
  /** 0 … 1; default Math.random. */
  readonly random?: () => number;
}

export interface WorkerDetailsDesk {
  /** All known workers by name. */
  views(): Promise<Map<string, WorkerView>>;
  /** Asks these workers (null = all) every method, and waits for them. Whoever does not answer keeps what is known. */
  refresh(names: readonly string[] | null): Promise<void>;
  /** Whether a worker that nothing is known of answers; if so, it is asked everything. */
  discover(name: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Loads what earlier runs learned and begins to watch. */
export async function openWorkerDetails(options: WorkerDetailsOptions): Promise<WorkerDetailsDesk> {
  const { store, broker, mailbox, inspectTimeoutMs, enableEvents, log } = options;
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;
  const details = new Map<string, WorkerDetails>();
  const retries = new Map<string, { readonly atMs: number; readonly delayMs: number }>();
  const stopping = new AbortController();
  let askAllAtMs = 0;

  for (const known of await store.workerDetails()) details.set(known.hostname, known);

  const stopListening = broker.onConnection((connection) => {
    if (connection.state === 'connected') askAllAtMs = 0;
  });

  async function ask(names: readonly string[] | null, methods: readonly string[]): Promise<void> {
    const expected = names ?? (await store.workers()).filter(isOnline).map((worker) => worker.hostname);
    const answers = await Promise.all(
      methods.map(async (method) => ({
        method,
        replies: await mailbox.ask({
          method,
          arguments: method === 'active' ? { safe: true } : {},
          destination: names,
          expected,
          timeoutMs: inspectTimeoutMs,
          signal: stopping.signal,
        }),
      })),
    );
    const askedAt = now() / 1_000;
    const changed = new Map<string, WorkerDetails>();
    for (const { method, replies } of answers) {
      for (const [hostname, raw] of replies) {
        const reply = interpretReply(method, raw);
        if (reply.outcome !== 'ok') continue;
        const before = changed.get(hostname) ?? details.get(hostname);
        changed.set(hostname, {
          hostname,
          askedAt: { ...before?.askedAt, [method]: askedAt },
          replies: {
            ...before?.replies,
            [method]: SETTINGS.has(method) ? maskSecrets(reply.value) : reply.value,
          },
        });
      }
    }
    for (const [hostname, entry] of changed) {
      details.set(hostname, entry);
      await store.writeWorkerDetails(entry);
    }
  }

  /** Workers whose answers are older than their present life: never asked, came online since, or have another pid. */
  function dueWorkers(workers: readonly StoredWorker[]): string[] {
    return workers
      .filter(isOnline)
      .filter((worker) => {
        const known = details.get(worker.hostname);
        const askedAt = known?.askedAt['stats'];
        const pid = (known?.replies['stats'] as { pid?: unknown } | undefined)?.pid;
        const fresh =
          askedAt !== undefined &&
          askedAt >= worker.statusSince &&
          (worker.pid === null || pid === worker.pid);
        if (fresh) retries.delete(worker.hostname);
        return !fresh && (retries.get(worker.hostname)?.atMs ?? 0) <= now();
      })
      .map((worker) => worker.hostname);
  }

  async function tick(): Promise<void> {
    if (broker.connection.state !== 'connected') return;
    if (now() >= askAllAtMs) {
      askAllAtMs = now() + ASK_ALL_EVERY_MS * (0.8 + 0.4 * random());
      if (enableEvents) await mailbox.tell({ ...commands.enableEvents(), destination: null });
      await ask(null, SCHEDULED_METHODS);
      return;
    }
    const due = dueWorkers(await store.workers());
    if (due.length === 0) return;
    for (const name of due) {
      const delayMs = Math.min((retries.get(name)?.delayMs ?? FIRST_RETRY_MS / 2) * 2, ASK_ALL_EVERY_MS);
      retries.set(name, { atMs: now() + delayMs, delayMs });
    }
    if (enableEvents) await mailbox.tell({ ...commands.enableEvents(), destination: due });
    await ask(due, SCHEDULED_METHODS);
  }

  async function watch(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await tick();
      } catch (error) {
        // The broker or the store is away: both say so in /readyz; the next tick tries again.
        if (!stopping.signal.aborted) log.warn({ err: error }, 'asking the workers failed, trying again');
      }
      await pause(WATCH_EVERY_MS, stopping.signal);
    }
  }
  const watching = watch();

  return {
    async views() {
      const stored = new Map((await store.workers()).map((worker) => [worker.hostname, worker]));
      const views = new Map<string, WorkerView>();
      for (const hostname of [...new Set([...stored.keys(), ...details.keys()])].sort()) {
        const known = details.get(hostname);
        const worker =
          stored.get(hostname) ?? (known === undefined ? undefined : fromAnswers(known, now() / 1_000));
        if (worker !== undefined) {
          views.set(hostname, { worker, replies: known?.replies ?? {}, askedAt: known?.askedAt ?? {} });
        }
      }
      return views;
    },
    refresh: (names) => ask(names, [...SCHEDULED_METHODS, ...DEMANDED_METHODS]),
    async discover(name) {
      const timeoutMs = Math.min(DISCOVER_MS, inspectTimeoutMs);
      const answers = await mailbox.ask({
        ...inspect.ping(),
        destination: [name],
        expected: [name],
        timeoutMs,
      });
      if (answers.has(name)) await ask([name], SCHEDULED_METHODS);
      return answers.has(name);
    },
    async close() {
      stopListening();
      stopping.abort();
      await watching;
    },
  };
}

function isOnline(worker: StoredWorker): boolean {
  return worker.status === 'online';
}

/** A worker that answers but sends no events (`--without-heartbeat`): all that is known is when it last answered. */
function fromAnswers(known: WorkerDetails, nowSeconds: number): StoredWorker {
  const lastHeard = Math.max(0, ...Object.values(known.askedAt));
  const online = nowSeconds - lastHeard < (MISSED_ROUNDS * ASK_ALL_EVERY_MS) / 1_000;
  const stats = known.replies['stats'] as { pid?: unknown } | undefined;
  return {
    hostname: known.hostname,
    pid: typeof stats?.pid === 'number' ? stats.pid : null,
    freq: null,
    active: null,
    processed: null,
    loadavg: null,
    factsAt: null,
    software: null,
    onlineAt: null,
    heartbeatAt: null,
    offlineAt: null,
    lastEventAt: lastHeard,
    clock: 0,
    status: online ? 'online' : 'offline',
    statusSince: lastHeard,
    offlineReason: online ? null : 'silent',
    lastHeard,
  };
}
