// The clock of Umbel's machine jumps while it collects: nothing is deleted for its age by a clock that may be wrong, nothing is dated or
// counted by it, and who is there is told all the same. Over both stores.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { openBroker } from '@umbel/celery';
import { startPostgres, startRedis, until } from '@umbel/testkit';
import { type Collector, openCollector } from '../src/collector/open-collector.ts';
import { createSteadyClock } from '../src/collector/steady-clock.ts';
import { tallyChange } from '../src/measures/tally-change.ts';
import { openPostgresStore } from '../src/store/postgres/open-postgres.ts';
import { openSqliteHistory } from '../src/store/sqlite/open-history.ts';
import type { Store } from '../src/store/store.ts';
import { assertCounted, counted } from './assert-counted.ts';
import { publishEvents } from './collector/publish-events.ts';
import { folderFor, stateOf, taskEvents } from './collector/running-collector.ts';
import { aTask, aWorker } from './store/sample-records.ts';

const DAY_S = 86_400;
const YEAR_MS = 365 * DAY_S * 1000;
const TASKS = 200;

interface Opening {
  readonly now: () => number;
  readonly log: { info(): void; warn(_: object, text: string): void };
}

const STORES = {
  async SQLite(t: TestContext, { now, log }: Opening): Promise<Store> {
    return await openSqliteHistory({ path: join(folderFor(t), 'umbel.db'), log, now });
  },
  async PostgreSQL(t: TestContext, { now, log }: Opening): Promise<Store> {
    const { url } = await startPostgres(t);
    return await openPostgresStore({ url, log, now });
  },
};

interface Running {
  readonly collector: Collector;
  readonly store: Store;
  readonly warnings: readonly string[];
  /** Sets the clock of the machine so far from the right time. */
  readonly jump: (ms: number) => void;
  readonly hear: (events: readonly Record<string, unknown>[]) => Promise<void>;
  /** Waits for another whole look at what is old, and at the old counts. */
  readonly upkeep: () => Promise<void>;
}

/** A collector over a history of not two days, which is in minutes still, with a worker that left two days ago; what is older than five days goes. */
async function start(t: TestContext, openStore: (typeof STORES)['SQLite']): Promise<Running> {
  let jumpMs = 0;
  const warnings: string[] = [];
  const log = { info: () => undefined, warn: (_: object, text: string) => void warnings.push(text) };
  const clock = createSteadyClock({ log, wall: () => Date.now() + jumpMs });
  const store = await openStore(t, { now: clock.now, log });
  t.after(() => store.close());
  const nowS = Date.now() / 1000;
  const tasks = Array.from({ length: TASKS }, (_, n) =>
    aTask({ uuid: `t${n}`, received: nowS - (1.8 * DAY_S * n) / TASKS }),
  );
  await store.write({
    tasks,
    tallies: tasks.flatMap((task) => tallyChange(undefined, task)),
    workers: [
      aWorker({ hostname: 'celery@here', lastHeard: nowS - 60, statusSince: nowS - DAY_S }),
      aWorker({
        hostname: 'celery@gone',
        status: 'offline',
        offlineReason: 'goodbye',
        statusSince: nowS - 2 * DAY_S,
        lastHeard: nowS - 2 * DAY_S,
      }),
    ],
  });

  let prunes = 0;
  let tidies = 0;
  const watched: Store = {
    ...store,
    async prune(rule) {
      const deleted = await store.prune(rule);
      prunes++;
      return deleted;
    },
    async tidy(at) {
      const isMore = await store.tidy(at);
      if (!isMore) tidies++;
      return isMore;
    },
  };
  const redis = await startRedis(t);
  const broker = await openBroker({ url: redis.url, log });
  t.after(() => broker.close());
  const retention = { maxAgeMs: 5 * DAY_S * 1000 };
  const collector = await openCollector({ broker, store: watched, log, clock, retention });
  t.after(() => collector.close());
  await until(() => collector.status().events.connected, { what: 'the collector to be connected' });
  const client = redis.client();
  return {
    collector,
    store,
    warnings,
    jump: (ms) => {
      jumpMs = ms;
    },
    hear: async (events) => {
      const before = collector.status().events.received;
      await publishEvents(client, events);
      const all = before + events.length;
      await until(() => collector.status().events.received >= all, { what: 'the events to arrive' });
    },
    upkeep: async () => {
      const [pruned, tidied] = [prunes, tidies];
      await until(() => prunes > pruned && tidies > tidied, { timeoutMs: 30_000, what: 'a round of upkeep' });
    },
  };
}

