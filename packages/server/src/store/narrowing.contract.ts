// What every Store must do: lists show nothing from outside the scopes they are narrowed to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TaskRecord } from '@umbel/celery';
import * as fc from 'fast-check';
import { NEWEST, uuids } from '../../test/store/asking.ts';
import { aTask } from '../../test/store/sample-records.ts';
import { matchesAny } from './name-pattern.ts';
import type { OpenStore } from './store.contract.ts';
import type { TaskFilter, TaskScope } from './store.ts';

export function narrowingContract(open: OpenStore): void {
  test('a scope holds where every list of it has a pattern that matches, and what is not known matches nothing', async (t) => {
    const store = await open(t);
    const mail = { name: 'shop.mail', queue: 'emails', worker: 'celery@a' };
    await store.write({
      tasks: [
        aTask({ uuid: '1', received: 1, ...mail }),
        aTask({ uuid: '2', received: 2, ...mail, queue: 'emails.slow' }),
        aTask({ uuid: '3', received: 3, ...mail, name: 'Shop.mail' }),
        aTask({ uuid: '4', received: 4, ...mail, worker: null }),
        aTask({ uuid: '5', received: 5, ...mail, queue: null }),
        aTask({ uuid: '6', received: 6 }),
      ],
      workers: [],
    });
    const within = (...scopes: TaskScope[]) => uuids(store, { filter: { within: scopes } });
    assert.deepEqual(await within({ tasks: ['shop.*'] }), ['5', '4', '2', '1']);
    assert.deepEqual(await within({ tasks: ['shop.mai'] }), []);
    assert.deepEqual(await within({ queues: ['email?'] }), ['4', '3', '1']);
    assert.deepEqual(await within({ queues: ['*'] }), ['4', '3', '2', '1']);
    assert.deepEqual(await within({ tasks: ['shop.*'], queues: ['emails*'], workers: ['*@a'] }), ['2', '1']);
    assert.deepEqual(await within({ tasks: ['shop.*'], workers: [] }), []);
    assert.deepEqual(await within({ tasks: ['%'] }), []);
    assert.deepEqual(await within(), []);
    assert.deepEqual(await within({}), ['6', '5', '4', '3', '2', '1']);
    assert.deepEqual(await within({ tasks: ['nothing'] }, {}), ['6', '5', '4', '3', '2', '1']);
    assert.deepEqual(await within({ tasks: ['Shop.*'] }, { tasks: ['nothing'] }), ['3']);
    assert.deepEqual(await within({ tasks: ['Shop.*'] }, { tasks: ['shop.*'] }), ['5', '4', '3', '2', '1']);
    assert.deepEqual(await within({ tasks: ['Shop.*'] }, { queues: ['emails.*'] }), ['3', '2']);
    assert.deepEqual(await within({ queues: ['emails'] }, { workers: ['celery@a'] }), [
      '5',
      '4',
      '3',
      '2',
      '1',
    ]);
  });

  test('a narrowed list has the same order, pages and total as picking from the whole one', async (t) => {
    const store = await open(t);
    const pick = (values: readonly (string | null)[], n: number) => values[n % values.length] ?? null;
    const tasks = Array.from({ length: 60 }, (_, n) =>
      aTask({
        uuid: `t${String(n).padStart(2, '0')}`,
        received: n % 7 === 0 ? null : n % 11,
        timestamp: n,
        name: pick(['a.x', 'a.y', 'b.x', null], n),
        queue: pick(['fast', 'slow', null], n >> 1),
        worker: pick(['w1', 'w2', 'w3', null], n >> 2),
        state: n % 5 === 0 ? 'FAILURE' : 'SUCCESS',
        args: n % 3 === 0 ? 'red' : 'blue',
      }),
    );
    await store.write({ tasks, workers: [] });
    const some = (...patterns: string[]) =>
      fc.option(fc.subarray(patterns, { minLength: 0 }), { nil: undefined, freq: 2 });
    const scope = fc.record({
      tasks: some('a.*', '*.x', 'b.x', 'none'),
      queues: some('fast', 'sl?w', '*'),
      workers: some('w1', 'w[23]', 'w?'),
    });
    const query = fc.record({
      within: fc.array(scope, { maxLength: 4 }),
      filter: fc.constantFrom<TaskFilter>(
        {},
        { states: ['FAILURE'] },
        { names: ['a.x', 'b.x'] },
        { words: ['red'] },
        { workers: ['w2'], states: ['SUCCESS', 'FAILURE'] },
      ),
      sortBy: fc.constantFrom('received' as const, 'name' as const, 'timestamp' as const),
      descending: fc.boolean(),
      limit: fc.integer({ min: 1, max: 30 }),
      offset: fc.integer({ min: 0, max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(query, async ({ within, filter, ...page }) => {
        const whole = await store.listTasks({ ...NEWEST, ...page, filter, limit: 100, offset: 0 });
        const expected = whole.tasks.filter((task) => within.some((one) => isIn(one, task)));
        const found = await store.listTasks({ ...page, filter: { ...filter, within } });
        assert.deepEqual(
          found.tasks.map(({ uuid }) => uuid),
          expected.slice(page.offset, page.offset + page.limit).map(({ uuid }) => uuid),
        );
        assert.deepEqual([found.total, found.totalKind], [expected.length, 'exact']);
      }),
      { numRuns: 150 },
    );
  });

  test('a scope may hold more names than a statement has walks', async (t) => {
    const store = await open(t);
    const many = Array.from({ length: 150 }, (_, n) =>
      aTask({ uuid: `many${n}`, received: 2 * n, name: `many.${n}`, queue: n < 3 ? 'slow' : 'fast' }),
    );
    const one = Array.from({ length: 700 }, (_, n) => aTask({ uuid: `one${n}`, received: n, name: 'one' }));
    await store.write({ tasks: [...one, ...many], workers: [] });
    const page = async (...within: TaskScope[]) => {
      const { tasks, total } = await store.listTasks({ ...NEWEST, filter: { within }, limit: 2, offset: 1 });
      return [...tasks.map(({ uuid }) => uuid), total];
    };
    assert.deepEqual(await page({ tasks: ['many.*'] }), ['many148', 'many147', 150]);
    const slow = { queues: ['slow'], tasks: ['many.*'] };
    assert.deepEqual(await page(slow, { tasks: ['many.?'] }), ['many8', 'many7', 10]);
    assert.deepEqual(await page(slow, { tasks: ['many.*'] }), ['many148', 'many147', 150]);
    assert.deepEqual(await page({ queues: ['*'] }, { tasks: ['one'] }), ['one698', 'one697', 850]);
  });

  test('words that are looked for in names are found in name and uuid, and never in what a task carries', async (t) => {
    const store = await open(t);
    const carried = { args: "('ssn 4711',)", kwargs: '4711', result: 'Ärger', exception: "E('it\\'s')" };
    await store.write({
      tasks: [
        aTask({ uuid: 'id-4711', received: 1, name: 'shop.Place', ...carried }),
        aTask({ uuid: 'id-ÄRGER', received: 2, name: 'shop.änger', ...carried }),
        aTask({ uuid: 'id-3', received: 3, ...carried }),
        aTask({ uuid: 'id-é', received: 4 }),
      ],
      workers: [],
    });
    const find = (...words: string[]) => uuids(store, { filter: { words, wordsIn: 'names' } });
    assert.deepEqual(await find('4711'), ['id-4711']);
    assert.deepEqual(await find('ssn'), []);
    assert.deepEqual(await find('ärger'), ['id-ÄRGER']);
    assert.deepEqual(await find("it's"), []);
    assert.deepEqual(await find('ÄNG'), ['id-ÄRGER']);
    assert.deepEqual(await find('PLACE', '47'), ['id-4711']);
    assert.deepEqual(await find('ID-'), ['id-é', 'id-3', 'id-ÄRGER', 'id-4711']);
    assert.deepEqual(await find('É'), ['id-é']);
    assert.deepEqual(await find('ärger\uffff'), []);
    assert.deepEqual(await find('x'.repeat(60_000)), []);
    const everywhere = { words: ['ssn'], wordsIn: 'everywhere' } as const;
    assert.deepEqual(await uuids(store, { filter: everywhere }), ['id-3', 'id-ÄRGER', 'id-4711']);
  });
}

function isIn(scope: TaskScope, task: TaskRecord): boolean {
  const holds = (patterns: readonly string[] | undefined, name: string | null) =>
    patterns === undefined || (name !== null && matchesAny(patterns, name));
  return (
    holds(scope.tasks, task.name) && holds(scope.queues, task.queue) && holds(scope.workers, task.worker)
  );
}
