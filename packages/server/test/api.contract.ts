// Every endpoint of the REST API against real Celery workers, by its effect in them; run for each broker, with workers of
// the newest Celery and of an old one. The parts are in the files it imports.
import { test } from 'node:test';
import { type CeleryVersion, type CeleryWorker, startWorker, type TestScope } from '@umbel/testkit';
import { type ApiCalls, createCalls } from './api-calls.ts';
import { commandsContract } from './api-commands.contract.ts';
import { endsContract } from './api-ends.contract.ts';
import { sendingContract } from './api-sending.contract.ts';
import { sentTasksContract } from './api-sent-tasks.contract.ts';
import { tasksContract } from './api-tasks.contract.ts';
import { workersContract } from './api-workers.contract.ts';
import { startUmbel, type UmbelProcess } from './start-umbel.ts';

export interface Servers {
  readonly broker: string;
  readonly resultBackend: string;
}

/** One Umbel and its workers, which all parts share. */
export interface ApiPlace {
  readonly umbel: UmbelProcess;
  readonly api: ApiCalls;
  /** Prefork, two processes, sends no task events. */
  readonly prefork: CeleryWorker;
  /** One task at a time, from the queue `emails`. */
  readonly solo: CeleryWorker;
  /** Prefork under autoscale, from the queue `scaled`. */
  readonly scaling: CeleryWorker;
}

/** Registers the suite. `open` starts the servers. */
export function apiContract(
  name: string,
  celery: CeleryVersion,
  open: (t: TestScope) => Promise<Servers>,
): void {
  test(`the REST API on ${name} with workers of Celery ${celery}`, { timeout: 300_000 }, async (t) => {
    const servers = await open(t);
    const conf = JSON.stringify({ worker_pool_restarts: true, worker_prefetch_multiplier: 1 });
    const launch = {
      celery,
      brokerUrl: servers.broker,
      resultBackend: servers.resultBackend,
      env: { CELERY_CONF: conf },
    };
    const [prefork, solo, scaling] = await Promise.all([
      startWorker(t, { ...launch, name: 'prefork@test', pool: 'prefork', concurrency: 2, events: false }),
      startWorker(t, { ...launch, name: 'solo@test', pool: 'solo', queues: ['emails'] }),
      startWorker(t, {
        ...launch,
        name: 'scaling@test',
        pool: 'prefork',
        queues: ['scaled'],
        args: ['--autoscale=3,1'],
      }),
    ]);
    const umbel = await startUmbel(t, { broker: servers.broker, resultBackend: servers.resultBackend });
    const place: ApiPlace = { umbel, api: createCalls(umbel), prefork, solo, scaling };

    // In this order: later parts see the tasks of earlier ones, and the last one ends the workers.
    await workersContract(t, place);
    await sendingContract(t, place);
    await sentTasksContract(t, place);
    await commandsContract(t, place);
    await tasksContract(t, place);
    await endsContract(t, place);
  });
}
