// What workers answer when they are asked: kept per worker and method, asked again when a worker comes online, when
// the broker comes back, and on a schedule, so that a reader finds everything without asking for a refresh.
// Which workers exist and whether they are online is the collector's business (their events); a worker that sends no
// events is known from its answers alone, to roll calls above all.
import {
  type Broker,
  CeleryError,
  commands,
  inspect,
  interpretReply,
  type Log,
  type Mailbox,
  maskSecrets,
} from '@umbel/celery';
import type { Store, StoredWorker, WorkerDetails } from '../store/store.ts';
import type { WorkerView } from './desk.ts';
import { concludeWorker, forgottenWorkers, lastAnswerS } from './conclude-worker.ts';
import { asDeskErrors } from './desk-error.ts';
import { pause } from './pause.ts';
import { createRollCall } from './roll-call.ts';

/** Celery's inspect methods asked on the schedule: what changes rarely, and what no worker has much of. */
const SCHEDULED_METHODS = ['stats', 'active_queues', 'registered', 'conf', 'active'] as const;
/** What changes with every task and may be long (`scheduled` holds the arguments of all): asked on demand only. */
const DEMANDED_METHODS = ['reserved', 'scheduled', 'revoked'] as const;

/** Answers that describe the worker's own settings and connections, and so may hold passwords. */
const SETTINGS: ReadonlySet<string> = new Set(['stats', 'conf', 'active_queues']);

/** Codes of replies that came and cannot be read, as when a worker's task_serializer is pickle. */
const UNREADABLE: ReadonlySet<string> = new Set([
  'undecodable',
  'unsupported_content_type',
  'unsupported_compression',
  'too_large',
]);

/** How often the store is asked for workers that came online. */
const WATCH_EVERY_MS = 1_000;
/** How often everybody is asked, unless something happens; spread by ±20 % so that several desks do not ask in step. */
const ASK_ALL_EVERY_MS = 60_000;
/** A worker that does not answer is asked again after this, then after twice as long, up to ASK_ALL_EVERY_MS. */
const FIRST_RETRY_MS = 5_000;
/** How long a worker that nobody has heard of may take to answer: a wrong name should be told quickly. */
const DISCOVER_MS = 1_000;
/** Workers carry out some commands a moment after they say that they did; pools are brought to their size every 5 s. */
const EFFECT_AFTER_MS = [1_000, 6_000] as const;
/** How often everybody is asked just to say that they are there. */
const ROLL_CALL_EVERY_MS = 10_000;
/** After a restart of Umbel: who answered so shortly before is still there until it misses a roll call. */
const RECENT_S = 30;

type Replies = WorkerDetails['replies'];

export interface WorkerDetailsOptions {
  readonly store: Store;
  readonly broker: Broker;
  readonly mailbox: Mailbox;
  readonly inspectTimeoutMs: number;
  /** Ask workers that come online to send task events. */
  readonly enableEvents: boolean;
  /** Masks what answers tell of tasks, by inspect method, before they are kept. Default: kept as they come. */
  readonly redactReplies?: ((replies: Replies) => Replies) | undefined;
  readonly log: Log;
  /** Epoch milliseconds; default Date.now. */
  readonly now?: () => number;
  /** 0 … 1; default Math.random. */
  readonly random?: () => number;
}

export interface WorkerDetailsDesk {
  /** All known workers by name. */
  views(): Promise<Map<string, WorkerView>>;
  /** Names of all workers that are there. */
  online(): Promise<string[]>;
  /** Asks these workers (null = all) every method, and waits for them. Whoever does not answer keeps what is known. */
  refresh(names: readonly string[] | null): Promise<void>;
  /** Something was changed in these workers: asks them anew now, and again when the change has surely taken effect. */
  reconsider(names: readonly string[]): Promise<void>;
  /** Whether a worker that nothing is known of answers; if so, it is asked everything. */
  discover(name: string): Promise<boolean>;
  close(): Promise<void>;
}

