// Walking a list by places: every page costs the same, and nothing is lost or told twice. A part of store.contract.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NEWEST, uuids } from '../../test/store/asking.ts';
import { randomTasks } from '../../test/store/random-tasks.ts';
import type { OpenStore } from './store.contract.ts';
import { SORT_FIELDS, type Store, type TaskPlace, type TaskQuery } from './store.ts';

async function walk(store: Store, query: Partial<TaskQuery>, at?: TaskPlace): Promise<string[][]> {
  const pages: string[][] = [];
  for (let place = at; ; ) {
    const page = await store.listTasks({ ...NEWEST, ...query, at: place });
    if (page.places === null) return pages;
    pages.push(page.tasks.map(({ uuid }) => uuid));
    const isBefore = at?.side === 'before';
    place = isBefore
      ? { place: page.places.first, side: 'before' }
      : { place: page.places.last, side: 'after' };
  }
}

export function placesContract(open: OpenStore): void {
  test('pages by place are the list, in every order and from both ends', async (t) => {
    const store = await open(t);
    await store.write({ tasks: randomTasks(11, 90), workers: [] });
    for (const sortBy of SORT_FIELDS) {
      for (const descending of [true, false]) {
        const order = { sortBy, descending };
        const all = await uuids(store, { ...order, limit: 1_000 });
        assert.equal(all.length, 90);
        const pages = await walk(store, { ...order, limit: 7 });
        assert.deepEqual(pages.flat(), all, `${sortBy} ${descending}`);
        const { places } = await store.listTasks({ ...NEWEST, ...order, limit: 1, offset: 89 });
        const backwards = await walk(
          store,
          { ...order, limit: 7 },
          { place: places?.last ?? '', side: 'before' },
        );
        assert.deepEqual(
          backwards.toReversed().flat(),
          all.slice(0, -1),
          `${sortBy} ${descending} backwards`,
        );
      }
    }
  });

  test('what comes and changes meanwhile neither moves nor repeats the others', async (t) => {
    const store = await open(t);
    const tasks = randomTasks(12, 60);
    await store.write({ tasks, workers: [] });
    const all = await uuids(store, { limit: 1_000 });
    const seen: string[] = [];
    let at: TaskPlace | undefined;
    for (let round = 0; ; round++) {
      const page = await store.listTasks({ ...NEWEST, limit: 5, at });
      if (page.places === null) break;
      seen.push(...page.tasks.map(({ uuid }) => uuid));
      at = { place: page.places.last, side: 'after' };
      const changed = tasks
        .slice(round * 3, round * 3 + 3)
        .map((task) => ({ ...task, result: `'${round}'` }));
      const newer = randomTasks(100 + round, 3).map((task) => ({
        ...task,
        uuid: `new-${round}-${task.uuid}`,
        received: 1_900_000_000 + round,
      }));
      await store.write({ tasks: [...changed, ...newer], workers: [] });
    }
    assert.deepEqual(seen, all);
  });

  test('a place holds its page although its own task has gone', async (t) => {
    const store = await open(t);
    const tasks = randomTasks(13, 40).map((task, index) => ({
      ...task,
      received: 1_000 + index,
      timestamp: 1_000 + index,
    }));
    await store.write({ tasks, workers: [] });
    const all = await uuids(store, {});
    const { places } = await store.listTasks({ ...NEWEST, limit: 40 });
    const [, last] = [places?.first, places?.last];
    assert.equal(await store.prune({ before: 1_005, limit: 100 }), 5);
    const before = await store.listTasks({ ...NEWEST, limit: 3, at: { place: last ?? '', side: 'before' } });
    assert.deepEqual(
      before.tasks.map(({ uuid }) => uuid),
      all.slice(32, 35),
    );
  });

  test('an offset counts from the place', async (t) => {
    const store = await open(t);
    await store.write({ tasks: randomTasks(14, 40), workers: [] });
    const all = await uuids(store, {});
    const { places } = await store.listTasks({ ...NEWEST, limit: 10 });
    const at: TaskPlace = { place: places?.last ?? '', side: 'after' };
    assert.deepEqual(await uuids(store, { at, offset: 4, limit: 3 }), all.slice(14, 17));
    const page = await store.listTasks({ ...NEWEST, at, limit: 3 });
    assert.deepEqual([page.total, page.totalKind], [40, 'exact']);
  });
}
