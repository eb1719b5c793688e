// Several processes use one history at once: nothing is lost, counted twice or written over.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { emptyTask, mergeInto, type TaskEvent, type TaskRecord } from '@umbel/celery';
import { type PostgresDatabase, startPostgres } from '@umbel/testkit';
import { NEWEST, readTask } from '../../../test/store/asking.ts';
import { randomNumbers } from '../../../test/store/random-tasks.ts';
import { aTask, aWorker } from '../../../test/store/sample-records.ts';
import type { Store } from '../store.ts';
import { openPostgresStore } from './open-postgres.ts';

const log = { info: () => undefined, warn: () => undefined };

async function openStores(
  t: TestContext,
  count: number,
): Promise<{ postgres: PostgresDatabase; stores: Store[] }> {
  const postgres = await startPostgres(t);
  const stores = await Promise.all(
    Array.from({ length: count }, () => openPostgresStore({ url: postgres.url, log, connections: 3 })),
  );
  t.after(async () => void (await Promise.all(stores.map((store) => store.close()))));
  return { postgres, stores };
}

/** The events of one task, the first attempt retried. */
function lifeOf(uuid: string, at: number): TaskEvent[] {
  const from = (hostname: string, after: number) => ({
    uuid,
    hostname,
    timestamp: at + after,
    clock: at + after,
    pid: 7,
  });
  const described = {
    name: 'shop.charge',
    args: '(1,)',
    kwargs: '{}',
    eta: null,
    expires: null,
    rootId: uuid,
    parentId: null,
  };
  return [
    {
      ...from('gen1@web', 0),
      ...described,
      type: 'task-sent',
      retries: 0,
      queue: 'q',
      exchange: '',
      routingKey: 'q',
    },
    { ...from('celery@a', 1), ...described, type: 'task-received', retries: 0 },
    { ...from('celery@a', 2), type: 'task-started' },
    { ...from('celery@a', 3), type: 'task-retried', exception: 'E(1)', traceback: 'T' },
    { ...from('celery@b', 4), ...described, type: 'task-received', retries: 1 },
    { ...from('celery@b', 5), type: 'task-started' },
    { ...from('celery@b', 6), type: 'task-succeeded', result: "'ok'", runtime: 0.5 },
  ] as TaskEvent[];
}

/** As a collector does: it knows what the store knew when it first met the task, and what came since. */
async function collect(store: Store, events: readonly TaskEvent[], batchSize: number): Promise<void> {
  const drafts = new Map<string, TaskRecord>();
  for (let at = 0; at < events.length; at += batchSize) {
    const batch = events.slice(at, at + batchSize);
    const unread = [...new Set(batch.map(({ uuid }) => uuid))].filter((uuid) => !drafts.has(uuid));
    const stored = await store.readTasks(unread);
    for (const uuid of unread) drafts.set(uuid, { ...(stored.get(uuid) ?? emptyTask(uuid)) });
    const changed = new Set<TaskRecord>();
    for (const event of batch) {
      const draft = drafts.get(event.uuid);
      assert.ok(draft);
      mergeInto(draft, event);
      changed.add(draft);
    }
    await store.write({ tasks: [...changed], workers: [] });
  }
}

test('what several collectors know of the same tasks comes together, whoever writes when', async (t) => {
  const { postgres, stores } = await openStores(t, 3);
  const random = randomNumbers(5);
  const uuids = Array.from({ length: 120 }, (_, n) => (n % 9 === 0 ? `own-${n}` : crypto.randomUUID()));
  const events = uuids.flatMap((uuid, n) => lifeOf(uuid, 1_000 + n));
  const shares: TaskEvent[][] = stores.map(() => []);
  // Some events reach two of them.
  for (const event of events) {
    const first = Math.floor(random() * stores.length);
    shares[first]?.push(event);
    if (random() < 0.2) shares[(first + 1) % stores.length]?.push(event);
  }
  await Promise.all(
    stores.map((store, n) => collect(store, shares[n]?.sort(() => random() - 0.5) ?? [], 25 + n * 10)),
  );
  const [store] = stores;
  assert.ok(store);
  const read = await store.readTasks(uuids);
  for (const [n, uuid] of uuids.entries()) {
    const whole = emptyTask(uuid);
    for (const event of lifeOf(uuid, 1_000 + n)) mergeInto(whole, event);
    assert.deepEqual(read.get(uuid), whole);
  }
  assert.deepEqual(await store.countByState(), new Map([['SUCCESS', uuids.length]]));
  const page = await store.listTasks({ ...NEWEST, filter: { workers: ['celery@b'] } });
  assert.equal(page.total, uuids.length);
  // The counts of labels are those of the rows.
  const wrong = await postgres.query(
    `SELECT l.kind, l.text, l.tasks, count(t.id) FROM umbel.labels l LEFT JOIN umbel.tasks t
       ON l.id IN (t.state, t.name, t.worker, t.queue, t.client, t.exchange, t.routing_key, t.exception_type, t.fp)
     GROUP BY l.id HAVING l.tasks <> count(t.id)`,
  );
  assert.deepEqual(wrong, []);
});

