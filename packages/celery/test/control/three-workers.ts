// Three real Celery workers at one broker, and what tests ask of them: to answer commands, to run tasks, to send events.
import assert from 'node:assert/strict';
import { type CeleryWorker, startWorker, type TestScope, until } from '@umbel/testkit';
import type { Broker } from '../../src/broker/broker.ts';
import { collectEvents, type RawEvent } from '../../src/broker/broker.contract.ts';
import { openBroker } from '../../src/broker/open-broker.ts';
import type { ControlRequest } from '../../src/control/control-request.ts';
import * as inspect from '../../src/control/inspect-commands.ts';
import { type Mailbox, openMailbox } from '../../src/control/mailbox.ts';
import { type Answer, interpretReply } from '../../src/control/reply-text.ts';
import { sendTask } from '../../src/send/send-task.ts';

/** Longer than any test: a call ends when the workers have answered, not when time is up. */
export const TIMEOUT_MS = 55_000;

export interface Stats {
  readonly pool: { readonly 'max-concurrency': number; readonly processes: number[] };
  readonly autoscaler?: { readonly max: number; readonly min: number };
}

export interface ThreeWorkers {
  readonly broker: Broker;
  readonly mailbox: Mailbox;
  /** All events so far; it grows. */
  readonly events: readonly RawEvent[];
  /** Prefork, two processes, may restart its pool. */
  readonly prefork: CeleryWorker;
  /** Prefork under autoscale, sends no task events, has a queue of its own. */
  readonly scaled: CeleryWorker;
  /** Celery 5.2, one task at a time. */
  readonly old: CeleryWorker;
  readonly ask: (request: ControlRequest, worker: CeleryWorker) => Promise<Answer>;
  readonly valueOf: <T>(request: ControlRequest, worker: CeleryWorker) => Promise<T>;
  readonly send: (name: string, args: unknown[], queue: string, etaMs?: number) => Promise<string>;
  readonly event: (type: string, uuid: string) => Promise<RawEvent>;
  readonly processes: (worker: CeleryWorker) => Promise<number[]>;
  readonly queuesOf: (worker: CeleryWorker) => Promise<string[]>;
}

/** Starts the workers and waits until the first event has come. */
export async function openThreeWorkers(scope: TestScope, brokerUrl: string): Promise<ThreeWorkers> {
  const CELERY_CONF = JSON.stringify({ worker_pool_restarts: true });
  const [prefork, scaled, old] = await Promise.all([
    startWorker(scope, { brokerUrl, pool: 'prefork', queues: ['main'], env: { CELERY_CONF } }),
    startWorker(scope, {
      brokerUrl,
      pool: 'prefork',
      queues: ['scaled'],
      args: ['--autoscale', '3,1'],
      events: false,
    }),
    startWorker(scope, { brokerUrl, celery: '5.2', queues: ['old'] }),
  ]);
  const broker = await openBroker({ url: brokerUrl });
  scope.after(() => broker.close());
  const mailbox = await openMailbox(broker);
  scope.after(() => mailbox.close());
  const events = await collectEvents(broker);
  await until(() => events.length > 0, { what: 'a first event' });

  const ask = async (request: ControlRequest, worker: CeleryWorker): Promise<Answer> => {
    const destination = [worker.hostname];
    const replies = await mailbox.ask({ ...request, destination, expected: null, timeoutMs: TIMEOUT_MS });
    assert.deepEqual([...replies.keys()], destination);
    return interpretReply(request.method, replies.get(worker.hostname));
  };
  const valueOf = async <T>(request: ControlRequest, worker: CeleryWorker): Promise<T> => {
    const answer = await ask(request, worker);
    assert.ok(answer.outcome === 'ok', answer.message);
    return answer.value as T;
  };
  return {
    broker,
    mailbox,
    events,
    prefork,
    scaled,
    old,
    ask,
    valueOf,
    send: (name, args, queue, etaMs) => sendTask(broker, { name, args, queue, etaMs }),
    event: (type, uuid) =>
      until(() => events.find((e) => e.type === type && e['uuid'] === uuid), { what: `${type} of ${uuid}` }),
    processes: async (worker) => (await valueOf<Stats>(inspect.stats(), worker)).pool.processes,
    queuesOf: async (worker) =>
      (await valueOf<{ name: string }[]>(inspect.activeQueues(), worker)).map(({ name }) => name),
  };
}

/** The answer of a worker that did as it was told. */
export const ok = (message: string): Answer => ({ outcome: 'ok', message, value: message });