function heartbeat(): Record<string, unknown> {
  const timestamp = Date.now() / 1000;
  return {
    type: 'worker-heartbeat',
    hostname: 'celery@here',
    timestamp,
    utcoffset: 0,
    pid: 1,
    clock: 1,
    freq: 2,
  };
}

const names = async (store: Store) => (await store.workers()).map(({ hostname }) => hostname);

async function worker(store: Store, name: string) {
  const found = (await store.workers()).find(({ hostname }) => hostname === name);
  assert.ok(found, name);
  return found;
}

suite('the clock of the machine jumps', { concurrency: true }, () => {
  for (const [kind, openStore] of Object.entries(STORES)) {
    test(`a year forward: nothing is deleted, forgotten or miscounted, it is said once, and goes on by itself afterwards (${kind})`, async (t) => {
      const { collector, store, warnings, jump, hear, upkeep } = await start(t, openStore);
      await upkeep();
      await assertCounted(store);
      const before = await counted(store, 'all');
      assert.deepEqual(collector.status().clock, { believed: true, detail: '' });

      jump(YEAR_MS);
      await hear([heartbeat(), ...taskEvents('during')]);
      await until(async () => (await stateOf(store, 'during')) === 'SUCCESS', { what: 'the task' });
      await upkeep();
      await upkeep();
      assert.equal((await store.facts()).tasks, TASKS + 1);
      assert.deepEqual(await names(store), ['celery@flood', 'celery@gone', 'celery@here']);
      const here = await worker(store, 'celery@here');
      assert.ok(Math.abs(here.lastHeard - Date.now() / 1000) < DAY_S, 'it was heard now, not in a year');
      const { believed, detail } = collector.status().clock;
      assert.equal(believed, false);
      const [now, then] = [Date.now(), Date.now() + YEAR_MS].map((ms) =>
        new Date(ms).toISOString().slice(0, 7),
      );
      assert.ok(
        now !== undefined && then !== undefined && detail.includes(now) && detail.includes(then),
        detail,
      );
      assert.equal(warnings.length, 1, warnings.join('\n'));

      jump(0);
      await until(() => collector.status().clock.believed, { what: 'the clock to be believed again' });
      await assertCounted(store);
      assert.ok((await counted(store, 'all')).length >= before.length);
      const old = aTask({ uuid: 'old', received: Date.now() / 1000 - 6 * DAY_S });
      await store.write({ tasks: [old], workers: [] });
      await until(async () => (await stateOf(store, 'old')) === undefined, {
        timeoutMs: 30_000,
        what: 'what is too old to be deleted again',
      });
      assert.equal((await store.facts()).tasks, TASKS + 1);
      assert.equal(warnings.length, 1, warnings.join('\n'));
    });

    test(`a year back: who is silent goes offline, who speaks is online, and both have the right time (${kind})`, async (t) => {
      const { collector, store, jump, hear } = await start(t, openStore);
      jump(-YEAR_MS);
      await hear([heartbeat()]);
      await until(async () => (await worker(store, 'celery@here')).heartbeatAt !== null, {
        what: 'the heartbeat',
      });
      assert.equal((await worker(store, 'celery@here')).status, 'online');
      assert.equal(collector.status().clock.believed, false);
      await until(async () => (await worker(store, 'celery@here')).status === 'offline', {
        timeoutMs: 60_000,
        what: 'the silent worker to be offline',
      });
      const gone = await worker(store, 'celery@here');
      assert.equal(gone.offlineReason, 'silent');
      assert.ok(Math.abs(gone.statusSince - Date.now() / 1000) < DAY_S, `offline since ${gone.statusSince}`);
      await hear([heartbeat(), ...taskEvents('during')]);
      await until(async () => (await worker(store, 'celery@here')).status === 'online', {
        what: 'it to be back',
      });
      await until(async () => (await stateOf(store, 'during')) === 'SUCCESS', { what: 'the task' });
      await assertCounted(store);
    });
  }
});