test('a record replaces what this process wrote last, and joins what another one did', async (t) => {
  const { stores } = await openStores(t, 2);
  const [one, two] = stores as [Store, Store];
  await one.write({ tasks: [aTask({ uuid: 'a', received: 10, args: '(1,)' })], workers: [] });
  await one.write({ tasks: [aTask({ uuid: 'a', received: 10 })], workers: [] });
  assert.equal((await readTask(two, 'a'))?.args, null);
  const succeeded = aTask({ uuid: 'a', succeeded: 12, state: 'SUCCESS', result: "'ok'" });
  await one.readTasks(['a']);
  await two.write({ tasks: [{ ...succeeded, received: 10 }], workers: [] });
  await one.write({
    tasks: [aTask({ uuid: 'a', received: 10, started: 11, state: 'STARTED' })],
    workers: [],
  });
  const joined = await readTask(two, 'a');
  assert.deepEqual(
    [joined?.started, joined?.succeeded, joined?.state, joined?.result],
    [11, 12, 'SUCCESS', "'ok'"],
  );
  // Neither knows what was joined; so the next writing joins again.
  await one.write({
    tasks: [aTask({ uuid: 'a', received: 10, started: 11, state: 'STARTED' })],
    workers: [],
  });
  assert.equal((await readTask(two, 'a'))?.state, 'SUCCESS');
});

test('counts of several writers add up, and labels that are deleted meanwhile are made again', async (t) => {
  const { postgres, stores } = await openStores(t, 3);
  const minute = Math.floor(Date.now() / 60_000) * 60;
  const tally = {
    kind: 'name' as const,
    label: 'n',
    at: minute,
    counts: { received: 1, started: 0, succeeded: 0, failed: 0, retried: 0, revoked: 0 },
    runSeconds: 0.25,
    run: [[3, 1]] as const,
    wait: [],
  };
  const rounds = 12;
  await Promise.all(
    stores.map(async (store, n) => {
      for (let round = 0; round < rounds; round++) {
        const task = aTask({ uuid: `${n}-${round}`, received: 5, name: `name${round % 2}`, worker: `w${n}` });
        await store.write({ tasks: [task], workers: [aWorker({ hostname: `w${n}` })], tallies: [tally] });
        if (round % 3 === n) await store.prune({ before: 10, limit: 100 });
      }
    }),
  );
  const [sum] = (await stores[0]?.tallies({ kind: 'name', from: minute, to: minute + 1, stepS: 60 })) ?? [];
  assert.deepEqual([sum?.counts.received, sum?.runSeconds, sum?.run], [36, 9, [[3, 36]]]);
  const left = await postgres.query('SELECT count(*)::int AS rows FROM umbel.tasks');
  assert.equal((await stores[0]?.facts())?.tasks, left[0]?.['rows']);
  while (((await stores[1]?.prune({ before: 10, limit: 100 })) ?? 0) > 0);
  assert.equal((await stores[2]?.facts())?.tasks, 0);
  assert.deepEqual(await postgres.query('SELECT * FROM umbel.task_keys'), []);
  // Labels go a while after they were made.
  await postgres.query("UPDATE umbel.labels SET made_at = made_at - interval '1 hour'");
  await stores[1]?.prune({ before: 10, limit: 100 });
  assert.deepEqual(await postgres.query('SELECT * FROM umbel.labels'), []);
  await stores[2]?.write({
    tasks: [aTask({ uuid: 'again', received: 5, name: 'name1', worker: 'w2' })],
    workers: [],
  });
  assert.deepEqual(await stores[0]?.taskTypes(), ['name1']);
});
