import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Broker, CeleryError } from '@umbel/celery';
import { workerView } from '../../test/http/recording-desk.ts';
import type { Gauge } from '../store/measures.ts';
import { StoreError } from '../store/store.ts';
import type { WorkerView } from './desk.ts';
import { type GaugeSamplerOptions, openGaugeSampler } from './gauge-sampler.ts';

const AT_MS = 1_795_346_417_500;

interface Scene {
  readonly views?: readonly WorkerView[];
  readonly lengths?: Readonly<Record<string, number>>;
  readonly revealed?: readonly string[];
  /** Before each round; what it throws the broker throws. */
  readonly round?: (n: number, scene: { connection: Broker['connection'] }) => void;
  readonly rounds?: number;
  readonly more?: Partial<GaugeSamplerOptions>;
  /** Whether another process does it. */
  readonly isTaken?: boolean;
}

/** Lets a sampler do its rounds; answers what it wrote, asked and waited. */
async function sample({
  views = [],
  lengths = {},
  revealed = [],
  round,
  rounds = 1,
  isTaken = false,
  more,
}: Scene) {
  const written: Gauge[][] = [];
  const asked: (readonly string[])[] = [];
  const pauses: number[] = [];
  const warnings: string[] = [];
  let looked = 0;
  let nowMs = AT_MS;
  const state: { connection: Broker['connection'] } = { connection: { state: 'connected', sinceMs: 0 } };
  const over = Promise.withResolvers<void>();
  const sampler = openGaugeSampler({
    desk: { workers: async () => new Map(views.map((view) => [view.worker.hostname, view])) },
    broker: {
      get connection() {
        return state.connection;
      },
      async listQueues() {
        looked++;
        return [...revealed];
      },
      async queueLengths(queues) {
        asked.push(queues);
        round?.(pauses.length, state);
        return new Map(queues.flatMap((name) => (name in lengths ? [[name, lengths[name] ?? 0]] : [])));
      },
    },
    store: {
      async writeGauges(gauges) {
        written.push([...gauges]);
      },
      claim: async () => !isTaken,
    },
    log: { info: () => undefined, warn: (_, text) => warnings.push(text) },
    now: () => nowMs,
    async pause(ms, signal) {
      pauses.push(ms);
      nowMs += 5_000;
      if (pauses.length < rounds) return;
      over.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    },
    ...more,
  });
  await over.promise;
  await sampler[Symbol.asyncDispose]();
  return { written, asked, pauses, warnings, looked };
}

const busy = (
  hostname: string,
  queues: readonly string[],
  fields: Partial<WorkerView['worker']> = {},
): WorkerView => {
  const { worker, replies, askedAt } = workerView(hostname);
  return {
    worker: { ...worker, active: 2, loadavg: [0.5, 0.2, 0.1], ...fields },
    replies: {
      ...replies,
      active_queues: queues.map((name) => ({ name })),
      stats: { pool: { 'max-concurrency': 8 } },
    },
    askedAt,
  };
};

test('a sample says how long the queues are, who consumes them, and how busy the workers are that are there', async () => {
  const { written, asked } = await sample({
    views: [
      busy('a@test', ['celery', 'fast']),
      busy('b@test', ['celery'], { active: null, loadavg: null }),
      busy('gone@test', ['celery'], { status: 'offline' }),
    ],
    revealed: ['forgotten'],
    lengths: { celery: 7, fast: 0, forgotten: 3 },
  });
  assert.deepEqual(asked, [['celery', 'fast', 'forgotten']]);
  const at = AT_MS / 1_000;
  assert.deepEqual(written, [
    [
      { kind: 'queue', label: 'celery', at, values: { depth: 7, consumers: 2 } },
      { kind: 'queue', label: 'fast', at, values: { depth: 0, consumers: 1 } },
      { kind: 'queue', label: 'forgotten', at, values: { depth: 3, consumers: 0 } },
      { kind: 'worker', label: 'a@test', at, values: { active: 2, slots: 8, load1: 0.5 } },
      { kind: 'worker', label: 'b@test', at, values: { slots: 8 } },
    ],
  ]);
});

test('a queue that does not exist has no sample, and the broker is not searched for queues every time', async () => {
  const { written, looked } = await sample({ views: [busy('a@test', ['celery'])], rounds: 14 });
  assert.equal(written.flat().filter(({ kind }) => kind === 'queue').length, 0);
  assert.equal(looked, 2);
});

test('it samples every 5 s, and every 10 s while there is much to do', async () => {
  const { pauses } = await sample({ lengths: {}, rounds: 2 });
  assert.ok(
    pauses.every((ms) => ms > 2_000 && ms <= 5_000),
    String(pauses),
  );
  const slow = await sample({ rounds: 2, more: { isBusy: () => true } });
  assert.ok(
    slow.pauses.every((ms) => ms > 5_000),
    String(slow.pauses),
  );
});

test('nobody is asked while the broker is away, or while it is another’s to do', async () => {
  const away = await sample({
    rounds: 3,
    round: (_, scene) => {
      scene.connection = { state: 'disconnected', sinceMs: 0, error: 'gone' };
    },
  });
  assert.equal(away.asked.length, 1);
  const other = await sample({ rounds: 3, isTaken: true });
  assert.deepEqual([other.asked, other.written, other.looked], [[], [], 0]);
});

test('what fails is tried again; only a mistake is said, and once', async () => {
  const expected = await sample({
    views: [busy('a@test', ['celery'])],
    rounds: 3,
    round: (n) => {
      if (n === 0) throw new CeleryError('broker_unavailable', 'gone');
      if (n === 1) throw new StoreError('full', 'no space left');
    },
  });
  assert.deepEqual([expected.written.length, expected.warnings], [1, []]);
  const mistaken = await sample({
    rounds: 3,
    round: () => {
      throw new TypeError('a mistake');
    },
  });
  assert.deepEqual(mistaken.warnings, ['queues and workers cannot be sampled']);
});

test('the number of labels is bounded, and so is their length', async () => {
  const views = Array.from({ length: 1_200 }, (_, n) => busy(`w${n}@test`, [`q${n}`, 'x'.repeat(300)]));
  const { written, asked } = await sample({ views: [...views, busy('y'.repeat(300), [])] });
  assert.deepEqual([asked[0]?.length, written[0]?.length], [1_000, 1_000]);
});
