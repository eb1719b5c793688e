// What every Store must do: lists of tasks, their order, pages and totals.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskRecord } from '@umbel/celery';
import { NEWEST, uuids } from '../../test/store/asking.ts';
import { aTask } from '../../test/store/sample-records.ts';
import type { OpenStore } from './store.contract.ts';
import { SORT_FIELDS, type TaskQuery } from './store.ts';

export function listingContract(open: OpenStore): void {
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
      started: 2 * n,
      succeeded: n,
      failed: n,
      retried: n,
      revoked: n,
      rejected: n,
      args: `(${n},)`,
      kwargs: `{${n}}`,
      result: `r${n}`,
      exception: `e${n}`,
      traceback: `t${n}`,
      runtime: n / 7,
      retries: n,
      eta: `e${n}`,
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

  test('a page whose texts are too long ends early and says so, and the next one goes on after it', async (t) => {
    const store = await open(t);
    const ids = Array.from({ length: 40 }, (_, n) => `t${n + 10}`);
    for (const uuid of ids) {
      await store.write({ tasks: [aTask({ uuid, result: 'x'.repeat(1024 * 1024) })], workers: [] });
    }
    const pageAt = (offset: number) =>
      store.listTasks({ ...NEWEST, sortBy: 'uuid', descending: false, offset });
    const first = await pageAt(0);
    assert.deepEqual([first.tasks.length, first.total, first.truncated], [32, 40, true]);
    const second = await pageAt(first.tasks.length);
    assert.deepEqual([second.tasks.length, second.total, second.truncated], [8, 40, false]);
    assert.deepEqual(
      [...first.tasks, ...second.tasks].map(({ uuid }) => uuid),
      ids,
    );
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
      return [page.tasks.length, page.total, page.totalKind];
    };
    assert.deepEqual(await total({}), [12, 12, 'exact']);
    assert.deepEqual(await total({ limit: 5 }), [5, 12, 'exact']);
    assert.deepEqual(await total({ limit: 5, offset: 10 }), [2, 12, 'exact']);
    assert.deepEqual(await total({ offset: 500 }), [0, 12, 'exact']);
    assert.deepEqual(await total({ limit: 0 }), [0, 12, 'exact']);
    assert.deepEqual(await total({ filter: { states: ['FAILURE'] }, limit: 2 }), [2, 5, 'exact']);
    assert.deepEqual(await total({ filter: { states: ['FAILURE'], workers: ['w0'] }, limit: 2 }), [
      2,
      3,
      'exact',
    ]);
    assert.deepEqual(await total({ filter: { receivedFrom: 3, receivedTo: 7 }, limit: 2 }), [2, 5, 'exact']);
    assert.deepEqual(await total({ filter: { states: ['NONE'] } }), [0, 0, 'exact']);
    assert.deepEqual(await total({ filter: { states: [] } }), [0, 0, 'exact']);
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
}
