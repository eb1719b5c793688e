// What every Store must do, whatever keeps it. Implementations call `storeContract` from a test file of their own.
import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import type { TaskRecord } from '@umbel/celery';
import * as fc from 'fast-check';
import { SORT_FIELDS, type Store, type StoredWorker, StoreError, type TaskQuery } from './store.ts';

const NOTHING_YET = {
  name: null,
  state: 'RECEIVED',
  sent: null,
  received: null,
  started: null,
  succeeded: null,
  failed: null,
  retried: null,
  revoked: null,
  rejected: null,
  custom: null,
  args: null,
  kwargs: null,
  result: null,
  exception: null,
  traceback: null,
  runtime: null,
  retries: 0,
  eta: null,
  expires: null,
  queue: null,
  exchange: null,
  routingKey: null,
  worker: null,
  client: null,
  pid: null,
  rootId: null,
  parentId: null,
  terminated: null,
  signum: null,
  expired: null,
  requeue: null,
  clock: 0,
  timestamp: 0,
  extraHistory: [],
} as const;

/** A record with the given fields; its newest event is its newest time. */
export function aTask(fields: Partial<TaskRecord> & { readonly uuid: string }): TaskRecord {
  const { sent, received, started, succeeded, failed } = fields;
  const timestamp = Math.max(sent ?? 0, received ?? 0, started ?? 0, succeeded ?? 0, failed ?? 0);
  return { ...NOTHING_YET, timestamp, ...fields };
}

export function aWorker(fields: Partial<StoredWorker> & { readonly hostname: string }): StoredWorker {
  return {
    pid: 100,
    freq: 2,
    active: 0,
    processed: 0,
    loadavg: [0.5, 0.25, 0.1],
    factsAt: 1000,
    software: { ident: 'py-celery', version: '5.7.0', system: 'Linux' },
    onlineAt: 1000,
    heartbeatAt: 1000,
    offlineAt: null,
    lastEventAt: 1000,
    clock: 1,
    status: 'online',
    statusSince: 1000,
    offlineReason: null,
    lastHeard: 1000,
    ...fields,
  };
}

const NEWEST: TaskQuery = { filter: {}, sortBy: 'received', descending: true, limit: 100, offset: 0 };

async function uuids(store: Store, query: Partial<TaskQuery>): Promise<string[]> {
  const page = await store.listTasks({ ...NEWEST, ...query });
  return page.tasks.map((task) => task.uuid);
}

async function readTask(store: Store, uuid: string): Promise<TaskRecord | undefined> {
  return (await store.readTasks([uuid])).get(uuid);
}

