// Commands to workers: whom to ask, what each one answered, who stayed silent. What a command means and which
// arguments it takes is @umbel/celery's control room; checking a caller's parameters is HTTP's.
import { type Broker, commands, interpretReply, type Mailbox } from '@umbel/celery';
import type { Store } from '../store/store.ts';
import { type CommandReplies, DeskError, type WorkerReply, type WorkerView } from './desk.ts';
import { asDeskErrors } from './desk-error.ts';

/** How often the store is asked whether a worker has said goodbye. */
const GOODBYE_POLL_MS = 250;

export interface WorkerCommandsOptions {
  readonly store: Store;
  readonly broker: Broker;
  readonly mailbox: Mailbox;
  readonly inspectTimeoutMs: number;
  readonly requireWorker: (name: string) => Promise<WorkerView>;
}

export function createWorkerCommands({
  store,
  broker,
  mailbox,
  inspectTimeoutMs,
  requireWorker,
}: WorkerCommandsOptions) {
  function requireBroker(): void {
    const { connection } = broker;
    if (connection.state === 'connected') return;
    const reason = connection.state === 'disconnected' ? ` (${connection.error})` : '';
    throw new DeskError(
      'broker_unavailable',
      `The broker ${broker.displayUrl} is not connected${reason}; nothing was sent.`,
    );
  }

  async function ask(
    method: string,
    args: Readonly<Record<string, unknown>>,
    to: readonly string[] | null,
  ): Promise<CommandReplies> {
    const expected =
      to ??
      (await store.workers()).filter((worker) => worker.status === 'online').map((worker) => worker.hostname);
    const raw = await asDeskErrors(() =>
      mailbox.ask({ method, arguments: args, destination: to, expected, timeoutMs: inspectTimeoutMs }),
    );
    const names = [...new Set([...expected, ...raw.keys()])].sort();
    return {
      replies: names.map(
        (worker): WorkerReply =>
          raw.has(worker)
            ? { worker, ...interpretReply(method, raw.get(worker)) }
            : { worker, outcome: 'no_reply' },
      ),
    };
  }

  return {
    async command(
      method: string,
      args: Readonly<Record<string, unknown>>,
      to: string | null,
    ): Promise<CommandReplies> {
      requireBroker();
      if (to !== null) await requireWorker(to);
      return ask(method, args, to === null ? null : [to]);
    },

    async shutdown(name: string): Promise<{ readonly stopped: boolean }> {
      requireBroker();
      const { worker } = await requireWorker(name);
      if (worker.status === 'offline') {
        // It may be there all the same (no heartbeats): only its silence makes the command pointless.
        const { replies } = await ask('ping', {}, [name]);
        if (replies.every((reply) => reply.outcome === 'no_reply')) {
          throw new DeskError(
            'no_reply',
            `Worker ${name} is offline and does not answer; it was not asked to stop.`,
            { worker: name },
          );
        }
      }
      const askedAt = Date.now();
      await asDeskErrors(() => mailbox.tell({ ...commands.shutdown(), destination: [name] }));
      // Celery never answers a shutdown: its goodbye event is the only sign. A warm shutdown first ends what is running.
      while (Date.now() - askedAt < inspectTimeoutMs) {
        await new Promise((resolve) => setTimeout(resolve, GOODBYE_POLL_MS));
        const now = (await store.workers()).find((candidate) => candidate.hostname === name);
        if (now === undefined || now.status === 'offline') return { stopped: true };
      }
      return { stopped: false };
    },
  };
}
