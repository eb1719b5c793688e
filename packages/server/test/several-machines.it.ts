// Three collectors and two desks over one PostgreSQL, each a process, while events flood in: killed, stopped, standing still and replaced.
// In the end every task is what its events say, everything is counted once, and no worker was ever shown offline.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import type { TaskRecord } from '@umbel/celery';
import { startPostgres, startRabbit, startRedis, startWorker, until } from '@umbel/testkit';
import { sliceOf } from '../src/store/collecting.ts';
import type { Store } from '../src/store/store.ts';
import { openPostgresStore } from '../src/store/postgres/open-postgres.ts';
import { basic, bearer, cookieOf } from './access-cluster.ts';
import { assertCounted } from './assert-counted.ts';
import { startCollector, startUmbel, type UmbelProcess, type WorkerBody } from './start-umbel.ts';
import { type Publish, publishOnRabbit, publishOnRedis, startFlood } from './steady-flood.ts';

const log = { info: () => undefined, warn: () => undefined };
const soon = (what: string | (() => string)) => ({ timeoutMs: 30_000, what });

const ALL = { filter: {}, sortBy: 'received', descending: true, limit: 1, offset: 0 } as const;

interface Gap {
  readonly from: number;
  readonly to: number;
  readonly slices: number;
}

interface Ready {
  readonly sharing: { readonly collectors: number; readonly unheld: number; readonly gaps: readonly Gap[] };
}

const BROKERS: Record<string, (t: TestContext) => Promise<{ url: string; publish: Publish }>> = {
  async Redis(t) {
    const redis = await startRedis(t);
    return { url: redis.url, publish: publishOnRedis(redis) };
  },
  async RabbitMQ(t) {
    const rabbit = await startRabbit(t);
    return { url: rabbit.url, publish: publishOnRabbit(rabbit) };
  },
};

for (const [name, startBroker] of Object.entries(BROKERS)) {
  test(`three collectors, of which one is killed, one stands still and one is stopped in order, lose and double nothing (${name})`, {
    timeout: 240_000,
  }, async (t) => {
    const { store, db } = await openHistory(t);
    const { url: broker, publish } = await startBroker(t);
    const start = () => startCollector(t, { broker, db });
    const [killed, still, stopped] = await Promise.all([start(), start(), start()]);
    const desks = await startDesks(t, { broker, db });
    const settled = (collectors: number) =>
      until(
        async () => {
          const sharing = await store.sharing();
          return (
            sharing?.collectors.filter(({ slices }) => slices > 0).length === collectors &&
            sharing.unheld === 0
          );
        },
        soon(`${collectors} collectors to share everything`),
      );
    await settled(3);

    const flood = startFlood(publish);
    // Where the test failed before it ended: then the broker may be gone already.
    t.after(() => flood.stop().catch(() => undefined));
    const watched = watchWorkers(t, desks, flood.workers);
    await sleep(3_000);
    await killed.kill();
    await settled(2);
    await start();
    await settled(3);
    still.signal('SIGSTOP');
    await settled(2);
    await sleep(2_000);
    still.signal('SIGCONT');
    await settled(3);
    await stopped.stop();
    assert.equal((await stopped.exited).code, 0, stopped.log());
    await settled(2);
    await sleep(1_000);

    const truth = await flood.finish();
    assert.ok(truth.size > 1_000, `${truth.size} tasks`);
    let wrong: string[] = [];
    await until(
      async () => {
        wrong = await differing(store, truth);
        return wrong.length === 0;
      },
      soon(
        () =>
          `${wrong.length} of ${truth.size} tasks to be what their events say:\n${wrong.slice(0, 5).join('\n')}`,
      ),
    );
    assert.equal((await store.listTasks(ALL)).total, truth.size, 'there are tasks that nobody sent');
    await assertCounted(store);
    await flood.stop();
    await watched.stop();
    assert.deepEqual(watched.offline, []);

    for (const desk of desks) {
      const { json } = await desk.get<Ready>('/readyz');
      assert.deepEqual(json.sharing, { collectors: 2, unheld: 0, gaps: [] });
    }
  });
}

test('what nobody heard, because all collectors were dead, is told by every desk', {
  timeout: 120_000,
}, async (t) => {
  const { store, db } = await openHistory(t);
  const redis = await startRedis(t);
  const first = await startCollector(t, { broker: redis.url, db });
  const desks = await startDesks(t, { broker: redis.url, db });
  const held = () =>
    until(async () => (await store.sharing())?.unheld === 0, soon('everything to be taken care of'));
  await held();
  await first.kill();
  const diedAt = Date.now() / 1_000;
  for (const desk of desks) {
    await until(
      async () => (await desk.get('/readyz')).status === 503,
      soon('the desks to know that nobody collects'),
    );
  }
  await startCollector(t, { broker: redis.url, db });
  await held();
  for (const desk of desks) {
    const gaps = await until(async () => {
      const { status, json } = await desk.get<Ready>('/readyz');
      return status === 200 && json.sharing.gaps.length > 0 && json.sharing.gaps;
    }, soon('the gap to be told'));
    const [gap] = gaps;
    assert.ok(gap && gaps.length === 1 && gap.slices === 16, JSON.stringify(gaps));
    // It begins with the last that the dead one was known to have written.
    assert.ok(gap.from > diedAt - 10 && gap.from < diedAt + 1 && gap.to > diedAt, JSON.stringify(gap));
  }
});

