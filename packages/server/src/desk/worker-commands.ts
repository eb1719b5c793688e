// Commands to workers: whom to ask, what each one answered, who stayed silent. What a command means and which
// arguments it takes is @umbel/celery's control room; checking a caller's parameters is HTTP's.
import {
  type Broker,
  commands,
  type ConsumerTarget,
  type ControlRequest,
  inspect,
  interpretReply,
  type Log,
  type Mailbox,
} from '@umbel/celery';
import type { Store } from '../store/store.ts';
import { type CommandReplies, DeskError, type WorkerReply, type WorkerView } from './desk.ts';
import { asDeskErrors } from './desk-error.ts';
import type { WorkerDetailsDesk } from './worker-details.ts';

/** Commands that change what workers are shown to be. */
const CHANGES_FACTS: ReadonlySet<string> = new Set([
  'pool_grow',
  'pool_shrink',
  'pool_restart',
  'autoscale',
  'add_consumer',
  'cancel_consumer',
  'rate_limit',
]);
/** How often the store is asked whether a worker has said goodbye. */
const GOODBYE_POLL_MS = 250;

export interface WorkerCommandsOptions {
  readonly store: Store;
  readonly broker: Broker;
  readonly mailbox: Mailbox;
  readonly inspectTimeoutMs: number;
  readonly requireWorker: (name: string) => Promise<WorkerView>;
  readonly details: Pick<WorkerDetailsDesk, 'online' | 'reconsider'>;
  readonly log: Log;
}

export function createWorkerCommands({
  store,
  broker,
  mailbox,
  inspectTimeoutMs,
  requireWorker,
  details,
  log,
}: WorkerCommandsOptions) {
  /** Processes that were asked for and may not have been started yet. */
  const grownBy = new Map<string, number>();

  function requireBroker(): void {
    const { connection } = broker;
    if (connection.state === 'connected') return;
    const reason = connection.state === 'disconnected' ? ` (${connection.error})` : '';
    throw new DeskError(
      'broker_unavailable',
      `The broker ${broker.displayUrl} is not connected${reason}; nothing was sent.`,
    );
  }

  /** A worker answers ok to a queue that the broker will refuse, and is lost in the next moment. */
  async function requireConsumable({
    queue,
    exchange,
    exchange_type: exchangeType,
  }: ControlRequest['arguments']): Promise<void> {
    await asDeskErrors(() => broker.requireConsumable({ queue, exchange, exchangeType } as ConsumerTarget));
  }

  async function ask(request: ControlRequest, to: readonly string[] | null): Promise<CommandReplies> {
    const expected = to ?? (await details.online());
    const raw = await asDeskErrors(() =>
      mailbox.ask({ ...request, destination: to, expected, timeoutMs: inspectTimeoutMs }),
    );
    const names = [...new Set([...expected, ...raw.keys()])].sort();
    return {
      replies: names.map(
        (worker): WorkerReply =>
          raw.has(worker)
            ? { worker, ...interpretReply(request.method, raw.get(worker)) }
            : { worker, outcome: 'no_reply' },
      ),
    };
  }

  /** So that whoever lists the workers next sees what was done. That it was done stays true when they cannot be asked. */
  async function reconsider({ replies }: CommandReplies): Promise<void> {
    const done = replies.filter((reply) => reply.outcome === 'ok').map((reply) => reply.worker);
    try {
      await details.reconsider(done);
    } catch (error) {
      log.warn({ err: error }, 'asking workers after a command failed');
    }
  }

  function countGrowth({ method, arguments: { n } }: ControlRequest, done: CommandReplies): void {
    const sign = method === 'pool_grow' ? 1 : method === 'pool_shrink' ? -1 : 0;
    if (sign === 0 || typeof n !== 'number') return;
    for (const { worker, outcome } of done.replies) {
      if (outcome === 'ok') grownBy.set(worker, (grownBy.get(worker) ?? 0) + sign * n);
    }
  }

  return {
    async command(request: ControlRequest, to: string | null): Promise<CommandReplies> {
      requireBroker();
      if (to !== null) await requireWorker(to);
      if (request.method === 'add_consumer') await requireConsumable(request.arguments);
      const answered = await ask(request, to === null ? null : [to]);
      if (CHANGES_FACTS.has(request.method)) await reconsider(answered);
      countGrowth(request, answered);
      return answered;
    },

    async poolSize(name: string): Promise<number | null> {
      requireBroker();
      await requireWorker(name);
      const { replies } = await ask(inspect.stats(), [name]);
      const stats = replies.find((reply) => reply.outcome === 'ok')?.value;
      return poolSizeOf(stats, grownBy.get(name) ?? 0);
    },

    async shutdown(name: string): Promise<{ readonly stopped: boolean }> {
      requireBroker();
      const { worker } = await requireWorker(name);
      // Celery never answers a shutdown, so that it can be heard at all has to be asked before.
      const { replies } = await ask(inspect.ping(), [name]);
      const silent = replies.every((reply) => reply.outcome === 'no_reply');
      if (silent && worker.status === 'offline') {
        throw new DeskError(
          'no_reply',
          `Worker ${name} is offline and does not answer; it was not asked to stop.`,
          { worker: name },
        );
      }
      const askedAt = Date.now();
      await asDeskErrors(() => mailbox.tell({ ...commands.shutdown(), destination: [name] }));
      if (silent) {
        throw new DeskError(
          'no_reply',
          `Worker ${name} does not answer; it was asked to stop, and will when it can.`,
          { worker: name },
        );
      }
      // Its goodbye event is the only sign. A warm shutdown first ends what is running.
      while (Date.now() - askedAt < inspectTimeoutMs) {
        await new Promise((resolve) => setTimeout(resolve, GOODBYE_POLL_MS));
        const now = (await store.workers()).find((candidate) => candidate.hostname === name);
        if (now === undefined || now.status === 'offline') return { stopped: true };
      }
      return { stopped: false };
    },
  };
}

/**
 * Processes in a pool by a worker's stats, or that are about to be in it: workers start them some seconds after they said that they
 * will. When in doubt the larger number.
 */
function poolSizeOf(stats: unknown, grownBy: number): number | null {
  const pool = (stats as { pool?: { processes?: unknown; 'max-concurrency'?: unknown } } | null)?.pool;
  if (!Array.isArray(pool?.processes)) return null;
  const startedWith = pool['max-concurrency'];
  return Math.max(pool.processes.length, (typeof startedWith === 'number' ? startedWith : 0) + grownBy);
}