/** Loads what earlier runs learned and begins to watch. */
export async function openWorkerDetails(options: WorkerDetailsOptions): Promise<WorkerDetailsDesk> {
  const { store, broker, mailbox, inspectTimeoutMs, enableEvents, log } = options;
  const { redactReplies = (replies) => replies } = options;
  const now = options.now ?? Date.now;
  const random = options.random ?? Math.random;
  const details = new Map<string, WorkerDetails>();
  const retries = new Map<string, { readonly atMs: number; readonly delayMs: number }>();
  /** When to ask again, epoch milliseconds by worker. */
  const changed = new Map<string, readonly number[]>();
  const stopping = new AbortController();
  let askAllAtMs = 0;
  let callRollAtMs = 0;

  for (const known of await store.workerDetails()) details.set(known.hostname, known);
  const rollCall = createRollCall(
    [...details.values()]
      .map((known) => [known.hostname, lastAnswerS(known)] as const)
      .filter(([, atS]) => now() / 1_000 - atS < RECENT_S),
  );

  const stopListening = broker.onConnection((connection) => {
    if (connection.state !== 'connected') return;
    askAllAtMs = 0;
    callRollAtMs = 0;
  });

  async function ask(names: readonly string[] | null, methods: readonly string[]): Promise<void> {
    const expected = names ?? (await online());
    const answers = await Promise.all(
      methods.map(async (method) => ({ method, replies: await askOne(method, names, expected) })),
    );
    const askedAt = now() / 1_000;
    const news = new Map<string, WorkerDetails>();
    for (const { method, replies } of answers) {
      for (const [hostname, raw] of replies) {
        const reply = interpretReply(method, raw);
        if (reply.outcome !== 'ok') continue;
        const before = news.get(hostname) ?? details.get(hostname);
        news.set(hostname, {
          hostname,
          askedAt: { ...before?.askedAt, [method]: askedAt },
          replies: {
            ...before?.replies,
            ...redactReplies({ [method]: SETTINGS.has(method) ? maskSecrets(reply.value) : reply.value }),
          },
        });
      }
    }
    for (const [hostname, entry] of news) {
      details.set(hostname, entry);
      await store.writeWorkerDetails(entry);
    }
  }

  async function askOne(
    method: string,
    names: readonly string[] | null,
    expected: readonly string[],
  ): Promise<ReadonlyMap<string, unknown>> {
    try {
      return await mailbox.ask({
        method,
        arguments: method === 'active' ? { safe: true } : {},
        destination: names,
        expected,
        timeoutMs: inspectTimeoutMs,
        signal: stopping.signal,
      });
    } catch (error) {
      if (!(error instanceof CeleryError && UNREADABLE.has(error.code))) throw error;
      // Answers came that nobody can read: no reason to lose those to the other methods.
      log.warn({ method, error: error.message }, 'answers of workers cannot be read');
      return new Map();
    }
  }

  async function forget(): Promise<void> {
    const stored = new Set((await store.workers()).map((worker) => worker.hostname));
    const forgotten = forgottenWorkers(details.values(), stored, now() / 1_000);
    if (forgotten.length > 0) await store.write({ tasks: [], workers: [], forgottenWorkers: forgotten });
    for (const name of forgotten) details.delete(name);
    for (const name of retries.keys()) if (!stored.has(name) && !details.has(name)) retries.delete(name);
  }

  /** Every worker that anything is known of, by name. */
  async function workersNow(): Promise<Map<string, StoredWorker>> {
    const stored = new Map((await store.workers()).map((worker) => [worker.hostname, worker]));
    const names = [...new Set([...stored.keys(), ...details.keys()])].sort();
    return new Map(
      names.flatMap((name) => {
        const worker = concludeWorker(stored.get(name), details.get(name), rollCall.presence(name));
        return worker === undefined ? [] : [[name, worker]];
      }),
    );
  }

  async function online(): Promise<string[]> {
    return [...(await workersNow()).values()].filter(isOnline).map((worker) => worker.hostname);
  }

  /** Workers to be asked: never completely, not since they came online or were changed, or under another pid. */
  async function dueWorkers(): Promise<string[]> {
    const workers = await workersNow();
    const unknown = rollCall.present().filter((name) => !workers.has(name));
    const there = [...workers.values()].filter(isOnline).map((worker) => worker.hostname);
    return [...there, ...unknown].filter((name) => {
      if ((changed.get(name)?.[0] ?? Infinity) <= now()) return true;
      const fresh = isFresh(details.get(name), workers.get(name));
      if (fresh) retries.delete(name);
      return !fresh && (retries.get(name)?.atMs ?? 0) <= now();
    });
  }

  async function tick(): Promise<void> {
    if (broker.connection.state !== 'connected') return;
    if (now() >= askAllAtMs) {
      askAllAtMs = now() + ASK_ALL_EVERY_MS * (0.8 + 0.4 * random());
      if (enableEvents) await mailbox.tell({ ...commands.enableEvents(), destination: null });
      await forget();
      await ask(null, SCHEDULED_METHODS);
      return;
    }
    const due = await dueWorkers();
    if (due.length === 0) return;
    for (const name of due) {
      const later = changed.get(name)?.filter((atMs) => atMs > now()) ?? [];
      if (later.length > 0) changed.set(name, later);
      else changed.delete(name);
      const delayMs = Math.min((retries.get(name)?.delayMs ?? FIRST_RETRY_MS / 2) * 2, ASK_ALL_EVERY_MS);
      retries.set(name, { atMs: now() + delayMs, delayMs });
    }
    if (enableEvents) await mailbox.tell({ ...commands.enableEvents(), destination: due });
    await ask(due, SCHEDULED_METHODS);
  }

  async function callRoll(): Promise<void> {
    const startedAtMs = now();
    if (broker.connection.state !== 'connected' || startedAtMs < callRollAtMs) return;
    callRollAtMs = startedAtMs + ROLL_CALL_EVERY_MS;
    const answers = await mailbox.ask({
      ...inspect.ping(),
      destination: null,
      expected: null,
      timeoutMs: inspectTimeoutMs,
      signal: stopping.signal,
    });
    if (!stopping.signal.aborted) rollCall.record([...answers.keys()], startedAtMs / 1_000);
  }

  async function repeat(action: () => Promise<void>, everyMs: number): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        await action();
      } catch (error) {
        // The broker or the store is away: both say so in /readyz; the next tick tries again.
        if (!stopping.signal.aborted) log.warn({ err: error }, 'asking the workers failed, trying again');
      }
      await pause(everyMs, stopping.signal);
    }
  }
  const watching = Promise.all([repeat(tick, WATCH_EVERY_MS), repeat(callRoll, WATCH_EVERY_MS)]);

  return {
    async views() {
      return new Map(
        [...(await workersNow())].map(([name, worker]) => {
          const { replies = {}, askedAt = {} } = details.get(name) ?? {};
          return [name, { worker, replies, askedAt }];
        }),
      );
    },
    online,
    refresh: (names) => asDeskErrors(() => ask(names, [...SCHEDULED_METHODS, ...DEMANDED_METHODS])),
    async reconsider(names) {
      const askAtMs = EFFECT_AFTER_MS.map((afterMs) => now() + afterMs);
      for (const name of names) changed.set(name, askAtMs);
      if (names.length > 0) await ask(names, SCHEDULED_METHODS);
    },
    async discover(name) {
      const timeoutMs = Math.min(DISCOVER_MS, inspectTimeoutMs);
      const answers = await mailbox.ask({
        ...inspect.ping(),
        destination: [name],
        expected: [name],
        timeoutMs,
      });
      if (!answers.has(name)) return false;
      rollCall.hear(name, now() / 1_000);
      await ask([name], SCHEDULED_METHODS);
      return true;
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

/** Nothing scheduled is unknown or older than the worker's present life. */
function isFresh(known: WorkerDetails | undefined, worker: StoredWorker | undefined): boolean {
  if (known === undefined) return false;
  const { pid } = (known.replies['stats'] ?? {}) as { pid?: unknown };
  if (typeof worker?.pid === 'number' && worker.pid !== pid) return false;
  return SCHEDULED_METHODS.every((method) => (known.askedAt[method] ?? 0) >= (worker?.statusSince ?? 1));
}