test('whichever desk answers: sessions, tokens, audit trail, and what workers and tasks say', {
  timeout: 120_000,
}, async (t) => {
  const { db } = await openHistory(t);
  const redis = await startRedis(t);
  await startCollector(t, { broker: redis.url, db });
  const env = { UMBEL_BASIC_AUTH: 'ada:pw-ada', FLOWER_UNAUTHENTICATED_API: '' };
  const [one, two] = await startDesks(t, { broker: redis.url, db, env });
  const worker = await startWorker(t, { brokerUrl: redis.url, resultBackend: redis.url });

  const entered = await one.post('/api/v1/session', { name: 'ada', password: 'pw-ada' });
  assert.equal(entered.status, 200, entered.text);
  const cookie = cookieOf(entered.headers);
  const session = await two.get<{ csrf_token: string; user: { name: string } }>('/api/v1/session', {
    headers: { cookie },
  });
  assert.equal(session.json.user.name, 'ada', session.text);
  const signedIn = { headers: { cookie, 'x-csrf-token': session.json.csrf_token } };

  const made = await two.post(
    '/api/v1/tokens',
    { name: 'dashboards', rights: 'view', expires: '90d' },
    {
      headers: { ...signedIn.headers, 'content-type': 'application/json' },
    },
  );
  assert.ok(made.status < 300, made.text);
  const { secret } = JSON.parse(made.text) as { secret: string };
  const listed = await one.get('/api/tasks', { headers: bearer(secret) });
  assert.equal(listed.status, 200, listed.text);

  // What one desk asks the worker for, the other one knows.
  await until(
    async () =>
      (await one.get(`/api/workers?refresh=true&workername=${worker.hostname}`, signedIn)).status === 200,
    soon('the worker to be known'),
  );
  const row = await until(async () => {
    const rows = (await two.get<Record<string, WorkerBody>>('/api/workers', signedIn)).json;
    const found = rows[worker.hostname];
    return found?.stats !== undefined && found.registered !== undefined && found;
  }, soon('the other desk to know what the worker answered'));
  assert.deepEqual([row.status, row.stats?.pid], ['online', worker.pid]);

  const sent = await one.post(
    '/api/task/async-apply/shop.add',
    { args: [1, 2] },
    {
      headers: { ...signedIn.headers, 'content-type': 'application/json' },
    },
  );
  const id = sent.json['task-id'] ?? '';
  for (const desk of [one, two]) {
    let told = '';
    await until(
      async () => {
        const { json, text } = await desk.get(`/api/task/info/${id}`, signedIn);
        told = text;
        return json.state === 'SUCCESS' && json.result === 3;
      },
      soon(() => `both desks to know the task; this one says ${told}`),
    );
  }

  const trail = await two.get<{ items: { action: string }[] }>('/api/v1/audit', {
    headers: basic('ada:pw-ada'),
  });
  const actions = trail.json.items.map(({ action }) => action);
  assert.ok(actions.length >= 3, trail.text);

  await two.get('/api/v1/session', { method: 'DELETE', ...signedIn });
  await until(
    async () => (await one.get('/api/workers', { headers: { cookie } })).status === 401,
    soon('the first desk to know that the session has ended'),
  );
});

async function openHistory(t: TestContext): Promise<{ store: Store; db: string }> {
  const { url } = await startPostgres(t);
  const store = await openPostgresStore({ url, log });
  t.after(() => store.close());
  return { store, db: url };
}

async function startDesks(
  t: TestContext,
  options: { broker: string; db: string; env?: Readonly<Record<string, string>> },
): Promise<[UmbelProcess, UmbelProcess]> {
  const start = () =>
    startUmbel(t, {
      ...options,
      resultBackend: options.broker.startsWith('redis') ? options.broker : '',
      role: 'serve',
    });
  return Promise.all([start(), start()]);
}

/** The tasks that are not as they should be, each with what is and what should be. */
async function differing(store: Store, truth: ReadonlyMap<string, TaskRecord>): Promise<string[]> {
  const stored = await store.readTasks([...truth.keys()]);
  return [...truth.values()]
    .filter((task) => !isDeepStrictEqual(stored.get(task.uuid), task))
    .map((task) => `slice ${sliceOf(task.uuid)}: ${JSON.stringify([stored.get(task.uuid) ?? null, task])}`);
}

/** Looks at all workers through the desks in turn, until it is stopped; `offline` names those that were shown offline. */
function watchWorkers(t: TestContext, desks: readonly UmbelProcess[], workers: readonly string[]) {
  const offline: string[] = [];
  const seen = new Set<string>();
  const stopping = new AbortController();
  async function watch(): Promise<void> {
    for (let turn = 0; !stopping.signal.aborted; turn++) {
      const rows = (await desks[turn % desks.length]!.get<Record<string, WorkerBody>>('/api/workers')).json;
      for (const worker of workers) {
        if (rows[worker]?.status === 'online') seen.add(worker);
        else if (seen.has(worker)) offline.push(`${worker}: ${rows[worker]?.status ?? 'absent'}`);
      }
      await sleep(300);
    }
  }
  const watching = watch();
  // Told where it is awaited.
  watching.catch(() => undefined);
  const stop = async (): Promise<void> => {
    stopping.abort();
    await watching;
    assert.equal(seen.size, workers.length);
  };
  t.after(() => stopping.abort());
  return { offline, stop };
}