/** @param open opens a new, empty store and registers its closing with `t.after` */
export function storeContract(name: string, open: (t: TestContext) => Promise<Store>): void {
  suite(name, () => {
    test('a task comes back as it was written, every field of it', async (t) => {
      const store = await open(t);
      const full: TaskRecord = {
        uuid: '0b8a1e5e-6f0a-4d3c-9d5e-0123456789ab',
        name: 'shop.näme',
        state: 'PROGRESS',
        sent: 1795346417.441234,
        received: 1795346417.4412346,
        started: 1795346417.5,
        succeeded: 1795346418,
        failed: 1795346418.25,
        retried: 1795346418.5,
        revoked: 1795346418.75,
        rejected: 1795346419,
        custom: { state: 'PROGRESS', timestamp: 1795346419.5 },
        args: "('ü', 1)",
        kwargs: '{\'k\': "v"}',
        result: "'ok'",
        exception: "ValueError('no')",
        traceback: 'Traceback …\n  line',
        runtime: 0.0123456789,
        retries: 3,
        eta: '2026-11-22T11:04:24.345277+00:00',
        expires: '2026-11-23T11:04:24+00:00',
        queue: 'fast',
        exchange: '',
        routingKey: 'fast',
        worker: 'celery@w1',
        client: 'gen12@web',
        pid: 4711,
        rootId: '1b8a1e5e-6f0a-4d3c-9d5e-0123456789ab',
        parentId: '2b8a1e5e-6f0a-4d3c-9d5e-0123456789ab',
        terminated: true,
        signum: '9',
        expired: false,
        requeue: true,
        clock: 2 ** 60,
        timestamp: 1795346419.5,
        extraHistory: [
          { state: 'RECEIVED', timestamp: 1795346410, hostname: 'celery@w2', retries: 0 },
          { state: 'RETRY', timestamp: 1795346411, hostname: 'celery@w2', exception: 'KeyError()' },
        ],
      };
      await store.write({ tasks: [full], workers: [] });
      assert.deepEqual(await readTask(store, full.uuid), full);
      assert.deepEqual((await store.listTasks(NEWEST)).tasks, [full]);
    });

    test('any task comes back as it was written', async (t) => {
      const store = await open(t);
      const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 20 }), { nil: null });
      const time = fc.option(fc.double({ noNaN: true, min: -1e10, max: 1e11 }), { nil: null });
      const flag = fc.option(fc.boolean(), { nil: null });
      const record = fc.record({
        uuid: fc.oneof(fc.uuid(), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })),
        name: text,
        state: fc.constantFrom('PENDING', 'SUCCESS', 'My state'),
        sent: time,
        received: time,
        started: time,
        succeeded: time,
        failed: time,
        retried: time,
        revoked: time,
        rejected: time,
        custom: fc.option(fc.record({ state: fc.string(), timestamp: fc.double({ noNaN: true }) }), {
          nil: null,
        }),
        args: text,
        kwargs: text,
        result: text,
        exception: text,
        traceback: text,
        runtime: time,
        retries: fc.nat(),
        eta: text,
        expires: text,
        queue: text,
        exchange: text,
        routingKey: text,
        worker: text,
        client: text,
        pid: fc.option(fc.nat(), { nil: null }),
        rootId: text,
        parentId: text,
        terminated: flag,
        signum: text,
        expired: flag,
        requeue: flag,
        clock: fc.nat(),
        timestamp: fc.double({ noNaN: true, min: 0, max: 1e11 }),
      });
      // -0 and 0 are the same time.
      const zero = (_: string, value: unknown) => (Object.is(value, -0) ? 0 : value);
      await fc.assert(
        fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 5 }), async (records) => {
          const byId = new Map(records.map((task) => [task.uuid, { ...task, extraHistory: [] }]));
          await store.write({ tasks: [...byId.values()], workers: [] });
          const read = await store.readTasks([...byId.keys()]);
          for (const [uuid, task] of byId) {
            assert.deepEqual(
              JSON.parse(JSON.stringify(read.get(uuid), zero)),
              JSON.parse(JSON.stringify(task, zero)),
            );
          }
        }),
        { numRuns: 60 },
      );
    });

    test('text that no database likes is kept or made harmless, and never refused', async (t) => {
      const store = await open(t);
      const args = 'a\0b \ud800 c \uffff d';
      await store.write({ tasks: [aTask({ uuid: 'odd', name: 'n\0ame\udc00', args })], workers: [] });
      const task = await readTask(store, 'odd');
      assert.match(task?.args ?? '', /^a.b .+ c . d$/s);
      assert.deepEqual(await uuids(store, { filter: { words: ['c \uffff'] } }), ['odd']);
      assert.equal((await store.taskTypes()).length, 1);
    });

    test('writing a task again replaces it', async (t) => {
      const store = await open(t);
      await store.write({
        tasks: [aTask({ uuid: 'a', received: 10, name: 'n', worker: 'w1', args: '(1,)' })],
        workers: [],
      });
      const ended = aTask({
        uuid: 'a',
        state: 'SUCCESS',
        received: 10,
        succeeded: 12,
        name: 'n',
        worker: 'w2',
        result: '3',
      });
      await store.write({ tasks: [ended], workers: [] });
      assert.deepEqual((await store.listTasks(NEWEST)).tasks, [ended]);
      assert.deepEqual(await store.countByState(), new Map([['SUCCESS', 1]]));
      assert.deepEqual(await uuids(store, { filter: { workers: ['w1'] } }), []);
      assert.deepEqual(await uuids(store, { filter: { workers: ['w2'] } }), ['a']);
    });

    test('unknown ids are left out', async (t) => {
      const store = await open(t);
      await store.write({ tasks: [aTask({ uuid: 'a' })], workers: [] });
      assert.deepEqual([...(await store.readTasks(['b', 'a', 'c'])).keys()], ['a']);
    });

    test('ids that begin alike are different tasks', async (t) => {
      const store = await open(t);
      const ids = [1, 2, 3].map((n) => `00000000-0000-0000-0000-00000000000${n}`);
      await store.write({ tasks: ids.map((uuid) => aTask({ uuid, received: 1 })), workers: [] });
      await store.write({ tasks: ids.map((uuid) => aTask({ uuid, received: 2 })), workers: [] });
      assert.deepEqual((await uuids(store, {})).sort(), ids);
      assert.deepEqual([...(await store.readTasks(ids)).keys()], ids);
    });

    test('newest received come first, those without a received time last and newest first', async (t) => {
      const store = await open(t);
      await store.write({
        tasks: [
          aTask({ uuid: 'sent-early', state: 'PENDING', sent: 5 }),
          aTask({ uuid: 'early', received: 10 }),
          aTask({ uuid: 'late', received: 30 }),
          aTask({ uuid: 'started-only', state: 'STARTED', started: 40 }),
          aTask({ uuid: 'middle', received: 20.5 }),
        ],
        workers: [],
      });
      assert.deepEqual(await uuids(store, {}), ['late', 'middle', 'early', 'started-only', 'sent-early']);
      assert.deepEqual(await uuids(store, { descending: false }), [
        'early',
        'middle',
        'late',
        'sent-early',
        'started-only',
      ]);
    });

    test('every field sorts in both directions, with what is missing at the end', async (t) => {
      const store = await open(t);
      const valued = (uuid: string, n: number): TaskRecord => ({
        ...aTask({ uuid }),
        name: `name${n}`,
        state: `STATE${n}`,
        sent: n,
        received: n,
        started: n,
        succeeded: n,
        failed: n,
        retried: n,
        revoked: n,
        rejected: n,
        args: `(${n},)`,
        kwargs: `{${n}}`,
        result: `r${n}`,
        exception: `e${n}`,
        runtime: n / 7,
        retries: n,
        eta: `202${n}`,
        expires: `202${n}`,
        queue: `q${n}`,
        exchange: `x${n}`,
        routingKey: `k${n}`,
        worker: `w${n}`,
        client: `c${n}`,
        rootId: `root${n}`,
        parentId: `parent${n}`,
        clock: n,
        timestamp: n,
      });
      const empty = { ...aTask({ uuid: 'zz' }), state: 'STATE9', retries: 9, clock: 9, timestamp: 9 };
      await store.write({ tasks: [valued('b', 2), empty, valued('c', 3), valued('a', 1)], workers: [] });
      const alwaysThere = new Set(['uuid', 'state', 'retries', 'clock', 'timestamp']);
      for (const sortBy of SORT_FIELDS) {
        assert.deepEqual(
          await uuids(store, { sortBy, descending: false }),
          ['a', 'b', 'c', 'zz'],
          `${sortBy} ascending`,
        );
        assert.deepEqual(
          await uuids(store, { sortBy, descending: true }),
          alwaysThere.has(sortBy) ? ['zz', 'c', 'b', 'a'] : ['c', 'b', 'a', 'zz'],
          `${sortBy} descending`,
        );
      }
    });

    test('pages of any list join without a gap or a repeat', async (t) => {
      const store = await open(t);
      const tasks = Array.from({ length: 25 }, (_, n) =>
        aTask({
          uuid: `t${String(n).padStart(2, '0')}`,
          received: n % 3 === 0 ? null : Math.floor(n / 6),
          timestamp: n,
          state: n % 2 === 0 ? 'SUCCESS' : 'FAILURE',
          runtime: n % 4 === 0 ? null : n % 4,
        }),
      );
      await store.write({ tasks, workers: [] });
      for (const sortBy of ['received', 'runtime', 'state'] as const) {
        for (const descending of [true, false]) {
          for (const filter of [{}, { states: ['FAILURE', 'SUCCESS'] }]) {
            const whole = await uuids(store, { sortBy, descending, filter });
            assert.equal(new Set(whole).size, tasks.length);
            const pages: string[] = [];
            for (let offset = 0; offset < tasks.length; offset += 7) {
              pages.push(...(await uuids(store, { sortBy, descending, filter, offset, limit: 7 })));
            }
            assert.deepEqual(pages, whole, `${sortBy} ${descending}`);
          }
        }
      }
    });

    test('totals are true on every page, also beyond the end and with no rows asked for', async (t) => {
      const store = await open(t);
      await store.write({
        tasks: Array.from({ length: 12 }, (_, n) =>
          aTask({ uuid: `t${n}`, received: n, state: n < 5 ? 'FAILURE' : 'SUCCESS', worker: `w${n % 2}` }),
        ),
        workers: [],
      });
      const total = async (query: Partial<TaskQuery>) => {
        const page = await store.listTasks({ ...NEWEST, ...query });
        return [page.tasks.length, page.total, page.totalIsExact];
      };
      assert.deepEqual(await total({}), [12, 12, true]);
      assert.deepEqual(await total({ limit: 5 }), [5, 12, true]);
      assert.deepEqual(await total({ limit: 5, offset: 10 }), [2, 12, true]);
      assert.deepEqual(await total({ offset: 500 }), [0, 12, true]);
      assert.deepEqual(await total({ limit: 0 }), [0, 12, true]);
      assert.deepEqual(await total({ filter: { states: ['FAILURE'] }, limit: 2 }), [2, 5, true]);
      assert.deepEqual(await total({ filter: { states: ['FAILURE'], workers: ['w0'] }, limit: 2 }), [
        2,
        3,
        true,
      ]);
      assert.deepEqual(await total({ filter: { receivedFrom: 3, receivedTo: 7 }, limit: 2 }), [2, 5, true]);
      assert.deepEqual(await total({ filter: { states: ['NONE'] } }), [0, 0, true]);
      assert.deepEqual(await total({ filter: { states: [] } }), [0, 0, true]);
    });

    test('filters match exactly, any of their values, and all of them together', async (t) => {
      const store = await open(t);
      const one = { uuid: '1', received: 1, name: 'shop.add', worker: 'celery@a', state: 'SUCCESS' };
      const two = { uuid: '2', received: 2, name: 'shop.Add', worker: 'celery@b', state: 'FAILURE' };
      const three = { uuid: '3', received: 3, name: 'shop.add', worker: 'celery@b', state: 'RETRY' };
      await store.write({ tasks: [aTask(one), aTask(two), aTask(three)], workers: [] });
      assert.deepEqual(await uuids(store, { filter: { names: ['shop.add'] } }), ['3', '1']);
      assert.deepEqual(await uuids(store, { filter: { names: ['shop.ad'] } }), []);
      assert.deepEqual(await uuids(store, { filter: { workers: ['celery@a', 'nobody', 'celery@a'] } }), [
        '1',
      ]);
      assert.deepEqual(await uuids(store, { filter: { states: ['SUCCESS', 'RETRY'] } }), ['3', '1']);
      const both = { names: ['shop.add'], workers: ['celery@b'], states: ['RETRY', 'FAILURE'] };
      assert.deepEqual(await uuids(store, { filter: both }), ['3']);
      assert.deepEqual(await uuids(store, { filter: { ...both, receivedTo: 2.9 } }), []);
    });

    test('a window includes both ends and no task without a received time', async (t) => {
      const store = await open(t);
      await store.write({
        tasks: [
          aTask({ uuid: 'a', received: 1 }),
          aTask({ uuid: 'b', received: 2 }),
          aTask({ uuid: 'c', received: 3 }),
          aTask({ uuid: 'sent', sent: 2 }),
        ],
        workers: [],
      });
      assert.deepEqual(await uuids(store, { filter: { receivedFrom: 1, receivedTo: 2 } }), ['b', 'a']);
      assert.deepEqual(await uuids(store, { filter: { receivedFrom: 2 } }), ['c', 'b']);
      assert.deepEqual(await uuids(store, { filter: { receivedTo: 2 } }), ['b', 'a']);
      assert.deepEqual(await uuids(store, { filter: { receivedFrom: -5, receivedTo: 99 } }), ['c', 'b', 'a']);
    });

    test('a search finds parts of words in any case and any script, and takes nothing as special', async (t) => {
      const store = await open(t);
      const rows: Record<string, Partial<TaskRecord>> = {
        name: { name: 'shop.PlaceOrder' },
        args: { args: "('100% of_it', 'back\\slash')" },
        kwargs: { kwargs: "{'who': \"O'Brien\"}" },
        result: { result: 'Straße ΟΔΟΣ' },
        exception: { exception: "ValueError('ÄRGER <b>')" },
        traceback: { traceback: 'only here: needle' },
      };
      await store.write({
        tasks: Object.entries(rows).map(([uuid, fields]) => aTask({ uuid: `id-${uuid}`, ...fields })),
        workers: [],
      });
      const find = async (...words: string[]) => (await uuids(store, { filter: { words } })).sort();
      assert.deepEqual(await find('placeorder'), ['id-name']);
      assert.deepEqual(await find('100%'), ['id-args']);
      assert.deepEqual(await find('0% OF_'), ['id-args']);
      assert.deepEqual(await find('10_%'), []);
      assert.deepEqual(await find('K\\S'), ['id-args']);
      assert.deepEqual(await find("o'b"), ['id-kwargs']);
      assert.deepEqual(await find('"o'), ['id-kwargs']);
      assert.deepEqual(await find('STRASSE'), ['id-result']);
      assert.deepEqual(await find('straße'), ['id-result']);
      assert.deepEqual(await find('οδος'), ['id-result']);
      assert.deepEqual(await find('ärger'), ['id-exception']);
      assert.deepEqual(await find('<B>'), ['id-exception']);
      assert.deepEqual(await find('ID-N'), ['id-name']);
      assert.deepEqual(await find('needle'), []);
      assert.deepEqual(await find('id-', 'valueerror'), ['id-exception']);
      assert.deepEqual(await find('placeorder', 'valueerror'), []);
      assert.deepEqual(await find('x'.repeat(60_000)), []);
      assert.deepEqual(
        await find(''),
        Object.keys(rows)
          .map((uuid) => `id-${uuid}`)
          .sort(),
      );
    });

    test('a search and a filter hold together', async (t) => {
      const store = await open(t);
      await store.write({
        tasks: [
          aTask({ uuid: 'a', received: 1, state: 'SUCCESS', args: 'red' }),
          aTask({ uuid: 'b', received: 2, state: 'FAILURE', args: 'red' }),
          aTask({ uuid: 'c', received: 3, state: 'FAILURE', args: 'blue' }),
        ],
        workers: [],
      });
      const page = await store.listTasks({
        ...NEWEST,
        filter: { words: ['RED'], states: ['FAILURE'] },
        limit: 1,
      });
      assert.deepEqual([page.tasks.map((task) => task.uuid), page.total], [['b'], 1]);
    });

    test('a workflow is found by its root, and children by their parent in order of time', async (t) => {
      const store = await open(t);
      await store.write({
        tasks: [
          aTask({ uuid: 'root', rootId: 'root', received: 1 }),
          aTask({ uuid: 'late', rootId: 'root', parentId: 'root', received: 9 }),
          aTask({ uuid: 'early', rootId: 'root', parentId: 'root', received: 5 }),
          aTask({ uuid: 'other', rootId: 'other', received: 7 }),
        ],
        workers: [],
      });
      assert.deepEqual(await uuids(store, { filter: { rootId: 'root' } }), ['late', 'early', 'root']);
      assert.deepEqual(await store.childrenOf('root'), ['early', 'late']);
      assert.deepEqual(await store.childrenOf('early'), []);
    });

    test('names and counts are of the tasks that are there', async (t) => {
      const store = await open(t);
      await store.write({
        tasks: [
          aTask({ uuid: '1', name: 'b', received: 1, state: 'SUCCESS' }),
          aTask({ uuid: '2', name: 'a', received: 2, state: 'FAILURE' }),
          aTask({ uuid: '3', name: 'a', received: 3, state: 'SUCCESS' }),
          aTask({ uuid: '4', received: 4, state: 'STARTED' }),
        ],
        workers: [],
      });
      assert.deepEqual(await store.taskTypes(), ['a', 'b']);
      assert.deepEqual(
        [...(await store.countByState())].sort(([a], [b]) => (a < b ? -1 : 1)),
        [
          ['FAILURE', 1],
          ['STARTED', 1],
          ['SUCCESS', 2],
        ],
      );
      assert.equal((await store.facts()).tasks, 4);
      assert.equal((await store.facts()).oldest, 1);
      assert.equal(await store.prune({ before: 1.5, limit: 10 }), 1);
      assert.deepEqual(await store.taskTypes(), ['a']);
      assert.equal((await store.countByState()).get('SUCCESS'), 1);
      assert.equal((await store.facts()).oldest, 2);
    });

    test('pruning by age deletes what has been still for long, in steps, received or not', async (t) => {
      const store = await open(t);
      await store.write({
        tasks: [
          aTask({ uuid: 'old', received: 10 }),
          aTask({ uuid: 'old-but-busy', received: 11, timestamp: 500 }),
          aTask({ uuid: 'old-sent', sent: 12 }),
          aTask({ uuid: 'young', received: 200 }),
          aTask({ uuid: 'young-sent', sent: 201 }),
        ],
        workers: [],
      });
      assert.equal(await store.prune({ before: 100, limit: 1 }), 1);
      assert.equal(await store.prune({ before: 100, limit: 1 }), 1);
      assert.equal(await store.prune({ before: 100, limit: 1 }), 0);
      assert.deepEqual((await uuids(store, {})).sort(), ['old-but-busy', 'young', 'young-sent']);
      assert.equal(await store.prune({ limit: 10 }), 0);
      assert.deepEqual(await readTask(store, 'old'), undefined);
      await store.write({ tasks: [aTask({ uuid: 'old', received: 300 })], workers: [] });
      assert.equal((await readTask(store, 'old'))?.received, 300);
    });

    test('pruning by size deletes the oldest until the rest fits', async (t) => {
      const store = await open(t);
      for (let batch = 0; batch < 10; batch++) {
        const tasks = Array.from({ length: 200 }, (_, n) => {
          const time = 1000 + batch * 200 + n;
          const when = n % 2 === 0 ? { received: time } : { sent: time };
          return aTask({ uuid: `t${time}`, args: 'x'.repeat(1000), ...when });
        });
        await store.write({ tasks, workers: [] });
      }
      const maxBytes = 1_000_000;
      assert.ok((await store.facts()).sizeBytes > maxBytes);
      let deleted = 0;
      for (let step = 1; step > 0; deleted += step) step = await store.prune({ maxBytes, limit: 50 });
      assert.ok(deleted > 500 && deleted < 2000, `${deleted} of 2000 deleted`);
      const left = await uuids(store, { sortBy: 'uuid', descending: false, limit: 2000 });
      assert.equal(left[0], `t${1000 + deleted}`);
      for (let bytes = 1; bytes > 0; ) bytes = await store.shrink(200_000);
    });

    test('workers and their details are kept, replaced and forgotten; their tasks stay', async (t) => {
      const store = await open(t);
      const a = aWorker({ hostname: 'celery@a' });
      const b = aWorker({
        hostname: 'celery@b',
        status: 'offline',
        offlineReason: 'goodbye',
        offlineAt: 1001,
      });
      await store.write({ tasks: [aTask({ uuid: '1', worker: 'celery@a' })], workers: [b, a] });
      assert.deepEqual(await store.workers(), [a, b]);
      const busy = { ...a, active: 3, processed: 12 };
      await store.write({ tasks: [], workers: [busy] });
      assert.deepEqual(await store.workers(), [busy, b]);

      const details = {
        hostname: 'celery@a',
        askedAt: { stats: 10.5 },
        replies: { stats: { total: { 'shop.add': 3 } }, registered: ['shop.add'] },
      };
      await store.writeWorkerDetails({ hostname: 'celery@a', askedAt: {}, replies: {} });
      await store.writeWorkerDetails(details);
      assert.deepEqual(await store.workerDetails(), [details]);

      await store.deleteWorker('celery@a');
      assert.deepEqual(await store.workers(), [b]);
      assert.deepEqual(await store.workerDetails(), []);
      assert.deepEqual(await uuids(store, { filter: { workers: ['celery@a'] } }), ['1']);
    });

    test('an empty store answers everything', async (t) => {
      const store = await open(t);
      assert.deepEqual(await store.listTasks(NEWEST), { tasks: [], total: 0, totalIsExact: true });
      assert.deepEqual(await store.taskTypes(), []);
      assert.deepEqual(await store.countByState(), new Map());
      assert.deepEqual(await store.workers(), []);
      assert.equal(await store.prune({ before: 1e10, maxBytes: 1, limit: 10 }), 0);
      const facts = await store.facts();
      assert.deepEqual([facts.tasks, facts.oldest], [0, null]);
      await store.write({ tasks: [], workers: [] });
    });

    test('after close every call is refused as closed', async (t) => {
      const store = await open(t);
      await store.close();
      await store.close();
      const isClosed = (error: unknown) => error instanceof StoreError && error.code === 'closed';
      await assert.rejects(store.listTasks(NEWEST), isClosed);
      await assert.rejects(store.write({ tasks: [], workers: [] }), isClosed);
      await assert.rejects(store.workers(), isClosed);
    });
  });
}
