// PostgreSQL goes away or stands still while events come: they wait in bounded memory, what says least goes first, and afterwards every end
// is there and counted once.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type PostgresDatabase, type RedisServer, startPostgres, startRedis, until } from '@umbel/testkit';
import { publishEvents } from '../../test/collector/publish-events.ts';
import { stateOf, taskEvents } from '../../test/collector/running-collector.ts';
import { sumTallies } from '../measures/sum-tallies.ts';
import { TALLY_KINDS } from '../measures/tally.ts';
import { tallyChange } from '../measures/tally-change.ts';
import { openPostgresStore } from '../store/postgres/open-postgres.ts';
import type { Store } from '../store/store.ts';
import { type CollectorThread, openCollectorThread } from './collector-thread.ts';

const WORKER = 'celery@beating';

interface Scene {
  readonly postgres: PostgresDatabase;
  readonly client: ReturnType<RedisServer['client']>;
  readonly collector: CollectorThread;
  readonly store: Store;
  readonly warnings: string[];
}

async function begin(t: TestContext): Promise<Scene> {
  const postgres = await startPostgres(t, { private: true });
  const redis = await startRedis(t, { args: ['--client-output-buffer-limit', 'pubsub 0 0 0'] });
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (_: object, text: string) => warnings.push(text) };
  const collector = await openCollectorThread({
    broker: { url: redis.url },
    history: { kind: 'postgres', url: postgres.url },
    log,
  });
  t.after(() => collector.close());
  const store = await openPostgresStore({ url: postgres.url, log });
  t.after(() => store.close());
  await until(() => collector.status().events.connected, { what: 'the collector to be connected' });
  const client = redis.client();
  await publishEvents(client, [heartbeat(), ...taskEvents('before')]);
  await until(async () => (await stateOf(store, 'before')) === 'SUCCESS', { what: 'the first task' });
  return { postgres, client, collector, store, warnings };
}

function heartbeat() {
  const facts = { freq: 2, active: 0, processed: 0, pid: 1, utcoffset: 0, clock: 1 };
  return { type: 'worker-heartbeat', hostname: WORKER, timestamp: Date.now() / 1000, ...facts };
}

/** All tasks with long arguments: how they begin, and how they go on with a state of their own in between. */
function lives(first: number, count: number, argsChars: number) {
  const all = Array.from({ length: count }, (_, n) => taskEvents(`t${first + n}`, 'x'.repeat(argsChars)));
  const beginnings = all.map(([received]) => received ?? {});
  const ends = all.flatMap(([received, ...rest]) => [
    { ...received, type: 'task-progress', args: undefined, clock: 2 },
    ...rest,
  ]);
  return { beginnings, ends };
}

async function publishInParts(client: Scene['client'], events: readonly Record<string, unknown>[]) {
  for (let at = 0; at < events.length; at += 100) await publishEvents(client, events.slice(at, at + 100));
}

/** Every task has ended, every count is what the tasks in the store say together, and the worker was there all the time. */
async function assertWhole(store: Store, tasks: number): Promise<void> {
  await until(async () => (await store.countByState()).get('SUCCESS') === tasks, {
    timeoutMs: 40_000,
    what: `the end of ${tasks} tasks`,
  });
  // Asked for by name: a page of so long texts ends early.
  const uuids = ['before', ...Array.from({ length: tasks - 1 }, (_, n) => `t${n}`)];
  const expected = sumTallies(
    [...(await store.readTasks(uuids)).values()].flatMap((task) => tallyChange(undefined, task)),
  );
  for (const kind of TALLY_KINDS) {
    const counted = sumTallies(await store.tallies({ kind, from: 0, to: 1e11, stepS: 60 }));
    assert.deepEqual(
      counted,
      expected.filter((tally) => tally.kind === kind),
      kind,
    );
  }
  const worker = (await store.workers()).find(({ hostname }) => hostname === WORKER);
  assert.equal(worker?.status, 'online');
}

test('while PostgreSQL is stopped, events wait in bounded memory, states of their own are left out and counted, no end is lost', {
  timeout: 120_000,
}, async (t) => {
  const { postgres, client, collector, store, warnings } = await begin(t);
  await postgres.stop();
  const { beginnings, ends } = lives(0, 400, 50_000);
  await publishInParts(client, beginnings);
  await until(() => collector.status().buffered.bytes > 33 * 1024 * 1024, {
    timeoutMs: 30_000,
    what: 'much to wait for PostgreSQL',
  });
  await until(() => !collector.status().store.writable, { what: 'the loss to be told' });
  await publishInParts(client, ends);
  await until(() => collector.status().events.leftOut === 400, {
    timeoutMs: 30_000,
    what: () => `what is left out; ${JSON.stringify(collector.status())}`,
  });
  // More than may wait in memory: then it waits in the broker.
  const more = lives(400, 1_000, 50_000);
  await publishInParts(client, [...more.beginnings, ...more.ends]);
  await until(() => collector.status().buffered.paused, { timeoutMs: 30_000, what: 'reading to be paused' });
  assert.ok(
    collector.status().buffered.bytes < 80 * 1024 * 1024,
    `${collector.status().buffered.bytes} bytes`,
  );
  await postgres.restart();
  await assertWhole(store, 1_401);
  assert.ok(warnings.some((text) => text.includes('cannot be written')));
  await until(() => collector.status().store.writable, { what: 'the status to be well again' });
});

test('while PostgreSQL stands still, the lag is told, no worker is called offline, and all is written when it goes on', {
  timeout: 120_000,
}, async (t) => {
  const { postgres, client, collector, store } = await begin(t);
  const resume = await freeze(t, postgres);
  const { beginnings, ends } = lives(0, 200, 1_000);
  await publishInParts(client, beginnings);
  await until(
    async () => {
      await publishEvents(client, [heartbeat()]);
      return collector.status().events.lagSeconds > 12;
    },
    { timeoutMs: 40_000, everyMs: 500, what: 'the lag to be told' },
  );
  await publishInParts(client, ends);
  await until(() => collector.status().events.leftOut === 200, {
    timeoutMs: 30_000,
    what: () => `what is left out; ${JSON.stringify(collector.status())}`,
  });
  resume();
  await assertWhole(store, 201);
});

test('a collector can be closed while PostgreSQL stands still', { timeout: 60_000 }, async (t) => {
  const { postgres, client, collector } = await begin(t);
  const resume = await freeze(t, postgres);
  await publishEvents(client, taskEvents('lost'));
  await until(() => collector.status().events.lagSeconds > 2, { what: 'the write to hang' });
  await collector.close();
  resume();
});

/** Stops all processes of the server without a word. Answers how to let them go on. */
async function freeze(t: TestContext, postgres: PostgresDatabase): Promise<() => void> {
  const rows = await postgres.query('SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()');
  const pids = [postgres.pid(), ...rows.map(({ pid }) => Number(pid))];
  const tell = (pid: number, signal: NodeJS.Signals) => {
    try {
      process.kill(pid, signal);
    } catch {
      // it has ended
    }
  };
  const resume = () => pids.forEach((pid) => tell(pid, 'SIGCONT'));
  t.after(resume);
  for (const pid of pids) tell(pid, 'SIGSTOP');
  return resume;
}
